"""The order of tests in a session of ``this-tests audit``."""

import pytest

from this_tests import this_tests
from this_tests.pytest_plugin.item_order import ItemOrder

CONFTEST = """
    import pytest

    class First:
        @pytest.hookimpl(wrapper=True, tryfirst=True)
        def pytest_collection_modifyitems(self, items):
            items.reverse()
            yield
            items.sort(key=lambda item: item.name)

    def pytest_configure(config):
        config.pluginmanager.register(First())

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(items):
        items.reverse()
        items[:] = [item for item in items if item.name != "test_deselected"]
"""
TESTS = {
    f"tests/test_{name}.py": """
        import pytest

        def test_z(): pass
        def test_deselected(): pass

        class TestIt:
            def test_y(self): pass
            def test_x(self): pass

        @pytest.fixture(scope="module", params=[1, 2])
        def wide(request): pass

        def test_b(wide): pass
        def test_a(wide): pass
    """
    for name in "dc"
}
COLLECTED = [
    f"{file}::{test}"
    for file in ("c", "d")
    for test in ("z", "TestIt::y", "TestIt::x", "b[1]", "a[1]", "b[2]", "a[2]")
]


@pytest.fixture
def ordered(project, tmp_path_factory):
    """Return a function that runs tests in an order, and returns them."""
    project.write({**TESTS, "tests/conftest.py": CONFTEST})

    def run(order, *arguments):
        folder = tmp_path_factory.mktemp("audit")
        options = (f"--this-tests-audit={folder}", f"--this-tests-order={order}")
        lines = project.run("-v", *options, *arguments).outlines
        found = [line.split()[0] for line in lines if " PASSED" in line]
        return [test.removeprefix("tests/test_").replace(".py", "").replace("test_", "") for test in found]

    return run


def test_the_order_of_the_collection_wins_over_other_plugins(ordered):
    this_tests(ItemOrder)
    assert ordered("collected") == COLLECTED


def test_reversed_tests_still_share_fixtures(ordered):
    this_tests(ItemOrder)
    assert ordered("reversed") == COLLECTED[::-1]


def test_a_seed_repeats_a_shuffle_which_keeps_files_and_classes_together(ordered):
    this_tests(ItemOrder)
    shuffles = [ordered(seed) for seed in (1, 1, 2, 3)]
    assert shuffles[0] == shuffles[1]
    assert len({tuple(shuffle) for shuffle in shuffles}) == 3
    for shuffle in shuffles:
        assert sorted(shuffle) == sorted(COLLECTED)
        files = [test[0] for test in shuffle]
        assert files in (["c"] * 7 + ["d"] * 7, ["d"] * 7 + ["c"] * 7)
        classes = [position for position, test in enumerate(shuffle[:7]) if "TestIt" in test]
        assert classes[1] - classes[0] == 1
        parameters = [test[-2] for test in shuffle[:7] if "[" in test]
        assert parameters in (["1", "1", "2", "2"], ["2", "2", "1", "1"])

"""The durations audit: tests that should be marked slow, and tests that should not."""

import pytest

from this_tests import SettingsError, this_tests
from this_tests.kit.durations import Audit, Durations, audit_lines, slow_limit

# As measured they would depend on what else the machine does.
DURATIONS = """
    import pytest

    SECONDS = {
        ("test_long", "call"): 0.3,
        ("test_marked_and_long", "call"): 0.3,
        ("test_cases[0.3]", "call"): 0.3,
        ("test_after_a_costly_fixture", "setup"): 0.3,
    }

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(item, call):
        report = yield
        report.duration = SECONDS.get((item.name, call.when), 0.001)
        return report
"""

SUITE = """
    def test_long(): pass

    def test_short(): pass

    @pytest.mark.slow
    def test_marked_and_long(): pass

    @pytest.mark.slow
    def test_marked_and_short(): pass

    @pytest.mark.parametrize("seconds", [0, 0.3])
    def test_cases(seconds): pass

    @pytest.fixture
    def costly(): pass

    def test_after_a_costly_fixture(costly): pass
"""


@pytest.mark.slow
@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
def test_the_report_names_tests_and_the_marker_to_add_or_remove(kit, workers):
    this_tests(Durations)
    kit.configure(rest='addopts = ["-p", "this_tests.kit"]\nthis_tests_slow_limit = "0.2"')
    kit.write({"conftest.py": DURATIONS})
    kit.tests(SUITE)
    run = kit.run_apart if workers else kit.run
    result = run("--durations-audit", "--runslow", *workers)
    result.stdout.fnmatch_lines(
        [
            "Over 0.2 s and not marked; add @pytest.mark.slow:",
            "Marked slow, and far below 0.2 s; remove @pytest.mark.slow:",
            "*0.00 s  tests/test_it.py::test_marked_and_short",
        ]
    )
    blamed = [line.split("::")[1] for line in result.stdout.lines if " s  tests/" in line]
    assert sorted(blamed) == [
        "test_cases  only [0.3]: pytest.param(…, marks=pytest.mark.slow)",
        "test_long",
        "test_marked_and_short",
    ]


def test_the_report_without_findings():
    this_tests(audit_lines)
    audit = Audit(limit=1.0)
    audit.saw("t.py::test_a", 0.5, slow=False)
    audit.saw("t.py::test_b", 0.5, slow=True)
    assert list(audit_lines(audit)) == ["Exactly the tests over 1 s are marked slow."]


def test_the_longest_comes_first():
    this_tests(Audit.unmarked)
    audit = Audit(limit=1.0)
    for name, seconds in (("a", 2.0), ("b", 3.0), ("c", 1.5)):
        audit.saw(name, seconds, slow=False)
    assert [test.test for test in audit.unmarked()] == ["b", "a", "c"]


@pytest.mark.slow
def test_a_limit_that_is_no_number_is_a_usage_error(kit):
    this_tests(slow_limit, SettingsError)
    kit.tests("def test_it(): pass")
    result = kit.run_apart("--durations-audit", "-o", "this_tests_slow_limit=soon")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "this_tests_slow_limit: 'soon' is not a positive number of seconds" in result.stderr.str()

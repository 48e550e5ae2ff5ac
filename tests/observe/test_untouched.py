"""A test has the same outcome with observing and without, also if it looks at code or at loaders."""

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.this_tests(target=["this_tests.pytest_plugin.observation", "this_tests.observe.observer"]),
]

LIBRARY = """
    import collections

    SIZE = 1

    def function(x):
        return collections.OrderedDict([(SIZE, x)])

    def outer():
        def inner(): return SIZE
        return inner

    class Thing:
        def method(self): return function(self)

    async def later(): return SIZE

    short = lambda x: x + SIZE

    def looking():
        return looking.__code__
"""


def outcomes(observing, *args):
    """Return what the tests print, without observing and with it."""
    found = []
    for option in ("--no-this-tests-observe", "--this-tests-observe"):
        result = observing.project.run_apart("-p", "no:cacheprovider", "-s", option, *args)
        found.append(([line for line in result.outlines if line.startswith("FOUND")], result.parseoutcomes()))
    return found


def test_loaders_are_as_they_are_without_us(observing):
    observing.project.write({"mylib/looked.py": LIBRARY, "mylib/data.txt": "text"})
    observing.project.tests(
        """
        import copy, importlib.resources, importlib.util, inspect, linecache, pickle, pkgutil
        import mylib.looked

        @pytest.mark.parametrize("module", [mylib, mylib.looked], ids=lambda module: module.__name__)
        def test_it(module):
            loader = module.__loader__
            assert module.__spec__.loader is loader
            assert pickle.loads(pickle.dumps(loader)) == loader == copy.deepcopy(loader)
            print()
            print("FOUND", type(loader), sorted(vars(loader)))
            code = loader.get_code(module.__name__)
            print("FOUND", code.co_names, importlib.util.find_spec(module.__name__) is module.__spec__)

        def test_reading():
            assert pkgutil.get_data("mylib", "data.txt") == b"text"
            assert importlib.resources.files("mylib").joinpath("data.txt").read_text() == "text"
            assert "OrderedDict" in inspect.getsource(mylib.looked.function)
            assert "OrderedDict" in "".join(linecache.getlines(mylib.looked.__file__, vars(mylib.looked)))

        def test_loading_again():
            importlib.reload(mylib.looked)
            pickle.dumps(mylib.looked.__loader__)
            assert mylib.looked.function(2) == {1: 2}
        """
    )
    bare, observed = outcomes(observing)
    assert observed == bare
    assert bare[1]["passed"] == 4
    assert observing.of("test_loading_again")["mylib.looked:function"] == "call direct body"

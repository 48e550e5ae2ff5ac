"""A test has the same outcome with observing and without, also if it looks at code or at loaders."""

import sys

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


LOOKING = """
    import dis, inspect, marshal, types
    from marshal import dumps
    import mylib.looked
    from mylib.looked import Thing, function, later, looking, outer, short

    FUNCTIONS = [function, outer, outer(), Thing.method]

    def names_of(code):
        return code.co_names

    def test_marshal():
        print()
        print("FOUND", hash(marshal.dumps(function.__code__.replace(co_filename=""))) != 0)
        assert marshal.loads(marshal.dumps(looking())) == looking.__code__

    def test_names():
        print()
        print("FOUND", *(f.__code__.co_names for f in FUNCTIONS), short.__code__.co_names, later.__code__.co_names)

    def test_names_by_a_helper():
        print()
        print("FOUND", names_of(Thing.method.__code__), names_of(function.__code__))

    def test_closure_variables():
        print()
        print("FOUND", sorted(inspect.getclosurevars(function).unbound), inspect.getclosurevars(outer()).globals)

    def test_bytecode():
        print()
        print("FOUND", function.__code__.co_code, [i.opname for i in dis.get_instructions(outer)])

    def test_constants():
        print()
        print("FOUND", function.__code__.co_consts, function.__code__.co_stacksize)

    def test_own_code():
        print()
        print("FOUND", (lambda: function(1)).__code__.co_names)

    class TestClass:
        def _code(self):
            return function.__code__

        def test_it(self):
            print()
            print("FOUND", len(dumps(self._code())))

    def test_what_is_called_is_as_it_was():
        assert Thing().method() and short(1) == 2

    def test_what_anybody_may_look_at():
        assert function.__code__.co_varnames == ("x",)
        assert function(2) == {1: 2}
"""


def test_code_is_as_it_is_without_us_for_a_test_that_looks_at_it(observing):
    observing.project.write({"mylib/looked.py": LIBRARY})
    observing.project.tests(LOOKING)
    bare, observed = outcomes(observing)
    assert observed == bare
    assert bare[1]["passed"] == 10
    seen = observing.of("test_what_is_called_is_as_it_was")
    assert seen.pop("mylib.looked:Thing", "") in {"call direct body", ""}  # It has no code of its own.
    assert seen == {
        "mylib.looked:Thing.method": "call direct body",
        "mylib.looked:function": "call",
        "mylib.looked:<lambda>": "call direct body",
    }
    assert "mylib.looked:function" in observing.of("test_what_anybody_may_look_at")


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="no code is changed from Python 3.12 on")
def test_what_is_not_observed_is_told_and_runs_for_each_change(observing):
    observing.project.write({"mylib/looked.py": LIBRARY})
    observing.project.tests(LOOKING)
    result = observing.project.run_apart("-p", "no:cacheprovider", "--this-tests-observe")
    result.stdout.fnmatch_lines(
        ["*8 tests not observed, which may look at flagged code: *::test_marshal*, …"]
    )
    assert observing.of("test_names") == {}

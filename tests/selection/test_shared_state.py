"""Functions with shared state, and the functions beneath them."""

import textwrap

import pytest

from this_tests import this_tests
from this_tests.selection.shared_state import NameIndex, facts_of, state_holders


def library(source):
    return {"lib": facts_of(textwrap.dedent(source).encode())}


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("@functools.lru_cache(8)\ndef f(): pass", {"f"}),
        ("@cache\ndef f(): pass", {"f"}),
        ("@memoize\ndef f(): pass", {"f"}),
        ("def _f(): pass\nf = functools.lru_cache(8)(_f)", {"_f", "f"}),
        ("def f():\n    global STATE\n    STATE = 1", {"f", "STATE"}),
        ("def f(): STATE['a'] = 1", {"f", "STATE"}),
        ("def f(): STATE.a[0] = 1", {"f", "STATE"}),
        ("def f(): STATE['a'] += 1", {"f", "STATE"}),
        ("def f(): del STATE['a']", {"f", "STATE"}),
        ("def f(): STATE.append(1)", {"f", "STATE"}),
        ("class C:\n    @classmethod\n    def f(cls): cls.made = 1", {"f", "made"}),
        ("class C:\n    @classmethod\n    def f(cls): cls.all['a'] = 1", {"f", "all"}),
    ],
)
def test_what_keeps_is_found(source, names):
    this_tests(state_holders)
    (found,) = state_holders(library(source))
    assert (found.names, found.everyone) == (names, False)


@pytest.mark.parametrize(
    "source",
    [
        "def f(a): a['b'] = 1",
        "def f():\n    a = []\n    a.append(1)",
        "def f(self): self.a = 1",
        "class C:\n    @cached_property\n    def f(self): return 1",
        "def f():\n    import a\n    a.add(1)",
        "def f():\n    for item in a: item.b = 1",
        "STATE = cache_of()",
    ],
)
def test_what_is_local_keeps_nothing(source):
    this_tests(state_holders)
    assert list(state_holders(library(source))) == []


def test_what_replaces_code_concerns_everyone():
    this_tests(state_holders)
    (found,) = state_holders(library("def f(g): g.__code__ = h.__code__"))
    assert found.everyone


CALLS = """
    @cache
    def top():
        return middle(), Thing(), AbstractThing.__subclasses__()

    def middle():
        return other.bottom() if other else unknown()

    def bottom(): pass
    def aside(): pass

    class Thing(Base):
        def __init__(self): pass
        def bottom(self): pass
        def aside(self): pass

    class Base:
        def __len__(self): pass

    class AbstractThing: pass

    class ConcreteThing(AbstractThing):
        def __init__(self): pass

    class Unrelated:
        def __init__(self): pass
        def bottom(self): pass
"""


def test_what_lies_beneath_is_followed_by_name():
    this_tests(NameIndex.beneath)
    facts = library(CALLS)
    (holder,) = state_holders(facts)
    assert NameIndex(facts).beneath(holder.unit, lambda _: True) == {
        "lib:top", "lib:middle", "lib:bottom", "lib:Thing.__init__", "lib:Thing.bottom",
        "lib:Base.__len__", "lib:ConcreteThing.__init__",
    }  # fmt: skip


def test_what_never_ran_with_it_does_not_lie_beneath():
    this_tests(NameIndex.beneath)
    facts = library(CALLS)
    (holder,) = state_holders(facts)
    assert NameIndex(facts).beneath(holder.unit, lambda unit: unit == "lib:bottom") == {"lib:top"}


TESTS = {
    "tests/test_it.py": """
        import pytest
        import mylib

        def test_first():
            assert mylib.cached.area(2) == 4

        def test_second():
            assert mylib.cached.area(2) > 3

        def test_other():
            assert mylib.add(1, 1) == 2
    """,
    "mylib/cached.py": """
        import functools

        def area(a):
            return _area(a)

        @functools.cache
        def _area(a):
            return _product(a, a)

        def _product(a, b):
            return a * b
    """,
}


def test_a_test_that_found_a_result_ready_is_chosen_with_what_computed_it(suite):
    this_tests("this_tests.selection.tests_to_run.choose_by_change")
    suite.write(TESTS)
    suite.edit("mylib/__init__.py", "from . import sub", "from . import cached, sub")
    suite.commit()
    suite.observe(
        {
            "tests/test_it.py::test_first": [
                "mylib.cached:area",
                "mylib.cached:_area",
                "mylib.cached:_product",
            ],
            "tests/test_it.py::test_second": ["mylib.cached:area"],
            "tests/test_it.py::test_other": ["mylib._impl:add"],
        }
    )
    suite.edit("mylib/cached.py", "a * b", "b * a")
    assert suite.chosen() == ["test_first", "test_second"]


def test_what_runs_when_a_test_imports_a_module_concerns_all_who_use_the_module(suite):
    this_tests("this_tests.selection.tests_to_run.choose_by_change")
    suite.write({"tests/test_it.py": TESTS["tests/test_it.py"]})
    suite.write(
        {"mylib/late.py": "from . import _impl\nTABLE = [_impl.add(1, 2)]\ndef look(): return TABLE\n"}
    )
    suite.commit()
    suite.observe(
        {
            "tests/test_it.py::test_first": ["mylib.late:look", "mylib._impl:add"],
            "tests/test_it.py::test_second": ["mylib.late:look"],
            "tests/test_it.py::test_other": ["mylib.sub:deep"],
        }
    )
    suite.edit("mylib/_impl.py", "return a + b", "return b + a")
    assert suite.chosen() == ["test_first", "test_second"]

"""Functions and tests that depend on the order of tests: a change of one chooses all tests that may use it."""

import pytest

from this_tests import Registry, this_tests
from this_tests.observations.file import load, write
from this_tests.observations.observations import Observations
from this_tests.observations.snapshots import environment_name
from this_tests.observations.unsteady import Unsteady
from this_tests.selection.impact import Impact
from this_tests.selection.tests_to_run import CollectedTest, Ground, KnownEvidence, choose_by_change

# By form of keeping a value: a module whose `get` runs `compute` for the first test that needs it.
FORMS = {
    "attribute_of_function": """
        def get():
            if not hasattr(get, "kept"):
                get.kept = compute()
            return get.kept
    """,
    "mutable_default": """
        def get(kept={}):
            if "key" not in kept:
                kept["key"] = compute()
            return kept["key"]
    """,
    "context_variable": """
        from contextvars import ContextVar
        kept = ContextVar("kept", default=None)
        def get():
            if kept.get() is None:
                kept.set(compute())
            return kept.get()
    """,
    "closure": """
        def make():
            kept = None
            def get():
                nonlocal kept
                kept = kept or compute()
                return kept
            return get
        get = make()
    """,
    "attribute_of_metaclass": """
        class Meta(type):
            kept = None
        class Thing(metaclass=Meta):
            pass
        def get():
            if type(Thing).kept is None:
                setattr(type(Thing), "kept", compute())
            return type(Thing).kept
    """,
    "globals": """
        def get():
            if "kept" not in globals():
                globals()["kept"] = compute()
            return globals()["kept"]
    """,
    "dict_for_a_helper": """
        kept = {}
        def fill(into):
            if not into:
                into["key"] = compute()
            return into["key"]
        def get():
            return fill(kept)
    """,
    "memo_of_an_instance_in_a_class": """
        class Inflector:
            def __init__(self):
                self.memo = {}
            def __call__(self, word):
                if word not in self.memo:
                    self.memo[word] = compute()
                return self.memo[word]
        class Field:
            inflect = Inflector()
        def get():
            return Field().inflect("word")
    """,
    "attribute_of_class": """
        class Thing:
            kept = None
            def get(self):
                cls = type(self)
                cls.kept = cls.kept or compute()
                return cls.kept
        def get():
            return Thing().get()
    """,
    "attribute_of_a_shared_object": """
        class Thing:
            value = None
            def get(self):
                if self.value is None:
                    self.value = compute()
                return self.value
        thing = Thing()
        def get():
            return thing.get()
    """,
    "dict_of_a_shared_object": """
        class Thing: pass
        thing = Thing()
        def get():
            if "kept" not in vars(thing):
                thing.__dict__["kept"] = compute()
            return thing.kept
    """,
    "cached_property": """
        import functools
        class Thing:
            @functools.cached_property
            def value(self):
                return compute()
        thing = Thing()
        def get():
            return thing.value
    """,
    "weak_dictionary": """
        import weakref
        class Key: pass
        key, kept = Key(), weakref.WeakKeyDictionary()
        def get():
            found = kept.get(key)
            return found or kept.setdefault(key, compute())
    """,
    "generator": """
        def values():
            value = compute()
            while True:
                yield value
        running = values()
        def get():
            return next(running)
    """,
    "thread_local": """
        import threading
        local = threading.local()
        def get():
            local.__dict__.setdefault("kept", None)
            local.kept = local.kept or compute()
            return local.kept
    """,
    "partial_of_lru_cache": """
        import functools
        get = functools.partial(functools.lru_cache(1)(lambda name: compute()), "name")
    """,
    "missing_key": """
        class Kept(dict):
            def __missing__(self, key):
                self[key] = compute()
                return self[key]
        kept = Kept()
        def get():
            return kept["key"]
    """,
    "descriptor": """
        class Lazy:
            def __set_name__(self, owner, name):
                self.name = name
            def __get__(self, instance, owner):
                setattr(owner, self.name, compute())
                return getattr(owner, self.name)
        class Thing:
            value = Lazy()
        def get():
            return Thing.value
    """,
    "sys_modules": """
        import sys, types
        def get():
            module = sys.modules.get("kept_by_mylib") or types.ModuleType("kept_by_mylib")
            sys.modules["kept_by_mylib"] = module
            if not hasattr(module, "kept"):
                module.kept = compute()
            return module.kept
    """,
    "environment_variable": """
        import os
        def get():
            if "KEPT_BY_MYLIB" not in os.environ:
                os.environ["KEPT_BY_MYLIB"] = str(compute())
            return int(os.environ["KEPT_BY_MYLIB"])
    """,
    "file": """
        import os, pathlib, tempfile
        path = pathlib.Path(tempfile.mkdtemp(), "kept")
        def get():
            if not path.exists():
                path.write_text(str(compute()))
            return int(path.read_text())
    """,
    "attribute_of_a_foreign_module": """
        import string
        def get():
            if getattr(string, "kept_by_mylib", None) is None:
                setattr(string, "kept_by_mylib", compute())
            return getattr(string, "kept_by_mylib")
    """,
    "exit_stack": """
        import contextlib
        stack = contextlib.ExitStack()
        @contextlib.contextmanager
        def opened():
            yield compute()
        open_now = []
        def get():
            if not open_now:
                open_now.append(stack.enter_context(opened()))
            return open_now[-1]
    """,
    "module_attribute_on_demand": """
        import sys
        def __getattr__(name):
            if name != "kept":
                raise AttributeError(name)
            sys.modules[__name__].kept = compute()
            return sys.modules[__name__].kept
        def get():
            return sys.modules[__name__].kept
    """,
    "type_made_on_demand": """
        def subclass():
            return type("Kept", (Base,), {"value": compute()})
        class Base: pass
        made = []
        def get():
            if not Base.__subclasses__():
                made.insert(0, subclass())
            return Base.__subclasses__()[0].value
    """,
    "replaced_function": """
        def get():
            value = compute()
            globals().update(get=lambda: value)
            return value
    """,
    "slot": """
        class Thing:
            __slots__ = ("kept",)
        thing = Thing()
        def get():
            try:
                return thing.kept
            except AttributeError:
                object.__setattr__(thing, "kept", compute())
                return thing.kept
    """,
    "future": """
        from concurrent.futures import Future
        future = Future()
        def get():
            if not future.done():
                future.set_result(compute())
            return future.result()
    """,
    "queue": """
        import queue
        ready = queue.SimpleQueue()
        def get():
            value = compute() if ready.empty() else ready.get()
            ready.put(value)
            return value
    """,
    "registered_implementation": """
        import functools
        @functools.singledispatch
        def value(of):
            found = compute()
            value.register(type(of), lambda _: found)
            return found
        def get():
            return value(1)
    """,
}
COMPUTE = "\n        def compute():\n            return 1\n"
CONFTEST = """
    import os

    def pytest_collection_modifyitems(items):
        if os.environ.get("REVERSED"):
            items.reverse()
"""


def readers_of(form):
    return f"""
        import mylib.kept.{form} as kept

        def test_first():
            assert kept.get() == 1

        def test_second():
            assert kept.get() == 1

        def test_other():
            assert kept
    """


@pytest.fixture
def kept(suite, monkeypatch):
    """Return a project that keeps values in each form, with its tests observed once in order and once reversed."""
    for form, source in FORMS.items():
        suite.write(
            {f"mylib/kept/{form}.py": source + COMPUTE, f"tests/test_{form}.py": readers_of(form)},
        )
    suite.write({"mylib/kept/__init__.py": "", "tests/conftest.py": CONFTEST})
    suite.commit()
    for reverse in ("", "1"):
        monkeypatch.setenv("REVERSED", reverse)
        suite.project.run_apart("--this-tests-observe", "-p", "no:randomly").assert_outcomes(
            passed=3 * len(FORMS)
        )
    monkeypatch.delenv("REVERSED")
    return suite


def observed(suite):
    return load(suite.folder)


@pytest.mark.slow
def test_a_change_of_what_computes_a_kept_value_chooses_all_its_readers(kept):
    """However it is kept: no list of the ways to do it takes part."""
    this_tests(choose_by_change)
    found = observed(kept)
    here = environment_name()
    evidence = KnownEvidence(Registry(), found.of(here), unsteady=found.unsteady[here])
    cases = [CollectedTest(test, test) for test in sorted(found.of(here).tests)]
    assert found.unsteady[here].functions >= {f"mylib.kept.{form}:compute" for form in FORMS}
    assert not found.unsteady[here].tests
    for form in FORMS:
        impact = Impact(functions=frozenset({f"mylib.kept.{form}:compute"}))
        choice = choose_by_change(cases, evidence, Ground("HEAD", impact))
        assert choice.reasons.keys() == found.of(here).tests, form
    kept.edit("mylib/kept/closure.py", "return 1", "return 1 + 0")
    chosen, line = kept.collect("--this-tests-changed")
    assert len(chosen) == 3 * len(FORMS)
    assert line.endswith(
        "because any test may use what mylib.kept.closure.compute keeps, "
        "which ran in some orders of tests and not in others, and it changed since HEAD"
    )


TESTS = {
    "tests/test_it.py": """
        import mylib

        def test_add():
            assert mylib.add(1, 1) == 2

        def test_run():
            assert mylib.Thing().run() == 1
    """,
}
EXECUTED = {
    "tests/test_it.py::test_add": ["mylib._impl:add"],
    "tests/test_it.py::test_run": ["mylib._impl:Thing.run"],
}


@pytest.fixture
def known(suite):
    """Return a project with an unsteady function, and a test that depends on the order of tests."""
    suite.write(TESTS)
    suite.commit()
    suite.observe(EXECUTED)
    unsteady = Unsteady(frozenset({"mylib._impl:Thing.run"}), frozenset({"tests/test_it.py::test_add"}))
    write(suite.folder, "unsteady", Observations(unsteady={environment_name(): unsteady}))
    return suite


def test_a_change_of_an_unsteady_function_chooses_all_and_says_why(known):
    this_tests(choose_by_change)
    known.edit("mylib/_impl.py", "return 1", "return 2")
    chosen, line = known.collect("--this-tests-changed")
    assert chosen == ["test_add", "test_run"]
    assert line == (
        "this-tests: 2 of 2 tests, because any test may use what mylib._impl.Thing.run keeps, "
        "which ran in some orders of tests and not in others, and it changed since HEAD"
    )


def test_so_does_a_changed_name_that_an_unsteady_function_uses(known):
    this_tests(choose_by_change)
    known.edit("mylib/_impl.py", "def run(self)", "def run(self, a=1)")
    chosen, line = known.collect("--this-tests-changed")
    assert chosen == ["test_add", "test_run"]
    assert line.endswith("and it may use mylib._impl.Thing.run since HEAD")


def test_a_change_since_the_session_counts_as_well(known):
    this_tests(choose_by_change)
    known.edit("mylib/_impl.py", "return 1", "return 2")
    known.git("commit", "-aqm", "two")
    chosen, line = known.collect("--this-tests-changed")
    assert chosen == ["test_add", "test_run"]
    assert line.endswith("1 that depends on the order of tests; 1 observed with other code")


@pytest.mark.parametrize("unsteady", [set(), {"mylib.cached:get"}])
def test_what_an_unsteady_cache_calls_concerns_all_tests(suite, unsteady):
    this_tests(KnownEvidence.with_kept)
    suite.write(TESTS)
    suite.write(
        {
            "mylib/cached.py": "import functools\n@functools.cache\ndef get(): return made()\ndef made(): return 1\n"
        }
    )
    suite.edit("mylib/__init__.py", "from . import sub", "from . import cached, sub")
    suite.commit()
    suite.observe(
        {
            "tests/test_it.py::test_add": ["mylib.cached:get", "mylib.cached:made"],
            "tests/test_it.py::test_run": ["mylib._impl:Thing.run"],
        }
    )
    known = {environment_name(): Unsteady(frozenset(unsteady))} if unsteady else {}
    write(suite.folder, "unsteady", Observations(unsteady=known))
    suite.edit("mylib/cached.py", "return 1", "return 2")
    assert suite.chosen() == (["test_add", "test_run"] if unsteady else ["test_add"])


def test_a_test_that_depends_on_the_order_of_tests_always_runs(known):
    this_tests(choose_by_change)
    result = known.project.run("--collect-only", "-q", "--this-tests-changed", "--this-tests-explain")
    assert result.outlines[:2] == [
        "this-tests: 1 of 2 tests, nothing changed since HEAD; 1 that depends on the order of tests",
        "  tests/test_it.py::test_add: depends on the order of tests",
    ]


def test_what_is_unsteady_elsewhere_is_not_here(suite):
    """As all evidence, it is kept for each Python version and platform."""
    this_tests("this_tests.pytest_plugin.deselection.Selecting")
    suite.write(TESTS)
    suite.commit()
    suite.observe(EXECUTED)
    write(suite.folder, "more", Observations(unsteady={"there": Unsteady(frozenset({"mylib._impl:add"}))}))
    suite.edit("mylib/_impl.py", "return a + b", "return b + a")
    assert suite.chosen() == ["test_add"]

"""What is observed for each way in which a test can run the library."""

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.this_tests(target=["this_tests.pytest_plugin.observation", "this_tests.observe.observer"]),
]

DIRECT = "call direct body"


def test_a_call_is_direct_and_what_it_calls_is_not(observing):
    observing.run("def test_it(): assert mylib.add(1, 2) == 3")
    assert observing.of("test_it") == {"add": DIRECT, "_helper": "call"}


def test_a_private_helper_stays_out_of_the_registry(observing):
    observing.run("def test_it(): mylib.add(1, 2)")
    assert observing.seen == {"mylib.add": (1, 1)}


def test_every_test_that_executes_a_function_is_seen(observing):
    """Tools that disable a line after its first hit attribute a helper to the first test only."""
    observing.run(
        "def test_a(): mylib.add(1, 2)\ndef test_b(): mylib.add(1, 2)\ndef test_c(): mylib.wrapped()"
    )
    assert observing.relation.tests_of("mylib._impl:_helper") == {
        f"tests/test_it.py::{test}" for test in ("test_a", "test_b", "test_c")
    }


def test_first_indirect_then_direct_is_direct(observing):
    observing.run("def test_it():\n    mylib.wrapped()\n    mylib.add(1, 2)")
    assert observing.of("test_it")["add"] == DIRECT


def test_a_call_counts_anew_in_each_phase_and_from_the_body_besides_helpers(observing):
    """In a phase, a callee is recorded once for calls from test bodies, and once for other calls."""
    observing.run(
        """
        def helper(): return mylib.cached()
        @pytest.fixture
        def ready(): return helper(), mylib.cached()
        def test_by_fixture(ready): pass
        def test_by_helper(): helper(), helper()
        def test_itself(): helper(), mylib.cached(), helper()
        def test_all(ready): mylib.cached(), mylib.cached()
        """
    )
    assert observing.of("test_by_fixture")["cached"] == "setup direct"
    assert observing.of("test_by_helper")["cached"] == "call direct"
    assert observing.of("test_itself")["cached"] == DIRECT
    assert observing.of("test_all")["cached"] == "setup call direct body"


@pytest.mark.parametrize(
    ("expression", "function"),
    [
        ("mylib.Thing()", "Thing"),
        ("mylib.Thing()", "Base.__init__"),
        ("mylib.Thing().run()", "Thing.run"),
        ("mylib.Thing().shared()", "Base.shared"),
        ("mylib.Thing.of()", "Thing.of"),
        ("mylib.Thing.plain()", "Thing.plain"),
        ("mylib.Thing().size", "Thing.size"),
        ("mylib.Thing() + 1", "Thing.__add__"),
        ("mylib.cached()", "cached"),
        ("mylib.wrapped()", "wrapped"),
        ("mylib.made()", "outer.<locals>.inner"),
        ("list(mylib.numbers())", "numbers"),
        ("list(map(mylib.add, [1], [2]))", "add"),
        ("functools.partial(mylib.add, 1)(2)", "add"),
        ("(lambda: mylib.add(1, 2))()", "add"),
        ("[mylib.add(1, 2) for _ in range(2)]", "add"),
        ("helper()", "add"),
    ],
)
def test_it_is_direct_by(observing, expression, function):
    observing.run(
        f"import functools\ndef helper(): return mylib.add(1, 2)\ndef test_it(): assert {expression}",
        outcomes={"passed": 1},
    )
    assert "direct" in observing.of("test_it")[function]


def test_a_partial_in_a_module_is_a_callable_of_its_own_and_hides_no_other(observing):
    observing.project.write(
        {"mylib/partials.py": "import functools\nfrom . import add\nplus_one = functools.partial(add, 1)\n"}
    )
    observing.run(
        "from mylib.partials import plus_one\n"
        "def test_partial(): assert plus_one(2) == 3\n"
        "def test_function(): assert mylib.add(1, 2) == 3\n",
        outcomes={"passed": 2},
    )
    assert observing.seen == {"mylib.add": (2, 2), "mylib.partials.plus_one": (1, 1)}


@pytest.mark.parametrize(
    ("statement", "function"),
    [
        ("class Local: x = mylib.add(1, 2)", "add"),
        ("class Local:\n        class Inner: x = mylib.add(1, 2)", "add"),
        ("class Local(mylib.Thing().__class__): pass", "Thing"),
        ("@mylib.Deco\n    def local(): pass", "mylib.deco:Deco.__init__"),
        ("@mylib.deco\n    def local(): pass", "mylib.deco:deco"),
        ("@mylib.deco\n    class Local: pass", "mylib.deco:deco"),
        ("class Local:\n        @mylib.deco\n        def method(self): pass", "mylib.deco:deco"),
        ("def local(x=mylib.add(1, 2), *, y=mylib.cached()): pass", "cached"),
    ],
)
def test_what_is_made_in_a_test_calls_directly(observing, statement, function):
    observing.project.write(
        {
            "mylib/deco.py": "def deco(made): return made\n"
            "class Deco:\n    def __init__(self, made): self.made = made\n"
        }
    )
    observing.run(
        "from mylib.deco import deco, Deco\nmylib.deco, mylib.Deco = deco, Deco\n"
        f"def test_it():\n    {statement}\n",
        outcomes={"passed": 1},
    )
    assert observing.of("test_it")[function] == DIRECT


def test_what_a_wrapper_answers_from_memory_is_called_yet_not_executed(observing):
    """The body of a cached function runs once; later calls still count as calls."""
    observing.run("def test_a(): mylib.cached()\ndef test_b(): mylib.cached()")
    assert observing.seen == {"mylib.cached": (2, 2)}


def test_setup_and_teardown_are_told_apart(observing):
    observing.run(
        """
        @pytest.fixture
        def thing():
            thing = mylib.Thing()
            yield thing
            thing.shared()
        def test_it(thing): thing.run()
        """
    )
    assert observing.of("test_it") == {
        "Thing": "setup direct",
        "Base.__init__": "setup direct",
        "Thing.run": DIRECT,
        "Base.shared": "teardown direct",
    }
    assert "mylib.Base.shared" not in observing.seen


@pytest.mark.parametrize("order", [[], ["-p", "randomly", "-p", "no:cacheprovider"]])
def test_a_wider_fixture_holds_for_all_that_use_it(observing, order):
    observing.run(
        """
        @pytest.fixture(scope="session")
        def inner(): return mylib.Thing()
        @pytest.fixture(scope="module")
        def outer(inner): return inner.run()
        def test_a(outer): pass
        def test_b(inner): pass
        def test_c(request): request.getfixturevalue("outer")
        def test_d(): pass
        """,
        *order,
    )
    assert observing.seen == {"mylib.Base": (3, 0), "mylib.Thing": (3, 3), "mylib.Thing.run": (2, 2)}


def test_xunit_setup_holds_for_all_of_its_class(observing):
    observing.run(
        """
        class TestIt:
            @classmethod
            def setup_class(cls): mylib.add(1, 2)
            def test_a(self): pass
            def test_b(self): pass
        """
    )
    assert observing.seen == {"mylib.add": (2, 2)}


def test_a_function_imported_late_is_seen(observing):
    observing.project.write({"mylib/late.py": "def f():\n    return 1\n"})
    observing.run(
        "def test_it():\n    import mylib.late\n    mylib.late.f()\ndef test_b():\n    import mylib.late\n    mylib.late.f()"
    )
    assert observing.of("test_it") == {"mylib.late:f": DIRECT} == observing.of("test_b")


def test_a_decorator_that_keeps_what_it_wraps_gives_it_no_name(observing):
    """NetworkX's decorators compile wrappers at the first call, and bind numbered functions in their module."""
    observing.project.write(
        {
            "mylib/decorators.py": """
                import functools, itertools

                numbers = itertools.count()

                def compiled(function):
                    @functools.wraps(function)
                    def wrapper(*args):
                        name = f"compiled_{function.__name__}_{next(numbers)}"
                        globals()[name] = function
                        return eval(f"{name}(*args)", globals(), {"args": args})
                    return wrapper
            """,
            "mylib/graphs.py": """
                from .decorators import compiled

                @compiled
                def cycle(): return 1
            """,
        }
    )
    observing.run("import mylib.graphs\nmylib.graphs.cycle()\ndef test_it(): mylib.graphs.cycle()")
    assert observing.seen == {"mylib.graphs.cycle": (1, 1)}


def test_coroutines_and_threads_are_seen(observing):
    observing.run(
        """
        import asyncio, threading
        def test_coroutine(): asyncio.run(mylib.later())
        def test_thread():
            thread = threading.Thread(target=mylib.add, args=(1, 2))
            thread.start()
            thread.join()
        """
    )
    assert observing.of("test_coroutine") == {"later": DIRECT, "add": "call", "_helper": "call"}
    assert observing.of("test_thread") == {"add": "call", "_helper": "call"}


def test_nested_functions_and_lambdas_are_seen(observing):
    observing.run("def test_it(): assert mylib.made() == 4")
    assert observing.of("test_it") == {
        "outer.<locals>.inner": DIRECT,
        "outer.<locals>.inner.<locals>.<lambda>": "call",
    }
    assert observing.seen == {"mylib.made": (1, 1)}


def test_cases_are_kept_one_by_one_and_told_together(observing):
    source = "@pytest.mark.parametrize('f', ['add', 'cached'])\ndef test_it(f): getattr(mylib, f)(*[1, 2][: f == 'add' and 2])"
    observing.run(source, outcomes={"passed": 2})
    assert observing.of("test_it[cached]") == {"cached": DIRECT}
    assert observing.seen == {"mylib.add": (1, 1), "mylib.cached": (1, 1)}


def test_a_failing_test_is_no_evidence_and_keeps_what_it_had(observing):
    observing.run("def test_it(): mylib.add(1, 2)")
    observing.run("def test_it():\n    mylib.cached()\n    assert 0")
    assert observing.seen == {"mylib.add": (1, 1)}
    assert observing.relation.outcome("tests/test_it.py::test_it") == "failed"


def test_an_expected_failure_counts(observing):
    observing.run("@pytest.mark.xfail\ndef test_it():\n    mylib.cached()\n    assert 0")
    assert observing.seen == {"mylib.cached": (1, 1)}


def test_a_repetition_forgets_the_try_before(observing):
    observing.run(
        "tries = []\ndef test_it():\n    tries.append(1)\n    mylib.cached() if len(tries) == 1 else mylib.add(1, 2)\n"
        "    assert len(tries) == 2",
        "--reruns=1",
        outcomes={"passed": 1, "rerun": 1},
    )
    assert observing.of("test_it") == {"add": DIRECT, "_helper": "call"}


def test_a_library_that_ships_its_tests_is_told_from_them(observing):
    observing.project.write(
        {
            "mylib/tests/__init__.py": "",
            "mylib/tests/helping.py": "import mylib\ndef helping():\n    return mylib.add(1, 2)\n",
            "mylib/tests/test_in.py": "from .helping import helping\ndef test_it(): helping()\n",
        }
    )
    observing.again("mylib")
    assert observing.of("test_it", "mylib/tests/test_in.py") == {"add": "call direct", "_helper": "call"}


def test_classes_of_tests_that_a_library_ships_are_none_of_its_api(observing):
    observing.project.write(
        {
            "mylib/tests/__init__.py": "",
            "mylib/tests/test_in.py": """
                import functools
                import mylib

                class Custom(dict):
                    pass

                added = functools.partial(Custom)

                def test_it():
                    assert mylib.add(len(Custom()), 2) == 2 + len(added())
            """,
        }
    )
    observing.project.run_apart("mylib/tests")
    assert observing.seen == {"mylib.add": (1, 1)}


def test_nothing_is_kept_without_a_cache(observing):
    observing.run("def test_it(): mylib.add(1, 2)", "-p", "no:cacheprovider")
    assert observing.seen == {"mylib.add": (1, 1)}
    assert not (observing.project.root / ".pytest_cache").exists()


def test_observing_can_be_switched_on_and_off(observing):
    observing.run("def test_it(): mylib.add(1, 2)", "--no-this-tests-observe")
    assert not observing.project.path.exists()
    observing.project.configure('library = ["mylib"]\nmissing = "ignore"')
    observing.again()
    assert not observing.project.path.exists()
    observing.again("--this-tests-observe")
    assert observing.seen == {"mylib.add": (1, 1)}


def test_a_call_is_direct_below_a_long_chain_of_elif(observing):
    """What transforms the tree on Python 3.11 recurses into it."""
    chain = "def test_it(x=1):\n    if x == 0: pass\n" + "    elif x == 2: pass\n" * 700
    source = f"{chain}    else:\n        assert mylib.add(1, 2) == 3\n"
    assert "direct" in observing.run(source, outcomes={"passed": 1}).of("test_it")["add"]


OWN_NAMES = {
    "mylib/tools.py": """
        import functools

        def plain(a, b=1):
            return a + b

        def _batched(a):
            return a

        batched = _batched

        class _Callable:
            def __call__(self, a):
                return a

        called = _Callable()
        called_too = _Callable()

        class Caller:
            def __call__(self, a):
                return a

        caller = Caller()

        class curry:
            def __init__(self, function, *args):
                self._partial = functools.partial(function, *args)
                functools.update_wrapper(self, function)

            def __call__(self, *args):
                return self._partial(*args)

        @curry
        def decorated(a):
            return a

        class Learner:
            pass

        def lr_find(self):
            return 1

        def _shown(self):
            return 2

        Learner.lr_find = lr_find
        Learner.shown = _shown
    """,
    "mylib/curried.py": """
        import functools
        from . import tools

        plain = functools.partial(tools.plain, 1)
        lr_find = tools.curry(tools.lr_find)
    """,
}


OWN_CALLS = {
    "tools.batched(1)": {"tools.batched"},
    "tools.called(1)": {"tools.called"},
    "tools.called_too(1)": {"tools.called_too"},
    "tools.caller(1)": {"tools.caller", "tools.Caller.__call__"},
    "tools.decorated(1)": {"tools.decorated", "tools.curry.__call__"},
    "tools.Learner().lr_find()": {"tools.Learner", "tools.lr_find"},
    "tools.lr_find(None)": {"tools.lr_find"},
    "tools.Learner().shown()": {"tools.Learner", "tools.Learner.shown"},
    "tools.plain(1)": {"tools.plain"},
    "curried.plain(1)": {"curried.plain", "tools.plain"},
    "curried.lr_find(1)": {"curried.lr_find", "tools.lr_find", "tools.curry.__call__"},
}


def test_each_callable_is_seen_under_its_own_name_and_takes_no_others(observing):
    observing.project.write(OWN_NAMES)
    tests = "".join(f"def test_{number}(): assert {call}\n" for number, call in enumerate(OWN_CALLS))
    observing.run(f"from mylib import curried, tools\n{tests}", outcomes={"passed": len(OWN_CALLS)})
    seen = {
        call: {
            name.removeprefix("mylib.")
            for name, entry in observing.project.registry.callables.items()
            if f"tests/test_it.py::test_{number}" in entry.observed.examples
        }
        for number, call in enumerate(OWN_CALLS)
    }
    assert seen == OWN_CALLS

"""Observing together with other tools: both see as much as each does alone."""

import json
import shutil
import sys
import textwrap
from importlib.util import find_spec

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.this_tests(target=["this_tests.pytest_plugin.observation", "this_tests.observe.observer"]),
]

# Not imported here: modules imported by a test are removed again, and torch cannot be imported twice.
needs_torch = pytest.mark.skipif(find_spec("torch") is None, reason="needs torch")

SUITE = """
    def test_a(): assert mylib.add(1, 2) == 3
    def test_b(): assert mylib.wrapped() == 3
    class TestThing:
        @pytest.mark.parametrize("n", [1, 2])
        def test_c(self, n): assert mylib.Thing().run() == 1
    def test_d(): assert list(mylib.numbers()) == [1, 2]
"""


@pytest.mark.parametrize(
    "args",
    [
        ["-n", "2"],
        ["-n", "1", "--dist", "loadfile"],
        ["-n", "2", "--dist", "each"],
        ["-p", "no:xdist"],
        ["-p", "randomly"],
        ["--count=2"],
        ["--assert=plain"],
        ["--import-mode=importlib"],
        ["-p", "no:cacheprovider"],
        ["--cov=mylib"],
        ["--cov=mylib", "--cov-context=test"],
    ],
    ids=" ".join,
)
def test_the_evidence_is_the_same_under(observing, args):
    observing.run(SUITE)
    alone = observing.project.registry
    shutil.rmtree(observing.project.root / "test_observations")
    observing.project.run_apart(*args)
    assert observing.project.registry == alone


def coverage_of(observing, *args):
    observing.project.run_apart("--cov=mylib", "--cov-branch", "--cov-report=json:cov.json", *args)
    found = json.loads((observing.project.root / "cov.json").read_text())["files"]
    for file in found.values():
        file.pop("functions", None)
        file.pop("classes", None)
        # The order of a line's contexts is undefined in coverage.
        file["contexts"] = {line: sorted(contexts) for line, contexts in file.get("contexts", {}).items()}
    return found


@pytest.mark.parametrize(
    "args", [[], ["--cov-context=test", "--cov-report=json:cov.json"]], ids=["plain", "contexts"]
)
@pytest.mark.parametrize("core", ["ctrace", "sysmon"])
def test_coverage_reports_the_same_with_us_and_without(observing, monkeypatch, args, core):
    if core == "sysmon" and sys.version_info < (3, 12):
        pytest.skip("coverage's other core needs sys.monitoring")
    monkeypatch.setenv("COVERAGE_CORE", core)
    observing.project.tests(SUITE)
    observing.project.write({".coveragerc": "[json]\nshow_contexts = true\n"})
    ours = coverage_of(observing, *args)
    assert ours == coverage_of(observing, "--no-this-tests-observe", *args)
    assert any(file["executed_lines"] for file in ours.values())


def test_what_a_crashed_worker_finished_is_kept(observing):
    observing.project.tests(
        "import os\ndef test_a(): mylib.add(1, 2)\ndef test_b(): os._exit(3)\ndef test_c(): mylib.add(1, 2)"
    )
    observing.project.run_apart("-n", "1")
    assert observing.seen == {"mylib.add": (2, 2)}


def test_a_tracing_debugger_stays(observing):
    observing.run(
        """
        import sys
        def test_it():
            seen = []
            def trace(frame, event, argument):
                seen.append((event, frame.f_code.co_name))
                return trace
            before = sys.gettrace()
            sys.settrace(trace)
            try:
                mylib.add(1, 2)
                assert sys.gettrace() is trace
            finally:
                sys.settrace(before)
            assert [name for event, name in seen if event == "call" and name in ("add", "_helper")] == ["add", "_helper"]
        """,
        outcomes={"passed": 1},
    )
    assert observing.of("test_it") == {"add": "call direct body", "_helper": "call"}


def test_a_test_may_take_away_what_tells_callers(observing):
    observing.run(
        """
        import sys
        from this_tests import this_tests

        def test_it(monkeypatch):
            monkeypatch.delattr(sys, "_getframe")
            this_tests(mylib.add)
            assert mylib.add(1, 2) == 3
        """,
        outcomes={"passed": 1},
    )
    assert observing.seen == {"mylib.add": (1, 1)}


# The only difference, a limit listed in docs/observe.md: on Python 3.11 the text may end earlier.
LOST = " while calling a Python object" if sys.version_info < (3, 12) else ""


@pytest.mark.parametrize(
    ("source", "lost"),
    [
        ("def down(n): return up(n + 1)\ndef up(n): return down(n + 1)", ""),
        ("def down(n): return max([n], key=down)", LOST),
        ("class Down:\n    def __call__(self, n): return self(n + 1)\ndown = Down()", ""),
        ("def down(n): return mylib.called(down, n)", ""),
    ],
    ids=["function", "C function", "object", "library"],
)
def test_recursion_without_an_end_ends_as_it_does_without_us(observing, source, lost):
    observing.project.write({"mylib/__init__.py": "def called(function, n): return function(n + 1)"})
    observing.project.tests(
        f"""
        import traceback

{textwrap.indent(source, " " * 8)}

        def test_it():
            with pytest.raises(RecursionError) as caught:
                down(0)
            places = {{(entry.path.name, entry.name) for entry in caught.traceback}}
            print("ENDED", caught.value, sorted(places), caught.value.__context__)
            assert 0
        """
    )
    ends = []
    for option in ("--no-this-tests-observe", "--this-tests-observe"):
        lines = observing.project.run_apart("-p", "no:cacheprovider", option).outlines
        ends.append([line for line in lines if line.startswith("ENDED")])
    bare, observed = ends
    assert observed == [line.replace(lost, "") if lost else line for line in bare] != []
    assert not lost or lost in bare[0]


def test_async_tests_are_seen(observing):
    observing.run(
        "@pytest.mark.asyncio\nasync def test_it(): assert await mylib.later() == 2", outcomes={"passed": 1}
    )
    assert observing.of("test_it") == {"later": "call direct body", "add": "call", "_helper": "call"}


def test_all_examples_of_hypothesis_are_seen(observing):
    observing.run(
        """
        from hypothesis import given, settings, strategies as st
        @settings(database=None, derandomize=True)
        @given(st.booleans())
        def test_it(on): mylib.add(1, 2) if on else mylib.cached()
        """,
        outcomes={"passed": 1},
    )
    assert observing.of("test_it").keys() == {"add", "_helper", "cached"}


def test_unittest_is_seen(observing):
    observing.run(
        """
        import unittest
        class TestIt(unittest.TestCase):
            @classmethod
            def setUpClass(cls): mylib.cached()
            def setUp(self): self.thing = mylib.Thing()
            def test_a(self): self.assertEqual(self.thing.run(), 1)
            def test_b(self): pass
        """,
        outcomes={"passed": 2},
    )
    assert observing.of("TestIt::test_a")["Thing.run"] == "call direct body"
    assert observing.seen["mylib.cached"] == (2, 2)


def test_doctests_are_seen(observing):
    observing.project.write(
        {"mylib/told.py": 'def f():\n    """\n    >>> f()\n    1\n    """\n    return 1\n'}
    )
    observing.again("--doctest-modules", "mylib/told.py", outcomes={"passed": 1})
    assert observing.seen == {"mylib.told.f": (1, 1)}


def test_a_failure_of_ours_fails_no_test(observing):
    observing.project.write(
        {"conftest.py": "from this_tests.observe.observer import Observer\nObserver.end_phase = None\n"}
    )
    observing.project.tests("def test_it(): mylib.add(1, 2)")
    result = observing.project.run_apart()
    assert result.parseoutcomes() == {"passed": 1}
    result.stdout.fnmatch_lines(["this-tests: _end_phase: TypeError:*"])


# The limits: these tests pin what is not observed.


def test_limit_code_made_by_exec_while_a_test_runs_is_not_seen(observing):
    observing.project.write(
        {
            "mylib/making.py": "def make():\n    space = {}\n    exec('def f(): return 1', space)\n    return space['f']\n"
        }
    )
    observing.run(
        "import mylib.making\ndef test_it(): assert mylib.making.make()() == 1", outcomes={"passed": 1}
    )
    assert observing.of("test_it").keys() == {"mylib.making:make"}


def test_limit_a_function_entered_before_the_test_is_not_seen(observing):
    observing.project.write(
        {"mylib/serving.py": "def serve(ready, stop):\n    ready.set()\n    stop.wait()\n"}
    )
    observing.run(
        """
        import threading, mylib.serving
        @pytest.fixture
        def server():
            ready, stop = threading.Event(), threading.Event()
            thread = threading.Thread(target=mylib.serving.serve, args=(ready, stop))
            thread.start()
            ready.wait()
            yield
            stop.set()
            thread.join()
        def test_it(server): pass
        """,
        outcomes={"passed": 1},
    )
    assert observing.of("test_it") == {"mylib.serving:serve": "setup"}


def test_limit_a_generator_goes_on_unseen_on_3_11(observing):
    observing.run(
        """
        numbers = mylib.numbers()
        def test_a(): assert next(numbers) == 1
        def test_b(): assert next(numbers) == 2
        """,
        outcomes={"passed": 2},
    )
    assert "numbers" in observing.of("test_a")
    assert ("numbers" in observing.of("test_b")) == (sys.version_info >= (3, 12))


def test_limit_of_one_code_behind_several_names_none_is_named(observing):
    observing.project.write(
        {
            "mylib/made.py": """
                def maker(number):
                    def made():
                        return number
                    return made

                one, two = maker(1), maker(2)
            """
        }
    )
    observing.run(
        "import mylib.made\ndef test_it(): assert mylib.made.one() + mylib.cached() == 2",
        outcomes={"passed": 1},
    )
    assert "mylib.made:maker.<locals>.made" in observing.of("test_it")
    assert observing.seen == {"mylib.cached": (1, 1)}


def test_limit_another_callee_after_256_calls_at_one_place_from_3_12_on(observing):
    """A class without code of its own is observed only at its call."""
    observing.project.write({"mylib/plain.py": "class Plain:\n    pass\n"})
    observing.run(
        """
        import mylib.plain
        def test_it():
            for call in [int] * 300 + [mylib.plain.Plain]:
                call()
        """,
        outcomes={"passed": 1},
    )
    assert ("mylib.plain:Plain" in observing.of("test_it")) == (sys.version_info < (3, 12))


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_limit_what_lies_behind_a_cache_or_a_late_import_goes_to_the_first_test(observing, order):
    observing.project.write(
        {
            "mylib/caching.py": """
                import functools
                from . import add

                @functools.cache
                def cached():
                    return add(1, 2)

                def through_a_cache():
                    return cached()

                def through_an_import():
                    from .late import three
                    return three
            """,
            "mylib/late.py": "from . import numbers\nthree = sum(numbers())\n",
        }
    )
    test = "def test_{}(): assert mylib.caching.through_a_cache() == mylib.caching.through_an_import()\n"
    observing.run("import mylib.caching\n" + "".join(map(test.format, order)), outcomes={"passed": 2})
    first, second = (observing.of(f"test_{test}") for test in order)
    assert first.keys() - second.keys() == {"mylib.caching:cached", "add", "_helper", "numbers"}
    assert second.keys() == {"mylib.caching:through_a_cache", "mylib.caching:through_an_import"}


@needs_torch
def test_who_calls_a_network_calls_its_forward(observing):
    observing.project.write(
        {
            "mylib/nets.py": """
                import torch

                class Double(torch.nn.Module):
                    def forward(self, x): return x * 2

                class Twice(torch.nn.Module):
                    def __init__(self):
                        super().__init__()
                        self.inner = Double()
                    def forward(self, x): return self.inner(x)

                class Own(Double):
                    def __call__(self, x): return super().__call__(x)

                double = Double()
            """
        }
    )
    observing.project.tests(
        """
        import torch
        from mylib import nets

        @pytest.fixture(scope="module")
        def twice(): return nets.Twice()
        def test_twice(twice): assert twice(torch.ones(())) == 2
        def test_own(): assert nets.Own()(torch.ones(())) == 2
        def test_shared(): assert nets.double(torch.ones(())) == 2
        """
    )
    observing.project.run_apart().assert_outcomes(passed=3)
    test_twice = observing.of("test_twice")
    assert test_twice["mylib.nets:Twice.forward"] == "call direct body"
    assert test_twice["mylib.nets:Double.forward"] == "call"
    test_own = observing.of("test_own")
    assert (test_own["mylib.nets:Own.__call__"], test_own["mylib.nets:Double.forward"]) == (
        "call direct body",
        "call",
    )
    shared = dict.fromkeys(("mylib.nets:double", "mylib.nets:Double.forward"), "call direct body")
    assert observing.of("test_shared") == shared
    assert observing.seen["mylib.nets.Twice.forward"] == (1, 1)


@needs_torch
def test_limit_of_what_torch_compiles_only_the_calls_in_tests_are_seen(observing):
    observing.project.write(
        {"mylib/scaling.py": "def scaled(x): return _twice(x)\ndef _twice(x): return x * 2\n"}
    )
    observing.project.tests(
        """
        import torch
        import mylib.scaling

        def test_called():
            scaled = torch.compile(mylib.scaling.scaled, backend="eager")
            assert scaled(torch.ones(())) == 2

        def test_inside():
            @torch.compile(backend="eager")
            def run(x):
                return mylib.scaling.scaled(x)
            assert run(torch.ones(())) == 2
        """
    )
    observing.project.run_apart().assert_outcomes(passed=2)
    assert observing.of("test_called") == {"mylib.scaling:scaled": "call direct body"}
    assert observing.of("test_inside") == {}


@pytest.mark.skipif(sys.version_info < (3, 12), reason="needs sys.monitoring")
def test_without_a_free_tool_id_it_is_reported(observing):
    observing.project.write({"conftest.py": "import sys\n"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.monitoring, "get_tool", lambda tool_id: f"tool {tool_id}")
        result = observing.run("def test_it(): mylib.add(1, 2)", outcomes={"passed": 1}).result
    result.stdout.fnmatch_lines(
        [
            "this-tests: nothing was observed: sys.monitoring has no free tool id: 4 by 'tool 4' and 3 by 'tool 3'"
        ]
    )


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="instruments code on 3.11 only")
def test_on_3_11_what_was_imported_before_is_armed_all_the_same(observing):
    observing.project.write({"early.py": "import mylib\n"})
    observing.project.tests("def test_it(): mylib.add(1, 2)")
    observing.project.run_apart("-p", "early")
    assert observing.of("test_it") == {"add": "call direct body", "_helper": "call"}


@pytest.mark.parametrize("early", [False, True])
def test_generators_that_are_coroutines_stay_such(observing, early):
    observing.project.write(
        {
            "early.py": "import mylib.waiting\n",
            "mylib/waiting.py": """
                import types

                @types.coroutine
                def pause():
                    yield 1

                async def paused():
                    await pause()
                    return 2
            """,
        }
    )
    observing.project.tests(
        """
        import mylib.waiting

        def test_paused():
            running = mylib.waiting.paused()
            assert running.send(None) == 1
            with pytest.raises(StopIteration):
                running.send(None)

        def test_pause():
            assert list(mylib.waiting.pause()) == [1]
        """
    )
    args = ("-p", "early") if early else ()
    observing.project.run_apart(*args).assert_outcomes(passed=2)
    assert observing.of("test_paused").keys() == {"mylib.waiting:paused", "mylib.waiting:pause"}
    assert observing.of("test_pause") == {"mylib.waiting:pause": "call direct body"}


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="instruments code on 3.11 only")
def test_on_3_11_code_that_somebody_knows_is_left_to_them(observing):
    observing.project.write(
        {
            "early.py": "import mylib.marks\n",
            "mylib/marks.py": """
                import weakref
                known = weakref.WeakSet()

                def mark(function):
                    known.add(function.__code__)
                    return function

                @mark
                def marked(): return marked.__code__ in known
            """,
        }
    )
    observing.project.tests("import mylib.marks\ndef test_it(): assert mylib.marks.marked()")
    result = observing.project.run_apart("-p", "early")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*imported before observing began, and not observed: mylib.marks;*"])


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="instruments code on 3.11 only")
def test_on_3_11_source_and_tracebacks_stay_as_they_are(observing):
    observing.project.write({"mylib/bad.py": 'def bad():\n    """Say it."""\n    return 1 / 0\n'})
    result = observing.run(
        "import inspect, mylib.bad\n"
        "def test_source(): assert inspect.getsource(mylib.bad.bad).splitlines()[-1] == '    return 1 / 0'\n"
        "def test_docstring(): assert mylib.bad.bad.__doc__ == 'Say it.'\n"
        "def test_it(): mylib.bad.bad()",
        outcomes={"passed": 2, "failed": 1},
    ).result
    result.stdout.fnmatch_lines([">       return 1 / 0", "mylib/bad.py:3: ZeroDivisionError"])

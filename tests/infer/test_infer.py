"""What a test's source says of what it is about, told by the command as a user runs it."""

import json
import os
import subprocess
import sys
import textwrap
from dataclasses import dataclass

import pytest

from this_tests import Entry, Link, Registry, this_tests
from this_tests.cli import main
from this_tests.infer import (
    ExecutedFunctions,
    PublicNames,
    SourceTree,
    StaticCase,
    Use,
    cases,
    inferred,
    likely,
    with_inferred,
)
from this_tests.infer.library_modules import LibraryModules
from this_tests.infer.values import ClassValue, FunctionValue
from this_tests.observations.file import write
from this_tests.observations.observations import Observations
from this_tests.observations.relation import BODY, CALL, DIRECT, RelationBuilder

LIBRARY = {
    "mylib/__init__.py": """
        from ._impl import Thing, Many, add, subtract, make, deprecated
        from . import sub

        __all__ = ["Many", "Thing", "add", "deprecated", "make", "sub", "subtract"]
    """,
    "mylib/_impl.py": """
        from __future__ import annotations
        from .parts import Part

        def add(a, b): return a + b
        def subtract(a, b): return a - b
        def deprecated(): raise RuntimeError
        def make(name: str) -> Thing: ...

        class Base:
            def shared(self): ...

        class Thing(Base):
            def __init__(self, size=1):
                self.part = Part()
                self._size = size

            def run(self): return self._run()
            def _run(self): ...
            def configure(self, *, fast=False): ...
            def child(self): return Thing()
            @property
            def size(self): return self._size
            @classmethod
            def load(cls, path): return cls()
            def __add__(self, other): ...
            def __getitem__(self, key): ...

        class Many:
            def __str__(self): ...
            def __init__(self, things: list[Thing]): self.things: list[Thing] = things
            def first(self) -> Thing | None: ...
            def pairs(self) -> list[tuple[Part, Thing]]: ...
            def save(self, path):
                path = str(path)
                self._save(path)
                self.first()
            def _save(self, path): ...
            def draw(self):
                paint(_pick_colour(self.things))
                check_outline_before_drawing()

        def _pick_colour(things): ...
        def paint(colour):
            if colour: mix_inks(colour)
        def mix_inks(colour): ...
        def check_outline_before_drawing(): ...
    """,
    "mylib/parts.py": """
        class Part:
            def turn(self, degrees): ...
            def very_own(self): ...
    """,
    "mylib/sub.py": """
        def deep(): ...
    """,
    "mylib/odd.py": """
        from contextvars import ContextVar
        from functools import wraps
        from typing import Any, Callable, Final, Generic, TypeVar
        from .parts import Part
        from . import Thing

        T = TypeVar("T", bound="Part")

        class Proxy:
            def __getattr__(self, name): return getattr(Thing(), name)
            def __setattr__(self, name, value): ...

        class Box(Generic[T]):
            close = wraps(close)
            def __eq__(self, other) -> Part: ...
            def __enter__(self) -> Part: ...
            def __exit__(self, *error): ...
            def __invert__(self) -> Part: ...
            def __iadd__(self, other): return self
            def __format__(self, how): ...
            @classmethod
            def of(cls) -> Part: ...

        class Failure(Exception):
            def __str__(self): ...
            def reasons(self) -> Part: ...

        def nothing() -> tuple[()]: ...
        def first(things: list[T]) -> T: ...
        def registered(name: str) -> Callable[[type], Part] | Thing: ...
        def marked(function) -> Part: ...
        def calls(function): ...

        def anything() -> Any: return Axle(1)

        class Invalid(Exception):
            def __init__(self): ...

        class Gate:
            def __call__(self, way): ...

        class Axle:
            def __init__(self, load: object, other=None, third: object = 0):
                self.load = load
                self.spare = other or Thing
                self.third = Part() if third else third
                self.every = {1: Thing()}
                self.hub: Final = Part()
            @property
            def all(self): return self.every.values()

        class Road:
            def __aiter__(self) -> "Road": ...
            async def __anext__(self) -> Thing: ...
            def __iter__(self) -> "Road": ...
            def __next__(self) -> Part: ...

        class Wheel:
            # So that the name alone tells nobody's class.
            def turn(self, degrees): ...

        class Registry:
            def unregister(self, name): ...

        class Engine:
            def ignite(self): return self._ignite()
            def _ignite(self): ...

        class Diesel(Engine):
            def _ignite(self): ...
    """,
}


@pytest.fixture
def library(project):
    project.write(LIBRARY)
    return project


@dataclass(frozen=True)
class Result:
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def command(library, monkeypatch, capsys):
    """Return a function that runs the command in the project, in this process."""
    monkeypatch.chdir(library.root)

    def run(*args):
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["this-tests", "infer", *args])
        with pytest.raises(SystemExit) as left:
            main()
        return Result(left.value.code or 0, *capsys.readouterr())

    return run


@pytest.fixture
def told(library, command):
    """Return a function that returns what is inferred of the tests in a source, by test."""

    def tell(source, **files):
        library.tests(source)
        library.write({f"tests/{name}.py": text for name, text in files.items()})
        result = command("--format", "json")
        assert (result.returncode, result.stderr) == (0, "")
        found = {}
        for link in json.loads(result.stdout):
            name = link["callable"].removeprefix("mylib.")
            found.setdefault(link["test"].partition("::")[2], []).append(name)
        return found

    return tell


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def test_it(): assert mylib.add(1, 2) == 3", ["add"]),
        ("def test_it(): assert 3 == mylib.add(1, 2)", ["add"]),
        ("from mylib import add as plus\ndef test_it(): assert plus(1, 2) == 3", ["add"]),
        ("import mylib._impl as inner\ndef test_it(): assert inner.add(1, 2) == 3", ["add"]),
        ("from mylib import *\ndef test_it(): assert add(1, 2) == 3", ["add"]),
        ("from mylib.sub import deep\ndef test_it(): assert deep()", ["sub.deep"]),
        ("def test_it():\n    from mylib import add\n    assert add(1, 2) == 3", ["add"]),
        ("alias = mylib.add\ndef test_it(): assert alias(1, 2) == 3", ["add"]),
    ],
)
def test_names_are_followed_through_imports_and_assignments(told, source, expected):
    this_tests(cases, likely)
    assert told(source) == {"test_it": expected}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("thing = mylib.Thing(); assert thing.run() == 1", ["Thing.run"]),
        ("assert mylib.Thing().shared()", ["Thing.shared"]),
        ("assert mylib.Thing.load('x').run()", ["Thing.run"]),
        ("assert mylib.make('x').run()", ["Thing.run"]),
        ("thing: mylib.Thing = unknown(); assert thing.run()", ["Thing.run"]),
        ("assert mylib.Thing().part.turn(90)", ["parts.Part.turn"]),
        ("assert mylib.Thing().child().run()", ["Thing.run"]),
        ("assert mylib.Many([]).first().run()", ["Thing.run"]),
        ("for part, thing in mylib.Many([]).pairs(): assert part.turn(1)", ["parts.Part.turn"]),
        ("with open_it() as f: assert mylib.Many([]).things[0].run()", ["Thing.run"]),
        ("things = [mylib.Thing()]; assert [thing.run() for thing in things]", ["Thing.run"]),
        ("assert getattr(mylib.Thing(), 'r' + 'un')()", ["Thing.run"]),
        ("assert mylib.Thing() + 1 == 2", ["Thing.__add__"]),
        ("assert unknown().very_own()", ["parts.Part.very_own"]),
        ("assert odd.Proxy().run()", ["Thing.run"]),
        ("assert (odd.Box() == 1).turn(1)", ["parts.Part.turn"]),
        ("assert (~odd.Box()).turn(1)", ["parts.Part.turn"]),
        ("with odd.Box() as part: assert part.turn(1)", ["parts.Part.turn"]),
        ("assert odd.Box[int].of().turn(1)", ["parts.Part.turn"]),
        ("assert odd.first(unknown()).turn(1)", ["parts.Part.turn"]),
        ("assert odd.registered('x')(int).turn(1)", ["parts.Part.turn"]),
        (
            "with pytest.raises(odd.Failure) as error: fail()\n    assert error.value.reasons().turn(1)",
            ["parts.Part.turn"],
        ),
        ("class Mine(mylib.Thing): ...\n    assert Mine().run()", ["Thing.run"]),
        (
            "class Mine(mylib.Thing):\n        def go(self): return super().run()\n    assert Mine().go()",
            ["Thing.run"],
        ),
        ("class One(mylib.Thing): ...\n    class Two(One): ...\n    assert Two().run()", ["Thing.run"]),
        ("@odd.marked\n    def it(): ...\n    assert it.turn(1)", ["parts.Part.turn"]),
        ("assert odd.Axle(mylib.Thing()).load.run()", ["Thing.run"]),
        ("assert odd.Axle(None, other=mylib.Thing()).spare.run()", ["Thing.run"]),
        ("assert odd.Axle(None, None, mylib.Thing()).third.run()", ["Thing.run"]),
        ("for thing in odd.Axle(mylib.Thing()).all: assert thing.run()", ["Thing.run"]),
        ("assert odd.anything().hub.turn(1)", ["parts.Part.turn"]),
        ("assert [thing.run() async for thing in odd.Road()]", ["Thing.run"]),
        ("async for thing in odd.Road(): assert thing.run()", ["Thing.run"]),
        ("for part in odd.Road(): assert part.turn(1)", ["parts.Part.turn"]),
        ("import pickle\n    assert pickle.loads(pickle.dumps(mylib.Thing())).run()", ["Thing.run"]),
        ("from typing import cast\n    assert cast(mylib.Thing, unknown()).run()", ["Thing.run"]),
        ("it = unknown()\n    assert isinstance(it, mylib.Thing)\n    assert it.run()", ["Thing.run"]),
        ("def it(): assert mylib.add(1, 2)\n    it()", ["add"]),
        ("def it(): assert mylib.add(1, 2)\n    same = it\n    same()", ["add"]),
        ("def it(thing): assert thing.run()\n    it(mylib.Thing())", ["Thing.run"]),
    ],
)
def test_types_come_from_constructors_annotations_and_returns(told, body, expected):
    this_tests(cases)
    assert told(f"from mylib import odd\ndef test_it():\n    {body}") == {"test_it": expected}


def test_tests_import_each_other_as_pytest_lets_them(library, command):
    this_tests(cases)
    library.write({"tests/deep/__init__.py": "", "tests/deep/kit.py": "import mylib\nIT = mylib.Thing()\n"})
    library.tests("from deep.kit import IT\ndef test_it(): assert IT.run()\n", "tests/deep/test_it.py")
    assert "mylib.Thing.run" in command("tests/deep/test_it.py").stdout


def test_tests_that_the_library_ships_are_tests(library, command):
    this_tests(cases)
    body = "def helper(thing): assert thing.run()\ndef test_it(): helper(mylib.Thing())\n"
    library.tests(body, "mylib/tests/test_it.py")
    assert "mylib.Thing.run" in command("mylib/tests/test_it.py").stdout


@pytest.fixture
def used(library):
    """Return a function that returns what the body of a test is seen to use, whatever its role."""

    def see(body):
        library.tests(f"from mylib import odd\ndef test_it():\n    {body}")
        path = library.root / "tests/test_it.py"
        (case,) = cases(SourceTree([library.root]), ["mylib"], path, library.root, ["test_it"])
        return [use.function.name for use in case.uses]

    return see


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("with odd.Box(): pass", ["Box.__init__", "Box.__enter__", "Box.__exit__"]),
        ("f'{odd.Box()}'", ["Box.__init__", "Box.__format__"]),
        ("box = odd.Box()\n    box += 1", ["Box.__init__", "Box.__iadd__"]),
        ("odd.nothing()", ["nothing"]),
        ("odd.Proxy().anything = 1", ["Proxy.__init__", "Proxy.__setattr__"]),
        ("class Mine:\n        size = mylib.add(1, 2)", ["add"]),
        ("@odd.marked\n    class Mine: ...", ["marked"]),
        ("class Mine:\n        @odd.marked\n        def it(self): ...", ["marked"]),
        ("def it(): mylib.add(1, 2)\n    odd.calls(it)", ["add", "calls"]),
        ("def it(first='', **more): str(first)\n    it(more=mylib.Many([]))", ["Many.__init__"]),
        # An object of another library, whatever methods only this one has.
        ("from contextvars import ContextVar\n    ContextVar('x').unregister(1)", []),
    ],
)
def test_what_syntax_calls_is_used(used, body, expected):
    this_tests(cases)
    assert used(body) == expected


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "test"),
    [
        ("@pytest.fixture\ndef it(): return mylib.Thing()\ndef test_it(it): assert it.run()", "test_it"),
        ("@pytest.fixture\ndef it():\n    yield mylib.Thing()\ndef test_it(it): assert it.run()", "test_it"),
        (
            "@pytest.fixture(name='it')\ndef other(): return mylib.Thing()\ndef test_it(it): assert it.run()",
            "test_it",
        ),
        ("def test_it(given): assert given.run()", "test_it"),
        ("def test_it(it: mylib.Thing): assert it.run()", "test_it"),
        (
            "@pytest.fixture(params=[mylib.Thing()])\ndef it(request): return request.param\n"
            "def test_it(it): assert it.run()",
            "test_it",
        ),
        ("@pytest.mark.parametrize('it', [mylib.Thing()])\ndef test_it(it): assert it.run()", "test_it"),
        (
            "class TestIt:\n    def setup_method(self): self.it = mylib.Thing()\n"
            "    def test_it(self): assert self.it.run()",
            "TestIt::test_it",
        ),
        (
            "import unittest\nclass It(unittest.TestCase):\n    def setUp(self): self.it = mylib.Thing()\n"
            "    def test_it(self): self.assertEqual(self.it.run(), 1)",
            "It::test_it",
        ),
        (
            "@pytest.fixture\ndef put(request): request.cls.it = mylib.Thing()\n"
            "@pytest.mark.usefixtures('put')\nclass TestIt:\n    def test_it(self): assert self.it.run()",
            "TestIt::test_it",
        ),
        (
            "class Base:\n    thing = mylib.Thing()\nclass TestIt(Base):\n    def test_it(self): assert self.thing.run()",
            "TestIt::test_it",
        ),
        ("def helper(thing): assert thing.run()\ndef test_it(): helper(mylib.Thing())", "test_it"),
        ("def test_it(request):\n    it = request.getfixturevalue('given')\n    assert it.run()", "test_it"),
        ("def test_it(plugged): assert plugged.run()", "test_it"),
    ],
)
def test_types_come_from_fixtures_parameters_setup_and_helpers(told, source, test):
    this_tests(cases)
    fixture = "import mylib, pytest\n@pytest.fixture\ndef {}(): return mylib.make('x')\n"
    conftest = fixture.format("given") + "pytest_plugins = ['plugs']\n"
    assert told(source, conftest=conftest, plugs=fixture.format("plugged")) == {test: ["Thing.run"]}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("a = mylib.subtract(1, 2)\n    assert mylib.add(a, 2) == 3", ["add"]),
        ("assert mylib.add(1, 2) == mylib.subtract(5, 2)", ["add"]),
        ("result = mylib.add(1, 2)\n    assert result == 3", ["add"]),
        ("result = mylib.add(1, 2)\n    assert [mylib.Thing(3)] == result", ["add"]),
        ("a = mylib.subtract(1, 2)\n    with pytest.raises(TypeError):\n        mylib.add(a, None)", ["add"]),
        ("pytest.raises(TypeError, mylib.add, 1)", ["add"]),
        ("pytest.raises(odd.Invalid, mylib.add, 1)", ["add"]),
        ("with pytest.raises(odd.Failure) as e: mylib.add(1, None)\n    assert 'x' in str(e.value)", ["add"]),
        ("with pytest.raises(odd.Invalid): mylib.add(1, None)", ["add"]),
        ("pytest.raises(TypeError, odd.Gate(), 1)", ["odd.Gate.__call__"]),
        ("pytest.raises(TypeError, lambda: mylib.add(mylib.subtract(1, 2), 2))", ["add"]),
        ("def it(): mylib.add(mylib.subtract(1, 2), 2)\n    pytest.raises(TypeError, it)", ["add"]),
        ("thing = mylib.Thing()\n    with pytest.raises(TypeError): thing.size", ["Thing.size"]),
        ("thing = mylib.Thing()\n    thing.configure(fast=True)\n    assert thing.part", ["Thing.configure"]),
        # One looks at what was made, the other works with it.
        ("thing = mylib.make('x')\n    assert thing.shared() == 1", ["make"]),
        ("thing = mylib.make('x')\n    assert thing.run() == 1", ["Thing.run"]),
        ("thing = mylib.make('x')\n    assert thing.size == 1", ["make"]),
    ],
)
def test_what_is_asserted_counts_more_than_what_prepares_it(told, body, expected):
    this_tests(likely)
    assert told(f"from mylib import odd\ndef test_it():\n    {body}") == {"test_it": expected}


def test_the_name_of_the_test_decides_between_equals(told):
    this_tests(likely)
    body = "():\n    assert mylib.add(1, 2)\n    assert mylib.subtract(1, 2)\n"
    assert told(f"def test_subtract{body}def test_both{body}") == {
        "test_subtract": ["subtract"],
        "test_both": ["add", "subtract"],
    }


def test_a_test_class_called_as_a_function_is_about_it_whatever_else_it_asserts(told):
    this_tests(likely)
    body = "(self):\n        total = mylib.add(1, 2)\n        assert mylib.subtract(total, 2) == 1\n"
    source = f"class TestAdd:\n    def test_subtract{body}class TestAny:\n    def test_subtract{body}"
    assert told(source) == {
        "TestAdd::test_subtract": ["subtract", "add"],
        "TestAny::test_subtract": ["subtract"],
    }


def test_what_wraps_a_function_of_the_tests_is_used_by_who_calls_it(told):
    this_tests(cases)
    source = "from mylib import odd\n@odd.calls\ndef it(): ...\n@odd.registered('x')\ndef other(): ...\n"
    tests = "def test_it(): assert it()\ndef test_other(): other()\n"
    assert told(source + tests) == {"test_it": ["odd.calls"], "test_other": ["odd.registered"]}


@pytest.mark.slow
def test_helpers_are_the_test_where_its_body_leaves_all_to_them(told):
    this_tests(likely)
    helper = "def act(thing): thing.configure()\n"
    alone = "def test_alone():\n    thing = mylib.Thing()\n    act(thing)\n    assert thing.size == 1\n"
    made = "def test_made():\n    part = mylib.subtract(3, 2)\n    act(part)\n"
    beside = "def test_beside():\n    act(mylib.Thing())\n    mylib.add(1, 2)\n"
    assert told(helper + alone + made + beside) == {
        "test_alone": ["Thing.configure"],
        "test_made": ["Thing.configure"],
        "test_beside": ["add"],
    }


def test_who_has_its_work_done_by_what_a_test_is_about_is_a_link_too(told):
    this_tests(likely)
    source = "from mylib.odd import Diesel, Engine\ndef test_diesel(): assert Diesel().ignite()\n"
    assert told(f"{source}def test_it(): assert Engine().ignite()") == {
        "test_diesel": ["odd.Diesel.ignite"],
        "test_it": ["odd.Engine.ignite"],
    }


def test_of_several_classes_that_a_call_may_mean_always_the_same_is_told():
    this_tests(likely)
    receivers = [ClassValue("mylib", name) for name in ("Big", "Small")]
    uses = [
        Use(FunctionValue("mylib", "Base.run", receiver), 1, "body", frozenset({"asserted"}))
        for receiver in receivers
    ]
    told = [
        likely([StaticCase("test_it.py::test_it", order, {})]) for order in (tuple(uses), tuple(uses[::-1]))
    ]
    assert told[0] == told[1]


@pytest.mark.slow
def test_the_links_are_the_same_whatever_python_hashes_text_to(library):
    this_tests("this_tests.cli.infer", likely)
    gears = [f"class {name}(Gear):\n    def shift(self): ...\n" for name in ("Low", "Mid", "High", "Top")]
    base = "class Gear:\n    def run(self): return self.shift()\n"
    library.write({"mylib/gears.py": base + "".join(gears)})
    gear = "gears.Low() or gears.Mid() or gears.High() or gears.Top()"
    library.tests(
        f"from mylib import gears\ndef test_run_shift():\n    gear = {gear}\n    assert gear.run()\n"
    )
    told = {_told_where_text_hashes_by(seed, library) for seed in ("0", "1", "2", "3")}
    assert len(told) == 1
    assert "mylib.gears.Top.shift" in told.pop()


def _told_where_text_hashes_by(seed, library):
    return subprocess.run(
        [sys.executable, "-m", "this_tests", "infer"],
        cwd=library.root,
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_the_class_stands_for_its_constructor(told):
    this_tests(PublicNames)
    source = "def test_thing_raises():\n    with pytest.raises(ValueError): mylib.Thing(size=-1)"
    assert told(source) == {"test_thing_raises": ["Thing"]}


def test_private_functions_are_left_out_unless_they_are_asked_for(library, told):
    this_tests(inferred)
    source = "def test_run(): assert mylib.Thing()._run()\n"
    assert told(source) == {}
    library.configure('library = ["mylib"]\nprivate = true')
    assert told(source) == {"test_run": ["Thing._run"]}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("test", "body", "expected"),
    [
        ("test_it", "assert mylib.Many([]).save('x')", ["_save", "save"]),
        ("test_draw_colours", "assert mylib.Many([]).draw()", ["draw", "_pick_colour"]),
        ("test_draw", "assert mylib.Many([]).draw()", ["draw"]),
        # Of a long name, one word says little.
        ("test_draw_outline", "assert mylib.Many([]).draw()", ["draw"]),
        # A test could have called what is public.
        ("test_draw_check_outline", "assert mylib.Many([]).draw()", ["draw"]),
        ("test_draw_paint", "assert mylib.Many([]).draw()", ["draw", "paint"]),
    ],
)
def test_what_a_function_hands_over_to_is_told_by_its_name(library, told, test, body, expected):
    this_tests(likely, "this_tests.infer.indirect.named_callees")
    library.configure('library = ["mylib"]\nprivate = true')
    found = told(f"def {test}(): {body}")[test]
    assert [name.rpartition(".")[2] for name in found] == expected


@pytest.fixture
def ran(library):
    """Return a function that writes what a run saw tests execute, where pytest's plugin leaves it."""

    def write_cache(outcome="passed", called=(), **tests):
        relation = RelationBuilder(session=1)
        for test, functions in tests.items():
            names = [f"mylib._impl:{function}" for function in functions]
            flags = [CALL | DIRECT | BODY if function in called else CALL for function in functions]
            relation.add(f"tests/test_it.py::{test}[1]", names, flags, outcome)
        seen = Observations({"here": relation.relation()})
        write(library.root / "test_observations", "session-1", seen)

    return write_cache


def test_with_a_run_what_did_not_run_is_no_link(library, command, ran):
    this_tests(ExecutedFunctions.confirmed, "this_tests.cli.infer")
    library.tests("def test_it():\n    assert mylib.add(1, 2) or mylib.subtract(1, 2)")
    ran(test_it=["add"], test_other=["subtract"])
    assert "mylib.subtract" in command().stdout
    assert "mylib.subtract" not in command("--observed").stdout
    assert "mylib.add" in command("--observed").stdout


def test_with_a_run_what_the_test_called_unread_is_a_link(library, command, ran):
    this_tests(ExecutedFunctions.confirmed, "this_tests.cli.infer")
    library.tests("import json\ndef test_it(): json.loads('{}', object_hook=HOOKS[0])")
    executed = ["Many.first", "Many.pairs", "Many", "Many.__init__", "Many.__eq__"]
    ran(test_it=executed, called={*executed} - {"Many.pairs"})
    assert "1 link" not in command().stdout
    lines = command("--observed").stdout.splitlines()
    assert [line.split()[1] for line in lines[1:-1]] == ["mylib.Many.first"]


def test_what_failed_tells_nothing(library, command, ran):
    this_tests("this_tests.cli.infer")
    library.tests("def test_it():\n    assert mylib.add(1, 2) or mylib.subtract(1, 2)")
    ran(test_it=["add"], outcome="failed")
    assert command("--observed").stdout == command().stdout


def test_with_a_run_what_few_tests_execute_and_the_name_says_is_a_link(library, command, ran):
    this_tests(ExecutedFunctions.named)
    library.configure('library = ["mylib"]\nprivate = true')
    library.tests("def test_mix_inks(): assert mylib.Many([]).draw()")
    both = ["Many.draw", "_pick_colour", "paint"]
    ran(test_mix_inks=[*both, "mix_inks", "check_inks"], test_one=both, test_two=both)
    assert "_impl.mix_inks" not in command().stdout
    lines = command("--observed").stdout.splitlines()
    assert [line.split()[1] for line in lines[1:-1]] == ["mylib.Many.draw", "mylib._impl.mix_inks"]


def test_what_is_declared_is_not_taken_for_a_use(told):
    this_tests(cases)
    assert told("def test_it(): this_tests(mylib.add)") == {}


def test_neither_tests_nor_library_are_imported(library, told):
    this_tests("this_tests.infer")
    library.write({"mylib/parts.py": LIBRARY["mylib/parts.py"] + "\n        raise RuntimeError"})
    assert told("raise RuntimeError\ndef test_it(): assert mylib.add(1, 2)") == {"test_it": ["add"]}


def test_the_source_of_anything_ends(told):
    this_tests("this_tests.infer")
    source = "def loop(a): return loop(a)\ndef test_it(): assert loop(mylib.add(1, 2))\nclass A(A): pass\n"
    assert told(source, conftest="from conftest import *\nfrom test_it import *\n") == {"test_it": ["add"]}


CHAIN = "if 0: pass\n" + "elif 1: pass\n" * 1_500


def test_a_chain_of_a_thousand_elif_is_read(library, told):
    this_tests("this_tests.infer")
    library.write({"mylib/parts.py": CHAIN + LIBRARY["mylib/parts.py"]})
    inside = textwrap.indent(CHAIN, "    ")
    assert told(f"{CHAIN}def test_it():\n{inside}    assert mylib.add(1, 2)\n") == {"test_it": ["add"]}


@pytest.mark.slow
@pytest.mark.parametrize(
    "nested",
    ["+".join(["1"] * 2_500), "mylib.Thing()" + ".child()" * 400, "mylib" + ".sub" * 2_000],
    ids=["sum", "calls", "attributes"],
)
def test_a_statement_nested_too_deep_is_skipped(told, nested):
    this_tests("this_tests.infer")
    source = f"def test_it():\n    it = {nested}\n    assert mylib.add(1, 2)\n"
    assert told(source)["test_it"][0] == "add"


@pytest.mark.parametrize(
    "deep",
    [
        "X = " + "+".join(["1"] * 2_500),
        "X: '" + "|".join(["int"] * 2_500) + "' = None",
        "class X: pass\n"
        + "class X(X): pass\n" * 2
        + "".join(f"class A{n}(A{n - 1}): pass\n" for n in range(1_500)),
    ],
    ids=["sum", "annotation", "classes"],
)
def test_a_library_nested_too_deep_is_read_as_far_as_it_goes(library, told, deep):
    this_tests("this_tests.infer")
    library.write({"mylib/parts.py": f"{deep}\n{textwrap.dedent(LIBRARY['mylib/parts.py'])}"})
    source = "from mylib import parts\ndef test_it():\n    it = parts.X\n    other = parts.A1499().x\n    assert mylib.add(1, 2)\n"
    assert told(source) == {"test_it": ["add"]}


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("mylib", True),
        ("mylib._impl", True),
        ("mylib.tests.test_it", False),
        ("mylib.conftest", False),
        ("tests", False),
    ],
)
def test_tests_that_the_library_ships_are_no_modules_of_it(module, expected):
    this_tests("na")
    assert (module in LibraryModules(["mylib"])) is expected


def test_the_text_names_tests_and_callables(library, command):
    library.tests("def test_add(): assert mylib.add(1, 2) == 3\ndef test_nothing(): pass")
    this_tests("this_tests.cli.infer")
    result = command("tests/test_it.py")
    head, line, total = result.stdout.splitlines()
    assert (head, line.split()[1], total) == (
        "tests/test_it.py::test_add",
        "mylib.add",
        "1 link for 1 of 2 tests.",
    )
    assert not library.path.exists()


def test_what_was_inferred_is_replaced_for_the_files_that_are_read(library):
    this_tests(with_inferred)
    registry = Registry(
        callables={
            "mylib.add": Entry(inferred={"tests/test_one.py::test_add": Link()}),
            "mylib.sub.deep": Entry(inferred={"tests/test_two.py::test_deep": Link()}),
        }
    )
    found = with_inferred(registry, [], {"tests/test_one.py"})
    assert found.callables == {"mylib.sub.deep": registry.callables["mylib.sub.deep"]}


def test_it_runs_as_a_user_runs_it(library):
    this_tests("this_tests.cli.infer")
    library.tests("def test_add(): assert mylib.add(1, 2)")
    args = [sys.executable, "-m", "this_tests", "infer"]
    result = subprocess.run(args, cwd=library.root, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.endswith("1 link for 1 of 1 test.\n")


def test_without_a_library_it_says_what_to_set(library, command):
    this_tests("this_tests.cli.infer")
    (library.root / "pyproject.toml").write_text("")
    result = command()
    assert result.returncode == 2
    assert "set library" in result.stderr


def test_a_library_that_is_not_there_is_told(library, command):
    this_tests("this_tests.cli.infer")
    library.configure('library = ["mylbi"]')
    library.tests("def test_it(): assert mylib.add(1, 2)")
    result = command()
    assert result.returncode == 2
    assert result.stderr == "this-tests: library: mylbi not found; is it installed?\n"


def test_names_are_those_that_the_live_library_gives(library, command):
    """What is inferred joins what is declared: one callable, one name."""
    this_tests(PublicNames)
    library.tests("def test_it():\n    this_tests(mylib.Thing().shared, mylib.Thing().part.turn, mylib.make)")
    library.run()
    names = PublicNames(SourceTree([library.root]), ["mylib"])
    functions = [
        FunctionValue("mylib._impl", "make"),
        next(function for case in _thing_cases(library) for function in case),
        FunctionValue("mylib.parts", "Part.turn"),
    ]
    assert sorted(names.of(function).name for function in functions) == sorted(library.registry.callables)


def _thing_cases(library):
    library.tests("def test_it(): assert mylib.Thing().shared()", "tests/test_other.py")
    path = library.root / "tests/test_other.py"
    (case,) = cases(SourceTree([library.root]), ["mylib"], path, library.root, ["test_it"])
    yield [use.function for use in case.uses if use.function.last == "shared"]

"""What is declared and made by code that is not the library's own: executed as seen, or nothing is claimed."""

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.this_tests(target=["this_tests.observe.public_names", "this_tests.observe.observer"]),
]

CLASSES = {
    "mylib/made.py": """
        import enum
        import typing
        from collections import namedtuple
        from dataclasses import dataclass

        @dataclass
        class Point:
            x: int = 0

        @dataclass
        class Moved(Point):
            y: int = 0

        class Base:
            def __init__(self): pass

        @dataclass
        class Over(Base):
            x: int = 0

        class Pair(typing.NamedTuple):
            x: int = 0
            def total(self): return self.x

        Old = namedtuple("Old", "x", defaults=[0])

        class Color(enum.Enum):
            ZERO = 0
            def __init__(self, number): self.number = number

        class Same(type):
            made = None
            def __call__(cls):
                cls.made = cls.made or super().__call__()
                return cls.made

        class Single(metaclass=Same):
            def __init__(self): pass

        Single()

        class Plain:
            def method(self): pass

        class Failure(Exception): pass

        class Listed(list): pass

        try:
            import attr
        except ImportError:
            Defined = Plain
        else:
            @attr.define
            class Defined:
                x: int = 0
    """
}
MADE = {
    "Point": "()",
    "Moved": "()",
    "Over": "()",
    "Pair": "()",
    "Old": "()",
    "Color": "(0)",
    "Single": "()",
    "Plain": "()",
    "Failure": "()",
    "Listed": "()",
    "Defined": "()",
}


@pytest.mark.parametrize("late", [False, True], ids=["at the start", "imported late"])
def test_a_class_that_a_test_makes_an_object_of_is_not_said_to_be_unused(observing, late):
    observing.project.write(CLASSES)
    head = "" if late else "import mylib.made\n"
    tests = [
        f"def test_{name}_{way}():\n    import mylib.made\n    this_tests(mylib.made.{name})\n    {statement}\n"
        for name, call in MADE.items()
        for way, statement in {
            "itself": f"mylib.made.{name}{call}",
            "by_map": f"list(map(mylib.made.{name}, [{call.strip('()')}]))" if call != "()" else "",
            "by_eval": f"eval('mylib.made.{name}{call}')",
        }.items()
        if statement
    ]
    observing.run(head + "\n".join(tests), outcomes={"passed": len(tests)})
    observing.result.stdout.no_fnmatch_line("*not executed*")
    assert {f"mylib.made.{name}" for name in MADE} <= observing.seen.keys()


def test_a_class_whose_constructor_is_watched_is_said_to_be_unused(observing):
    observing.run(
        "def test_it():\n    this_tests(mylib.Thing)\n    mylib.add(1, 2)\n"
        "def test_base():\n    this_tests(mylib.Base)\n    mylib.Thing()\n",
        outcomes={"passed": 2},
    )
    observing.result.stdout.fnmatch_lines(
        ["Declared, but not executed*", "  tests/test_it.py::test_it: mylib.Thing", "Called by*"],
        consecutive=True,
    )

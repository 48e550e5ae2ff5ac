"""What a run with observation is certain to see is told from source alone."""

import textwrap

import pytest

from this_tests import this_tests
from this_tests.source.observable import ObservableCode
from this_tests.source.origins import Origins

SOURCE = """
    import sys
    from abc import ABC, abstractmethod
    from enum import Enum
    from typing import Protocol, overload
    from other import njit, Foreign

    data = 1
    made = partial(print)

    def f():
        return 1

    @overload
    def only(a: int): ...
    @overload
    def only(a: str): ...

    @overload
    def both(a: int): ...
    def both(a):
        return a

    def later():
        '''Not yet.'''
        raise NotImplementedError("later")

    @njit(cache=True)
    def compiled():
        return 1

    if sys.platform == "win32":
        def console():
            return 1

    class Plain:
        field: int
        def __init__(self):
            self.a = 1
        @property
        def size(self):
            return 1

    class Bare:
        def m(self):
            return 1

    class Shape(ABC):
        def __init__(self):
            self.a = 1
        @abstractmethod
        def area(self):
            return 0

    class Reads(Protocol):
        def read(self): ...

    class Color(Enum):
        RED = 1
        def __init__(self, value):
            self.a = 1
"""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("f", True),
        ("only", False),
        ("both", True),
        ("later", False),
        ("compiled", False),
        ("console", False),
        ("data", False),
        ("made", False),
        ("missing", False),
        ("Plain", True),
        ("Plain.size", True),
        ("Plain.field", False),
        ("Plain.keys", False),
        ("Bare", False),
        ("Bare.m", True),
        ("Shape", True),
        ("Shape.area", False),
        ("Reads", False),
        ("Reads.read", False),
        ("Color", False),
    ],
)
def test_source_tells_what_is_certainly_seen(name, expected):
    this_tests(ObservableCode.defines)
    files = {"pkg.py": textwrap.dedent(SOURCE).encode()}

    def read(path: str) -> bytes:
        if path not in files:
            raise FileNotFoundError(path)
        return files[path]

    assert ObservableCode(Origins(read)).defines([f"pkg.{name}"]) == expected

"""What an expression in a test file may mean."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from .bindings import Scope

__all__ = [
    "DATA",
    "Class",
    "Data",
    "Free",
    "Helper",
    "Instance",
    "Member",
    "Module",
    "Raised",
    "Thing",
    "Value",
    "Values",
    "instance_of",
    "is_class",
    "union",
]

# Of an expression with more, the first ones count.
_MOST_MEANINGS = 50


@dataclass(frozen=True, slots=True)
class Thing:
    """What an import leads to, such as ``mylib.Schema.load``; a builtin is one of ``builtins``."""

    path: str


@dataclass(frozen=True, slots=True)
class Class:
    """A class that a test file defines."""

    scope: Scope


@dataclass(frozen=True, slots=True)
class Helper:
    """A function or method that a test file defines."""

    scope: Scope


@dataclass(frozen=True, slots=True)
class Instance:
    """What a call of a class, or of a function of unknown type, returns."""

    of: "Thing | Class | Member"


@dataclass(frozen=True, slots=True)
class Member:
    """An attribute of an instance or of another attribute; without *of*, of anything."""

    of: "Instance | Member | None"
    name: str


@dataclass(frozen=True, slots=True)
class Free:
    """A name that nothing in the file binds, as after ``from mylib import *``."""

    name: str


@dataclass(frozen=True, slots=True)
class Module:
    """A file of tests that is imported as a module."""

    scope: Scope


@dataclass(frozen=True, slots=True)
class Raised:
    """What ``pytest.raises`` gives; the exception is in an attribute."""

    of: tuple["Value", ...]


@dataclass(frozen=True, slots=True)
class Data:
    """Something that is certainly not of the library, such as a literal."""


Value: TypeAlias = Thing | Class | Helper | Instance | Member | Free | Module | Raised | Data
# The possible meanings; none if nothing is known.
Values: TypeAlias = tuple[Value, ...]

DATA = Data()


def is_class(value: Value) -> bool:
    """Return whether it may be a class."""
    return isinstance(value, Thing | Class)


def instance_of(value: Value) -> Value:
    """Return what a call of *value* returns, if that is a class."""
    return Instance(value) if isinstance(value, Thing | Class) else value


def union(found: Iterable[Values]) -> Values:
    """Return all meanings of alternatives."""
    alternatives = list(found)
    values = dict.fromkeys(value for values in alternatives for value in values)
    if not all(alternatives):
        # It may also be something unknown.
        values.pop(DATA, None)
    return tuple(values)[:_MOST_MEANINGS]

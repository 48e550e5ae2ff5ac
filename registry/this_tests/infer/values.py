"""What an expression may be worth, as far as the source tells: a set of the values below."""

from dataclasses import dataclass

__all__ = [
    "NOTHING",
    "Class",
    "Foreign",
    "Function",
    "Gives",
    "Instance",
    "Many",
    "Package",
    "Row",
    "Text",
    "Value",
    "Values",
]


@dataclass(frozen=True)
class Package:
    """A module that was found."""

    name: str


@dataclass(frozen=True)
class Class:
    """A class, by the module that defines it and its name there."""

    module: str
    name: str

    @property
    def path(self) -> str:
        """The dotted name."""
        return f"{self.module}.{self.name}"


@dataclass(frozen=True)
class Instance:
    """An object of a class."""

    of: Class


@dataclass(frozen=True)
class Function:
    """A function or a method, by where it is defined.

    Attributes:
        name: Qualified by its class, where it has one.
        receiver: The class that it was taken from.
        bound: Whether its first parameter is filled: taken from an instance, or a class method.
    """

    module: str
    name: str
    receiver: Class | None = None
    bound: bool = False

    @property
    def path(self) -> str:
        """The dotted name."""
        return f"{self.module}.{self.name}"

    @property
    def last(self) -> str:
        """The name alone."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True)
class Text:
    """A string that stands in the source."""

    text: str


@dataclass(frozen=True)
class Many:
    """A collection, or what yields: its items, in no order."""

    items: "Values"


@dataclass(frozen=True)
class Row:
    """A tuple, item by item."""

    items: "tuple[Values, ...]"


@dataclass(frozen=True)
class Foreign:
    """Something of another library, by its dotted name."""

    name: str


@dataclass(frozen=True)
class Gives:
    """Something that can be called, of which no more is known than what it gives."""

    result: "Values"


Value = Package | Class | Instance | Function | Text | Many | Row | Foreign | Gives
Values = frozenset[Value]

NOTHING: Values = frozenset()

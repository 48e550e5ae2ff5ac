"""The possible values of an expression, as far as the source shows: a set of the types below."""

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = [
    "NOTHING",
    "CallableValue",
    "ClassValue",
    "CollectionValue",
    "ForeignValue",
    "FunctionValue",
    "InstanceValue",
    "ModuleValue",
    "TextValue",
    "TupleValue",
    "Value",
    "Values",
    "classes_of",
    "in_order",
    "instances",
    "items",
    "part",
    "texts_of",
    "united",
]

# With more alternatives than this, a set no longer tells anything about the test.
_MOST_ALTERNATIVES = 12


@dataclass(frozen=True)
class ModuleValue:
    """A module or a package whose source was found."""

    name: str


@dataclass(frozen=True)
class ClassValue:
    """A class, by the module that defines it and its qualified name there."""

    module: str
    name: str

    @property
    def path(self) -> str:
        """The dotted name."""
        return f"{self.module}.{self.name}"


@dataclass(frozen=True)
class InstanceValue:
    """An object of a class."""

    of: ClassValue


@dataclass(frozen=True)
class FunctionValue:
    """A function or a method, by where it is defined.

    Attributes:
        name: The qualified name, with the class of a method.
        receiver: The class that it was taken from.
        bound: Whether the first parameter is filled: it was taken from an instance, or is a class method.
    """

    module: str
    name: str
    receiver: ClassValue | None = None
    bound: bool = False

    @property
    def path(self) -> str:
        """The dotted name."""
        return f"{self.module}.{self.name}"

    @property
    def last(self) -> str:
        """The name without the class."""
        return self.name.rpartition(".")[2]

    @property
    def owner(self) -> ClassValue | None:
        """The class or the function whose body defines it, if it is not the module's."""
        outer = self.name.rpartition(".")[0]
        return ClassValue(self.module, outer) if outer else None


@dataclass(frozen=True)
class TextValue:
    """A string literal."""

    text: str


@dataclass(frozen=True)
class CollectionValue:
    """A collection or an iterator: its items, in no order."""

    items: "Values"


@dataclass(frozen=True)
class TupleValue:
    """A tuple, item by item."""

    items: "tuple[Values, ...]"


@dataclass(frozen=True)
class ForeignValue:
    """Something of another library, by its dotted name."""

    name: str


@dataclass(frozen=True)
class CallableValue:
    """A callable of which only the result is known."""

    result: "Values"


Value = (
    ModuleValue
    | ClassValue
    | InstanceValue
    | FunctionValue
    | TextValue
    | CollectionValue
    | TupleValue
    | ForeignValue
    | CallableValue
)
Values = frozenset[Value]

NOTHING: Values = frozenset()


def united(alternatives: Iterable[Values]) -> Values:
    """Return the union of the alternatives, or nothing if they are too many to be useful."""
    union = frozenset().union(*alternatives)
    return union if len(union) <= _MOST_ALTERNATIVES else NOTHING


def in_order(values: Values) -> list[Value]:
    """Return the values in an order that is the same in each process, for operations with side effects."""
    return sorted(values, key=_place) if len(values) > 1 else list(values)


def _place(value: Value) -> str:
    match value:
        case CollectionValue(items=inner) | CallableValue(result=inner):
            parts = [inner]
        case TupleValue(items=columns):
            parts = [*columns]
        case _:
            return repr(value)
    # How Python writes a set depends on the process.
    return f"{type(value).__name__}{[sorted(map(_place, part)) for part in parts]}"


def instances(values: Values) -> Values:
    """Return the instances of the classes among *values*."""
    return frozenset(InstanceValue(value) for value in values if isinstance(value, ClassValue))


def classes_of(values: Values) -> Values:
    """Return the classes of the instances among *values*."""
    return frozenset(value.of for value in values if isinstance(value, InstanceValue))


def texts_of(values: Iterable[Value]) -> list[str]:
    """Return the texts of the string literals among *values*."""
    return [value.text for value in values if isinstance(value, TextValue)]


def items(values: Values) -> Values:
    """Return the items of the collections and tuples among *values*."""
    return united(
        value.items if isinstance(value, CollectionValue) else united(value.items)
        for value in values
        if isinstance(value, CollectionValue | TupleValue)
    )


def part(value: Value, index: int) -> Values:
    """Return the values at *index* when *value* is unpacked."""
    if isinstance(value, TupleValue):
        return value.items[index] if index < len(value.items) else NOTHING
    return value.items if isinstance(value, CollectionValue) else NOTHING

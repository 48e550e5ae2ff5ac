"""Parameters of a subcommand, declared without typer, which takes longer to import than most answers take.

A function that declares its parameters so is called at once for the plain command lines that `read`
understands. All others, such as requests for help and mistakes, are for typer, with the same declarations.
"""

from collections.abc import Callable, Iterator, Sequence
from types import FunctionType
from typing import Annotated, Any

import msgspec

__all__ = ["Argument", "Option", "read", "with_typer"]


class Argument(msgspec.Struct, frozen=True):
    """An argument that is required.

    Attributes:
        help: Its sentence in the help.
    """

    help: str


class Option(msgspec.Struct, frozen=True):
    """An option: a flag if the type of the parameter is `bool`, else with a value.

    Attributes:
        name: The option as it is written, with its hyphens.
        help: Its sentence in the help.
        show_default: Whether the help names the default.
    """

    name: str
    help: str
    show_default: bool = True


class _NotPlainError(Exception):
    """The command line is not plain."""


def read(function: Callable[..., object], words: Sequence[str]) -> dict[str, Any] | None:
    """Return the arguments that *words* give to *function*; None if typer is to read them."""
    try:
        return _Reader(function).arguments(iter(words))
    except _NotPlainError:
        return None


class _Reader:
    """Reads the plain command lines of one function."""

    def __init__(self, function: Callable[..., object]) -> None:
        self._kinds: dict[str, Any] = {}
        self._arguments: list[str] = []
        self._options: dict[str, str] = {}
        for name, kind, declared in _parameters(function):
            self._kinds[name] = kind
            if isinstance(declared, Option):
                self._options[declared.name] = name
            elif isinstance(declared, Argument):
                self._arguments.append(name)
            else:
                raise _NotPlainError

    def arguments(self, words: Iterator[str]) -> dict[str, Any]:
        """Return the arguments by the names of their parameters."""
        found: dict[str, Any] = {}
        waiting = iter(self._arguments)
        for word in words:
            is_option = word.startswith("-")
            name = self._options.get(word) if is_option else next(waiting, None)
            if name is None or name in found:
                raise _NotPlainError
            found[name] = self._value(self._kinds[name], words if is_option else iter([word]))
        if next(waiting, None) is not None:
            raise _NotPlainError
        return found

    @staticmethod
    def _value(kind: Any, words: Iterator[str]) -> object:
        if kind is bool:
            return True
        word = next(words, "")
        if not word or word.startswith("-"):
            raise _NotPlainError
        try:
            found: object = kind(word)
        except ValueError:
            raise _NotPlainError from None
        return found


def with_typer(function: Callable[..., object]) -> Callable[..., object]:
    """Return a copy of *function* with its parameters declared as typer wants them."""
    assert isinstance(function, FunctionType)
    made = FunctionType(function.__code__, function.__globals__, function.__name__, function.__defaults__)
    made.__kwdefaults__, made.__doc__ = function.__kwdefaults__, function.__doc__
    made.__annotations__ = dict(function.__annotations__)
    for name, _, declared in _parameters(function):
        if isinstance(declared, Argument | Option):
            kind = function.__annotations__[name].__origin__
            made.__annotations__[name] = Annotated[kind, _for_typer(declared)]
    return made


def _for_typer(declared: Argument | Option) -> object:
    import typer

    if isinstance(declared, Argument):
        return typer.Argument(help=declared.help)
    return typer.Option(declared.name, help=declared.help, show_default=declared.show_default)


def _parameters(function: Callable[..., object]) -> Iterator[tuple[str, Any, object]]:
    """Yield the name of each parameter, its type, without None, and its declaration."""
    for name, annotation in function.__annotations__.items():
        if name != "return":
            kind = annotation.__origin__
            yield name, getattr(kind, "__args__", (kind,))[0], annotation.__metadata__[0]

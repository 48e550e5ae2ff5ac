"""What is searched for in all of a library: methods by their names, commands by theirs."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from ..names.source import dotted
from ..syntax import flat
from .modules import Code, Definition, Module, definitions
from .values import Class, Function

__all__ = ["Index"]

# What objects of anybody may have.
_COMMON = frozenset(
    name for kind in (str, bytes, list, dict, set, tuple, int, float, object) for name in dir(kind)
) | {"close", "open", "read", "readlines", "write", "name", "start", "stop", "run", "send", "save", "load"}


class Index:
    """The methods and the commands of a library, found when they are first asked for."""

    def __init__(self, code: Code, tops: Sequence[str]) -> None:
        self._code = code
        self._tops = tuple(tops)

    def sole_owner(self, name: str) -> Class | None:
        """Return the only class that defines a method of this name, if it is no common one."""
        owners = () if name.startswith("_") or name in _COMMON else self._methods.get(name, ())
        return owners[0] if len(owners) == 1 else None

    def commands(self, name: str, words: Sequence[str]) -> tuple[Function, ...]:
        """Return the functions that are the command *name*, of a group that *words* name before it."""
        is_first = name == words[0]
        found = self._commands.get(name, ())
        return tuple(function for group, function in found if is_first or group in words)

    @cached_property
    def _methods(self) -> Mapping[str, Sequence[Class]]:
        found: dict[str, list[Class]] = {}
        for module in self._code.below(self._tops):
            for cls, method in _methods(module):
                found.setdefault(method, []).append(cls)
        return found

    @cached_property
    def _commands(self) -> Mapping[str, Sequence[tuple[str, Function]]]:
        found: dict[str, list[tuple[str, Function]]] = {}
        for module in self._code.below(self._tops):
            for command, group, function in _commands(module):
                found.setdefault(command, []).append((group, function))
        return found


def _methods(module: Module) -> Iterator[tuple[Class, str]]:
    for each in flat(module.tree.body):
        if isinstance(each, ast.ClassDef):
            for name in definitions(each.body):
                yield Class(module.name, each.name), name


def _commands(module: Module) -> Iterator[tuple[str, str, Function]]:
    """Yield the name and the group of each command, as click and typer have them."""
    for each in flat(module.tree.body):
        for mark in each.decorator_list if isinstance(each, Definition) else ():
            owner, _, kind = dotted(mark.func if isinstance(mark, ast.Call) else mark).rpartition(".")
            if "command" in kind and isinstance(each, Definition):
                given = mark.args if isinstance(mark, ast.Call) else []
                texts = [one.value for one in given if isinstance(one, ast.Constant)]
                names = [one.id for one in given if isinstance(one, ast.Name)]
                told = str((*texts, each.name.replace("_", "-"))[0])
                yield told, (*names, owner)[0], Function(module.name, each.name)

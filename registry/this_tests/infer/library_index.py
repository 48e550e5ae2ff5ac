"""Indexes the methods and the commands of a whole library by their names."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from ..source.parsing import dotted, statements
from .definitions import Definition, call_head
from .modules import ParsedModule, SourceTree, definitions
from .values import ClassValue, FunctionValue

__all__ = ["LibraryIndex"]

# Objects of any other library may have these, too.
_COMMON = frozenset(
    name for kind in (str, bytes, list, dict, set, tuple, int, float, object) for name in dir(kind)
) | {"close", "open", "read", "readlines", "write", "name", "start", "stop", "run", "send", "save", "load"}


class LibraryIndex:
    """The methods and the commands of a library, found on first use.

    Args:
        tops: The import names of the library.
    """

    def __init__(self, tree: SourceTree, tops: Sequence[str]) -> None:
        self._tree = tree
        self._tops = tuple(tops)

    def sole_owner(self, name: str) -> ClassValue | None:
        """Return the only class that defines a method of this name, unless the name is a common one."""
        owners = () if name.startswith("_") or name in _COMMON else self._methods.get(name, ())
        return owners[0] if len(owners) == 1 else None

    def commands(self, name: str, words: Sequence[str]) -> tuple[FunctionValue, ...]:
        """Return the functions that are the command *name*.

        Args:
            words: The command line; of a command that is not its first word, it must name the group.
        """
        is_first = name == words[0]
        found = self._commands.get(name, ())
        return tuple(function for group, function in found if is_first or group in words)

    @cached_property
    def _methods(self) -> Mapping[str, Sequence[ClassValue]]:
        found: dict[str, list[ClassValue]] = {}
        for module in self._tree.modules_of(self._tops):
            for cls, method in _methods(module):
                found.setdefault(method, []).append(cls)
        return found

    @cached_property
    def _commands(self) -> Mapping[str, Sequence[tuple[str, FunctionValue]]]:
        found: dict[str, list[tuple[str, FunctionValue]]] = {}
        for module in self._tree.modules_of(self._tops):
            for command, group, function in _commands(module):
                found.setdefault(command, []).append((group, function))
        return found


def _methods(module: ParsedModule) -> Iterator[tuple[ClassValue, str]]:
    for node in statements(module.tree.body):
        if isinstance(node, ast.ClassDef):
            for name in definitions(node.body):
                yield ClassValue(module.name, node.name), name


def _commands(module: ParsedModule) -> Iterator[tuple[str, str, FunctionValue]]:
    """Yield the name, the group and the function of each command of click and typer."""
    for node in statements(module.tree.body):
        for decorator in node.decorator_list if isinstance(node, Definition) else ():
            owner, _, kind = dotted(call_head(decorator)).rpartition(".")
            if "command" in kind and isinstance(node, Definition):
                arguments = decorator.args if isinstance(decorator, ast.Call) else []
                texts = [argument.value for argument in arguments if isinstance(argument, ast.Constant)]
                names = [argument.id for argument in arguments if isinstance(argument, ast.Name)]
                command = str((*texts, node.name.replace("_", "-"))[0])
                yield command, (*names, owner)[0], FunctionValue(module.name, node.name)

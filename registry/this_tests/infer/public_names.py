"""Under which name a function is known to the library's users, as far as the source tells."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..names.paths import is_public
from .interpreter import Interpreter
from .modules import Code, Module
from .values import Class, Function, Value

__all__ = ["Name", "PublicNames"]


@dataclass(frozen=True)
class Name:
    """What a function is called.

    Attributes:
        name: The documented name, else the shortest public one, else where it is defined.
        aliases: Its other public names, sorted.
        receiver: The class that the test used, where *name* shows another.
    """

    name: str
    aliases: tuple[str, ...] = ()
    receiver: str = ""

    @property
    def is_public(self) -> bool:
        """Whether users are meant to use it."""
        return is_public(self.name)


class PublicNames:
    """The names of a library's functions and classes.

    Args:
        documented: The names that the inventories list.
    """

    def __init__(self, code: Code, tops: Sequence[str], documented: frozenset[str] = frozenset()) -> None:
        self._lookup = Interpreter(code, tops)
        self._code = code
        self._tops = tuple(tops)
        self._documented = documented
        self._modules: Mapping[str, Sequence[Module]] | None = None

    def of(self, function: Function) -> Name:
        """Return the name of a function; that of the class for its constructor."""
        owner, _, last = function.name.rpartition(".")
        if not owner:
            return _name(self._paths(function.module, function.name), function.path)
        defining = Class(function.module, owner)
        receiver = function.receiver or defining
        if last in ("__init__", "__new__"):
            return _name(self._paths(receiver.module, receiver.name), receiver.path)
        line = [each for each in self._lookup.line(receiver) if self._lookup.method(each, last)]
        names = [
            f"{path}.{last}" for each in line or [defining] for path in self._paths(each.module, each.name)
        ]
        listed = [each for each in names if each in self._documented]
        found = _name([*listed, *names], function.path)
        return self._seen(found, receiver)

    def _seen(self, found: Name, receiver: Class) -> Name:
        shown = found.name.rpartition(".")[0]
        paths = (*self._paths(receiver.module, receiver.name), receiver.path)
        return found if shown in paths else Name(found.name, found.aliases, paths[0])

    def _paths(self, module: str, name: str) -> list[str]:
        """Return the public paths to what a module defines, the best first."""
        top = name.partition(".")[0]
        holders = [each for each in self._holders(top) if self._leads(each, top, module)]
        shown = [each.name for each in holders if _shows(each, top, module)] or [
            each.name for each in holders
        ]
        paths = {f"{each}.{name}" for each in (*shown, module) if is_public(each)}
        return sorted(
            filter(is_public, paths),
            key=lambda path: (path not in self._documented, path.count("."), len(path), path),
        )

    def _holders(self, name: str) -> Sequence[Module]:
        """Return the modules that bind a name."""
        if self._modules is None:
            found: dict[str, list[Module]] = {}
            for module in self._code.below(self._tops):
                for each in (*module.bindings, *_star_names(module, self._code)):
                    found.setdefault(each, []).append(module)
            self._modules = found
        return self._modules.get(name, ())

    def _leads(self, holder: Module, name: str, module: str) -> bool:
        return any(_place(each) == (module, name) for each in self._lookup.in_module(holder.name, name))


def _name(paths: Sequence[str], defined: str) -> Name:
    best = paths[0] if paths else defined
    return Name(best, tuple(sorted({*paths, *([defined] if paths else [])} - {best})))


def _place(value: Value) -> tuple[str, str]:
    return (value.module, value.name) if isinstance(value, Function | Class) else ("", "")


def _shows(holder: Module, name: str, home: str) -> bool:
    """Return whether a module means its users to find a name there, or merely imports it."""
    listed = _listed(holder)
    if holder.name == home or name in listed:
        return True
    return not listed and (holder.path.stem == "__init__" or not is_public(home))


def _listed(module: Module) -> frozenset[str]:
    return frozenset(
        each.value
        for node in module.bindings.get("__all__", ())
        if isinstance(node, ast.List | ast.Tuple)
        for each in node.elts
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    )


def _star_names(module: Module, code: Code) -> Iterator[str]:
    for star in module.stars:
        source = code.module(star)
        if source is not None:
            yield from (_listed(source) or [each for each in source.bindings if not each.startswith("_")])

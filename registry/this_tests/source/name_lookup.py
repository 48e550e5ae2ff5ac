"""Looks up in source files whether a dotted name exists, without importing anything."""

import builtins
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

import msgspec

from .scopes import Class, Imported, Scope, Value, read_scope

__all__ = ["exists"]

# Longer than real chains of re-exports; `f = f.inner` would never end.
_STEPS = 100


def exists(name: str) -> bool | None:
    """Return whether the dotted *name* is that of a module, or of something that a module's source binds.

    None means that the source does not show it: members of C modules, of modules that create
    names at run time (``__getattr__``, ``globals()``), or of values that calls return.
    """
    if not name or not all(part.isidentifier() for part in name.split(".")):
        return False
    return _Search().exists(name)


class _FoundModule(msgspec.Struct, frozen=True):
    """A module that was found, not loaded.

    Attributes:
        origin: Its file; empty for a package without one.
        folders: The folders of its submodules; None if it is not a package.
    """

    name: str
    origin: str
    folders: Sequence[str] | None

    def scope(self) -> Scope:
        """Return what its source binds; an open scope if there is no source."""
        unread = Scope(open=bool(self.origin))
        if not self.origin.endswith(".py"):
            return unread
        source = Path(self.origin)
        package = self.name.rpartition(".")[0] if self.folders is None else self.name
        try:
            return read_scope(source, package, source.stat().st_mtime_ns) or unread
        except OSError:
            return unread


class _Search:
    """One search. It never looks up the same name twice, so import cycles end."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, ...], bool | None] = {}

    def exists(self, name: str) -> bool | None:
        top, *rest = name.split(".")
        file = _find(top, None)
        if file is None:
            return self._unfound(top, rest)
        return self._in_module(file, rest)

    def _unfound(self, top: str, rest: Sequence[str]) -> bool | None:
        # A built-in module, or one that a hook of the import system made.
        if top in sys.modules or top in sys.builtin_module_names:
            return None if rest else True
        return False

    def _in_module(self, file: _FoundModule, parts: Sequence[str]) -> bool | None:
        if not parts:
            return True
        key = (file.name, *parts)
        if key in self._answers:
            return self._answers[key]
        if len(self._answers) >= _STEPS:
            return None
        self._answers[key] = False
        self._answers[key] = self._look(file, parts)
        return self._answers[key]

    def _look(self, file: _FoundModule, parts: Sequence[str]) -> bool | None:
        scope = file.scope()
        bound = scope.names.get(parts[0])
        answer = None if bound is None else self._in_binding(file, scope, bound, parts)
        if answer:
            return answer
        # A function may shadow the submodule of its name, so both are possible.
        inner = _find(f"{file.name}.{parts[0]}", file.folders)
        inside = inner is not None and self._in_module(inner, parts[1:])
        if inside:
            return inside
        return _any((inside, self._in_stars(file, parts) if bound is None else answer))

    def _in_stars(self, file: _FoundModule, parts: Sequence[str]) -> bool | None:
        answers: list[bool | None] = [None] if file.scope().open else []
        for copied in _star_imported(file):
            scope = copied.scope()
            bound = scope.names.get(parts[0])
            if bound is not None:
                answers.append(self._in_binding(copied, scope, bound, parts))
            elif scope.open:
                answers.append(None)
        return _any(answers)

    def _in_binding(
        self, file: _FoundModule, scope: Scope, found: Imported | Value | Class, parts: Sequence[str]
    ) -> bool | None:
        rest = parts[1:]
        if not rest:
            return None if isinstance(found, Value) and not found.sure else True
        if isinstance(found, Class):
            return self._in_class(file, scope, found, rest)
        if isinstance(found, Imported):
            attribute = (found.attribute,) if found.attribute else ()
            return self.exists(".".join((found.module, *attribute, *rest)))
        return self._in_module(file, (*found.alias.split("."), *rest)) if found.alias else None

    def _in_class(self, file: _FoundModule, scope: Scope, owner: Class, parts: Sequence[str]) -> bool | None:
        found = owner.names.get(parts[0])
        if found is not None:
            if isinstance(found, Value) and found.alias and parts[1:]:
                return None
            return self._in_binding(file, owner, found, parts)
        if len(parts) == 1 and parts[0] in vars(object):
            return True
        answer = _any(self._in_base(file, scope, base, parts) for base in owner.bases)
        return None if answer is False and (owner.open or scope.open) else answer

    def _in_base(self, file: _FoundModule, scope: Scope, base: str, parts: Sequence[str]) -> bool | None:
        if not base:
            return None
        head = base.partition(".")[0]
        if head in scope.names or scope.stars:
            return self._in_module(file, (*base.split("."), *parts))
        builtin = vars(builtins).get(base)
        if isinstance(builtin, type):
            return any(parts[0] in vars(cls) for cls in builtin.__mro__)
        return None


def _any(answers: Iterable[bool | None]) -> bool | None:
    combined: bool | None = False
    for answer in answers:
        if answer:
            return True
        if answer is None:
            combined = None
    return combined


def _star_imported(file: _FoundModule) -> Iterator[_FoundModule]:
    """Yield the modules whose names ``from … import *`` brings into *file*, directly or indirectly."""
    waiting, seen = list(file.scope().stars), {file.name}
    for name in waiting:
        found = None if name in seen else _find_nested(name)
        seen.add(name)
        if found is not None:
            yield found
            waiting += found.scope().stars


def _find_nested(name: str) -> _FoundModule | None:
    parent = name.rpartition(".")[0]
    if not parent:
        return _find(name, None)
    package = _find_nested(parent)
    return None if package is None else _find(name, package.folders)


def _find(name: str, folders: Sequence[str] | None) -> _FoundModule | None:
    """Find a top-level module (without *folders*), or a submodule in the *folders* of its package."""
    if folders is None and "." in name:
        return None
    try:
        spec = PathFinder.find_spec(name, folders) or (_hooked(name) if folders is None else None)
    except KeyError:
        # A folder without an `__init__` asks for its parent among the loaded modules.
        return _namespace(name, folders or ())
    except (ImportError, ValueError, OSError):
        return None
    if spec is None:
        return None
    inner = spec.submodule_search_locations
    return _FoundModule(name, spec.origin or "", None if inner is None else tuple(inner))


def _namespace(name: str, folders: Sequence[str]) -> _FoundModule:
    inside = (Path(folder) / name.rpartition(".")[2] for folder in folders)
    return _FoundModule(name, "", tuple(str(folder) for folder in inside if folder.is_dir()))


def _hooked(name: str) -> ModuleSpec | None:
    # Some editable installs put a finder of their own on the meta path.
    for finder in sys.meta_path:
        if "editable" in getattr(finder, "__module__", "") + getattr(finder, "__name__", ""):
            found = finder.find_spec(name, None)
            if found is not None:
                return found
    return None

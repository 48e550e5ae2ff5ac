"""Finds the modules of a library whose source shows an object to users, loaded or not."""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

import msgspec

from ..files import read_bounded
from .lineage import Lineage, above
from .origins import FileOrigins, Origins
from .packages import is_hidden_module
from .scopes import Imported, Scope, Value

__all__ = ["ReExports"]

# What a module may bind to an object of another one: names in imports, and assignments of one name.
_IMPORT = re.compile(rb"^[ \t]*from\b[^\n(]*?\bimport\b[ \t]*(?:\([^)]*\)|(?:\\\r?\n|[^\n])*)", re.MULTILINE)
_ASSIGNED = re.compile(rb"^\w+[ \t]*=[ \t]*[\w.]+[ \t]*\r?$", re.MULTILINE)
_WORD = re.compile(rb"[^\W\d]\w*|\*")
_STAR, _LIST = b"*", b"__all__"


class _Shown(msgspec.Struct, frozen=True):
    """A name by which a module shows an object.

    Attributes:
        listed: Whether its ``__all__`` lists the name.
        open: Whether it has no ``__all__``.
        by_name: Whether it binds the name itself, not by ``from … import *``.
    """

    module: str
    attribute: str
    listed: bool
    open: bool
    by_name: bool

    @property
    def path(self) -> str:
        return f"{self.module}.{self.attribute}"


class ReExports:
    """The re-exports in the sources of a library. No file is read before the first question.

    Args:
        places: The folder or file of each top-level package or module, by name.
        origins: The sources, if they are already read in part.
    """

    def __init__(self, places: Mapping[str, Path], origins: Origins | None = None) -> None:
        self._places = dict(places)
        self._origins = origins or FileOrigins(places)
        self._known: dict[tuple[str, str], tuple[str, ...]] = {}
        self._lists_known: dict[str, frozenset[str] | None] = {}
        self._given: dict[str, frozenset[str]] = {}
        # The packages and the modules with an ``__all__``, once `_holders` is known.
        self._offering: set[str] = set()

    def paths_to(self, module: str, name: str) -> tuple[str, ...]:
        """Return the public paths to what *module* defines as *name*, the best first.

        They are those in the module itself and in the packages above it; if none of these shows it, those
        in any module. Where some are meant for users, the others are left out.
        """
        key = (module, name)
        if key not in self._known:
            self._known[key] = tuple(self._ranked(module, name))
        return self._known[key]

    def canonical(self, path: str) -> str:
        """Return the name of what *path* leads to: of a class or function, or of a member of a class.

        It is *path* itself where the sources do not show what it leads to.
        """
        module = self._module_of(path)
        name, _, rest = path[len(module) + 1 :].partition(".")
        if not module or self._origins.scope(path) is not None:
            return path
        defined = (*self._origins.of(f"{module}.{name}"), f"{module}.{name}")
        # Names in other libraries are not followed, and may end the trail.
        home = next((found for found in reversed(defined[:-1]) if self._module_of(found)), defined[-1])
        defining = self._module_of(home)
        best = self.paths_to(defining, home[len(defining) + 1 :])
        return ".".join(filter(None, (best[0] if best else home, rest)))

    def _module_of(self, path: str) -> str:
        """Return the longest prefix of *path*, shorter than it, that is a module of the library."""
        if path.partition(".")[0] not in self._places:
            return ""
        return next((module for module in above(path) if self._origins.scope(module) is not None), "")

    def _ranked(self, module: str, name: str) -> list[str]:
        ancestors = frozenset(above(module))
        related = [shown for holder in (module, *ancestors) for shown in self._shown(holder, module, name)]
        found = related or self._elsewhere(module, name)
        promoted = any(
            shown.module in ancestors and (shown.listed or (shown.open and shown.by_name)) for shown in found
        )
        lineage = Lineage((module,), ancestors, promoted)
        meant = [shown for shown in found if shown.listed or shown.open or shown.module == module]
        ranked = sorted(meant or found, key=lambda shown: _rank(shown, name, lineage))
        return list(dict.fromkeys(shown.path for shown in ranked))

    def _elsewhere(self, module: str, name: str) -> list[_Shown]:
        """Return the names in packages and modules with an ``__all__``; if there are none, in any module.

        Other modules import for their own use, as a rule.
        """
        holders = dict.fromkeys((*self._holders.get(name.encode(), ()), *self._holders.get(_STAR, ())))
        found: list[_Shown] = []
        for meant in (True, False):
            chosen = (holder for holder in holders if (holder in self._offering) is meant)
            found += [shown for holder in chosen for shown in self._shown(holder, module, name)]
            if any(shown.listed or shown.open for shown in found):
                break
        return found

    def _shown(self, holder: str, module: str, name: str) -> Iterator[_Shown]:
        """Yield the public names by which *holder* shows what *module* defines as *name*."""
        scope = None if is_hidden_module(holder) else self._origins.scope(holder)
        if scope is None:
            return
        for attribute in _attributes(scope, name):
            listed = self._lists(holder, attribute)
            path = f"{holder}.{attribute}"
            is_private = attribute.startswith("_") and not listed
            if is_private or not (attribute in scope.names or self._copies(holder, attribute)):
                continue
            is_it = (holder, attribute) == (module, name) or f"{module}.{name}" in self._origins.of(path)
            if is_it:
                is_open = self.list_of(holder) is None
                yield _Shown(holder, attribute, bool(listed), is_open, attribute in scope.names)

    def _copies(self, module: str, name: str) -> bool:
        """Return whether ``from … import *`` gives *module* a public *name*."""
        scope = self._origins.scope(module)
        return any(
            not self.given_by(star).isdisjoint((name, "*"))
            for star in (scope.stars if scope else ())
            if star != module
        )

    def given_by(self, module: str) -> frozenset[str]:
        """Return what ``from … import *`` copies from *module*: with a ``*`` if not all is known."""
        if module not in self._given:
            found: set[str] = set()
            waiting = [module]
            for copied in waiting:
                listed, scope = self.list_of(copied), self._origins.scope(copied)
                if listed is not None:
                    found |= listed
                elif scope is None:
                    found.add("*")
                else:
                    found.update(scope.names)
                    waiting += [star for star in scope.stars if star not in waiting]
            self._given[module] = frozenset(found)
        return self._given[module]

    def _lists(self, module: str, attribute: str) -> bool:
        listed = self.list_of(module)
        return listed is not None and (attribute in listed or "*" in listed)

    def list_of(self, module: str) -> frozenset[str] | None:
        """Return what the ``__all__`` of *module* lists: with a ``*`` where not all of it can be read."""
        if module not in self._lists_known:
            self._lists_known[module] = None  # Lists that add each other end here.
            self._lists_known[module] = self._read_list(module)
        return self._lists_known[module]

    def _read_list(self, module: str) -> frozenset[str] | None:
        scope = self._origins.scope(module)
        if scope is None:
            return None
        bound = scope.names.get("__all__")
        if isinstance(bound, Imported):
            return self.list_of(bound.module)
        if scope.listed is None:
            return None
        found: set[str] = set()
        for item in scope.listed:
            if not item.startswith("*"):
                found.add(item)
                continue
            other = self.list_of(_module_meant(item[1:], scope))
            found |= {"*"} if other is None else other
        return frozenset(found)

    @cached_property
    def _holders(self) -> Mapping[bytes, list[str]]:
        """The public modules that import or assign each name; with a ``*`` those that copy all names."""
        found: dict[bytes, list[str]] = {}
        for module, is_offering, words in self._words():
            if is_offering:
                self._offering.add(module)
            for word in words:
                found.setdefault(word, []).append(module)
        return found

    def _words(self) -> Iterator[tuple[str, bool, set[bytes]]]:
        """Yield each public module, whether it is meant to offer names, and the words it may bind."""
        for top, place in sorted(self._places.items()):
            for module, file in _public_modules(top, place):
                try:
                    text = read_bounded(file)
                except (OSError, ValueError):
                    continue
                statements = b"\n".join((*_IMPORT.findall(text), *_ASSIGNED.findall(text)))
                is_offering = file.name == "__init__.py" or _LIST in text
                yield module, is_offering, set(_WORD.findall(statements))


def _rank(shown: _Shown, name: str, lineage: Lineage) -> tuple[object, ...]:
    path = shown.path
    own = (not shown.listed, shown.attribute != name, path.count("."), len(path), path)
    return (lineage.rank(shown.module), *own)


def _attributes(scope: Scope, name: str) -> Iterator[str]:
    """Yield the names in *scope* that may mean the *name* of another module."""
    if name in scope.names or scope.stars:
        yield name
    for attribute, bound in scope.names.items():
        meant = bound.attribute if isinstance(bound, Imported) else ""
        meant = bound.alias.rpartition(".")[2] if isinstance(bound, Value) else meant
        if meant == name and attribute != name:
            yield attribute


def _module_meant(expression: str, scope: Scope) -> str:
    """Return the module whose ``__all__`` a dotted expression in *scope* means, empty if unknown."""
    head, *rest = expression.split(".")
    bound = scope.names.get(head)
    if not isinstance(bound, Imported):
        return ""
    parts = [bound.module, *([bound.attribute] if bound.attribute else []), *rest]
    return ".".join(parts[:-1]) if parts[-1] == "__all__" else ""


def _public_modules(top: str, place: Path) -> Iterator[tuple[str, Path]]:
    if place.is_file():
        yield top, place
        return
    waiting = [(top, place)]
    while waiting:
        package, folder = waiting.pop()
        for entry in sorted(folder.iterdir()):
            module = package if entry.name == "__init__.py" else f"{package}.{entry.stem}"
            if is_hidden_module(module) or not entry.stem.isidentifier():
                continue
            if entry.suffix == ".py":
                yield module, entry
            elif not entry.suffix and (entry / "__init__.py").is_file():
                waiting.append((module, entry))

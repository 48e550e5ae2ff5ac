"""Finds and ranks the dotted paths to an object: all, public, and offered to the library's users."""

from collections.abc import Iterable, Sequence
from types import FunctionType
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from ..source.lineage import Lineage
from ..source.packages import is_test_module
from ..source.parsing import is_dunder
from .documented_names import DocumentedNames
from .homes import Homes
from .index import Index
from .introspection import attributes, is_built_in, is_class, module_of, name_of
from .lazy_modules import has_list, names_in

if TYPE_CHECKING:  # Reads the library's source, which few targets need.
    from ..source.re_exports import ReExports

__all__ = ["Paths", "PathsTo", "is_public"]

_MODULE_HOOKS = frozenset({"__dir__", "__getattr__"})


def _is_hidden(part: str) -> bool:
    return part.startswith("_") and not is_dunder(part)


def is_public(path: str) -> bool:
    """Return whether the dotted *path* is for the library's users.

    No part of it begins with an underscore, except special names, and it does not lead through tests
    inside the library.
    """
    if "._" not in path and not path.startswith("_") and "test" not in path:
        return True
    container = path.rpartition(".")[0]
    return not is_test_module(container) and not any(map(_is_hidden, path.split(".")))


class PathsTo(msgspec.Struct, frozen=True):
    """The paths to one object, best first.

    Attributes:
        offered: Paths that are meant for the library's users.
        public: Paths without a private part, and the object's own: its module and name.
        every: All paths.
    """

    offered: tuple[str, ...]
    public: tuple[str, ...]
    every: tuple[str, ...]

    def under(self, attribute: str) -> "PathsTo":
        """Return the paths to the member *attribute* of the object."""
        is_offered = is_public(attribute)
        return PathsTo(
            _joined(self.offered, attribute) if is_offered else (),
            _joined(self.public, attribute) if is_offered else (),
            _joined(self.every, attribute),
        )

    def then(self, other: "PathsTo") -> "PathsTo":
        """Return these paths, followed by the *other* ones."""
        return PathsTo(
            (*self.offered, *other.offered), (*self.public, *other.public), (*self.every, *other.every)
        )


_NO_PATHS = PathsTo((), (), ())

# Undocumented parent, private parent, rank of the module for the object, not in `__all__`, last part is not
# the object's `__name__`, number of dots, length, path.
_Rank = tuple[bool, bool, tuple[int, int], bool, bool, int, int, str]


class _Path(NamedTuple):
    """A path to an object, sorted by its rank.

    Attributes:
        is_offered: Whether it is meant for the library's users.
        is_public: Whether no part of it is private.
        is_related: Whether it leads through a home or an ancestor of the object.
    """

    rank: _Rank
    is_offered: bool
    is_public: bool
    is_related: bool


class _Parent(NamedTuple):
    """The parent of paths, with what their rank depends on.

    Attributes:
        listed: The ``__all__`` of the module of that name.
        dots: The number of dots of a path under it.
    """

    path: str
    is_undocumented: bool
    is_private: bool
    listed: frozenset[str]
    dots: int


class _RankedModule(msgspec.Struct, frozen=True):
    """A module, with what the ranks of the paths through it depend on.

    Attributes:
        name: Its name in ``sys.modules``.
        parents: Its names, that one first.
        listed: Its ``__all__``.
        is_open: Whether it has no ``__all__``.
    """

    name: str
    parents: tuple[_Parent, ...]
    listed: frozenset[str]
    is_open: bool
    is_package: bool


class Paths:
    """The paths to the objects of one index."""

    def __init__(self, index: Index, documented: DocumentedNames, sources: "ReExports") -> None:
        self._index = index
        self._documented = documented.names
        self._homes = Homes(index)
        self._sources = sources
        self._of_classes: dict[int, PathsTo] = {}
        self._modules: dict[str, _RankedModule] = {}
        self._parents: dict[str, _Parent] = {}

    def to(self, target: object, places: Sequence[tuple[str, str]]) -> PathsTo:
        """Return the paths from modules to *target*, which is bound at these *places*."""
        if not places:
            return _NO_PATHS
        own, home = name_of(target), module_of(target)
        lineage = self._homes.of(target, places)
        found = self._ranked(places, own, home, lineage)
        if is_class(target) and is_built_in(target) and self._binds_itself(home):
            path = f"{home}.{home.rpartition('.')[2]}.{own}"
            found.append(_Path(self.rank(path, own, lineage), False, True, lineage.is_related(home)))
        if len(found) > 1:
            found.sort()
        every = tuple(path.rank[-1] for path in found)
        is_helper = own.startswith("_") and _is_written_in_python(target)
        # What the modules that made it show, decides alone: they are loaded wherever the object is.
        offered = _offered([path for path in found if path.is_related], is_helper=is_helper)
        if not offered and not is_helper:
            offered = self._shown_elsewhere(places, own, lineage)
            every = tuple(dict.fromkeys((*every, *offered)))
        if not offered:
            offered = _offered(found, is_helper=is_helper)
        if not offered:
            return PathsTo((), (), every)
        itself = (f"{home}.{own}", f"{_defined_in(target)}.{own}")
        public = tuple(path.rank[-1] for path in found if path.is_public or path.rank[-1] in itself)
        return PathsTo(offered, public, every)

    def _ranked(
        self, places: Iterable[tuple[str, str]], own: str, home: str, lineage: Lineage
    ) -> "list[_Path]":
        """Return each path through the modules that bind the object.

        Args:
            own: The ``__name__`` of the object.
            home: Its ``__module__``.
        """
        found: list[_Path] = []
        for module, attribute in places:
            known = self._modules.get(module) or self._module(module)
            is_listed = attribute in known.listed
            is_open = is_listed or attribute[0] != "_" or is_dunder(attribute)
            is_offered = is_open and (is_listed or _is_offered(known, attribute, home))
            is_renamed = attribute != own
            related, is_related = lineage.rank(module), lineage.is_related(module)
            for parent, is_undocumented, is_private, listed, dots in known.parents:
                path = f"{parent}.{attribute}"
                is_unlisted = attribute not in listed
                own_rank = (is_unlisted, is_renamed, dots, len(path), path)
                rank = (is_undocumented, is_private, related, *own_rank)
                found.append(
                    _Path(rank, is_offered and not is_private, is_open and not is_private, is_related)
                )
        return found

    def of(self, target: object) -> PathsTo:
        """Return the paths from modules to *target*."""
        return self.to(target, self._index.places(target))

    def _shown_elsewhere(
        self, places: Iterable[tuple[str, str]], own: str, lineage: Lineage
    ) -> tuple[str, ...]:
        """Return the paths by which any module of the library, loaded or not, shows an object of its own."""
        at_home = sorted(
            (lineage.homes.index(module), attribute != own, attribute)
            for module, attribute in places
            if module in lineage.homes
        )
        found = (self._sources.paths_to(lineage.homes[home], attribute) for home, _, attribute in at_home)
        return next(filter(None, found), ())

    def _binds_itself(self, module: str) -> bool:
        """Return whether *module* binds itself under its own name: ``torch.torch`` is torch.

        Pages of C types are written by hand. A full name in a directive, to which Sphinx adds the
        module's name, becomes ``torch.torch.finfo``. No other objects have such names.
        """
        held = self._index.modules.get(module)
        return held is not None and attributes(held).get(module.rpartition(".")[2]) is held

    def _module(self, name: str) -> "_RankedModule":
        held = attributes(self._index.modules.get(name))
        parents = tuple(map(self._parent, self._index.module_names(name)))
        known = _RankedModule(
            name, parents, parents[0].listed, not has_list(held.get("__all__")), "__path__" in held
        )
        self._modules[name] = known
        return known

    def to_class(self, cls: type) -> PathsTo:
        """Return the paths to a class, those through other classes last."""
        known = self._of_classes.get(id(cls))
        if known is None:
            # Cached first: a class may have itself as a member.
            known = self._of_classes[id(cls)] = self.to(cls, self._index.places(cls))
            for owner, attribute in self._index.owners(cls):
                known = known.then(self.to_class(owner).under(attribute))
            self._of_classes[id(cls)] = known
        return known

    def rank(self, path: str, own: str, lineage: Lineage) -> "_Rank":
        """Return the sort key of a path to an object whose ``__name__`` is *own*: best first."""
        parent, _, last = path.rpartition(".")
        _, is_undocumented, is_private, listed, dots = self._parents.get(parent) or self._parent(parent)
        own_rank = (last not in listed, last != own, dots, len(path), path)
        return (is_undocumented, is_private, lineage.rank(parent), *own_rank)

    def lineage(self, target: object) -> Lineage:
        """Return the homes and ancestors of *target*."""
        return self._homes.of(target, self._index.places(target))

    def _parent(self, path: str) -> _Parent:
        # `__all__` counts for the module's own name only, not for `package.another_name_of_it`.
        listed = names_in(attributes(self._index.modules.get(path)).get("__all__"))
        is_private = not is_public(f"{path}.something")
        known = _Parent(path, path not in self._documented, is_private, listed, path.count(".") + 1)
        self._parents[path] = known
        return known


def _is_offered(module: _RankedModule, attribute: str, home: str) -> bool:
    """Return whether *module* offers *attribute* to its users, or only imports it."""
    if attribute in _MODULE_HOOKS:
        return False
    if home == module.name:
        return True
    return module.is_open and (module.is_package or not home or not is_public(home))


def _offered(found: Iterable[_Path], *, is_helper: bool) -> tuple[str, ...]:
    """Return the paths of *found* that are meant for users.

    Where none is, any public path counts, unless the object's name is private.
    """
    found = list(found)
    offered = tuple(path.rank[-1] for path in found if path.is_offered)
    return offered if offered or is_helper else tuple(path.rank[-1] for path in found if path.is_public)


def _is_written_in_python(target: object) -> bool:
    # The names of C functions, such as `_to_dlpack`, are rarely the ones that users know.
    return type(target) is FunctionType or is_class(target)


def _defined_in(target: object) -> str:
    # A decorator may have changed `__module__`.
    name = target.__globals__.get("__name__") if type(target) is FunctionType else None
    return name if type(name) is str else ""


def _joined(paths: Iterable[str], attribute: str) -> tuple[str, ...]:
    return tuple(f"{path}.{attribute}" for path in paths)

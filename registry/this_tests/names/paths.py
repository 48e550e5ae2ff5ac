"""Which paths lead to an object, and which of them the library offers to its users."""

from collections.abc import Iterable
from dataclasses import dataclass
from types import FunctionType

from .documented import DocumentedNames
from .index import Index
from .lazy import texts_in
from .peek import attributes, is_built_in, is_class, module_of, name_of

__all__ = ["Paths", "PathsTo", "is_public"]

_MODULE_HOOKS = frozenset({"__dir__", "__getattr__"})


def is_dunder(name: str) -> bool:
    """Return whether *name* is one of the special names of the language."""
    return name.startswith("__") and name.endswith("__")


def is_public(path: str) -> bool:
    """Return whether no part of the dotted *path* begins with an underscore, special names aside."""
    if "._" not in path and not path.startswith("_"):
        return True
    return all(not part.startswith("_") or is_dunder(part) for part in path.split("."))


@dataclass(frozen=True)
class PathsTo:
    """The paths to one object, the best first.

    Attributes:
        offered: Those that the library's users are meant to use.
        public: Those without a private part, and the one that the object gives itself.
        every: All of them.
    """

    offered: tuple[str, ...]
    public: tuple[str, ...]
    every: tuple[str, ...]

    def under(self, attribute: str) -> "PathsTo":
        """Return the paths to *attribute* of the object."""
        is_offered = is_public(attribute)
        return PathsTo(
            _joined(self.offered, attribute) if is_offered else (),
            _joined(self.public, attribute) if is_offered else (),
            _joined(self.every, attribute),
        )

    def __add__(self, other: "PathsTo") -> "PathsTo":
        return PathsTo(
            (*self.offered, *other.offered), (*self.public, *other.public), (*self.every, *other.every)
        )


_NOWHERE = PathsTo((), (), ())

# Undocumented parent, private parent, not in `__all__`, not the name that the object gives itself,
# dots, length, path.
_Rank = tuple[bool, bool, bool, bool, int, int, str]


@dataclass(frozen=True)
class _Module:
    """What counts of a module.

    Attributes:
        name: Its own, in ``sys.modules``.
        parents: Each of its names: whether that is public, whether it is undocumented, and the dots
            of a path under it.
        listed: What its ``__all__`` lists; None where it has none.
    """

    name: str
    parents: tuple[tuple[str, bool, bool, int], ...]
    listed: frozenset[str] | None
    is_package: bool


class Paths:
    """The paths to the objects of one index."""

    def __init__(self, index: Index, documented: DocumentedNames) -> None:
        self._index = index
        self._documented = documented.names
        self._of_classes: dict[int, PathsTo] = {}
        self._modules: dict[str, _Module] = {}
        self._lists: dict[str, frozenset[str] | None] = {}

    def to(self, target: object) -> PathsTo:
        """Return the paths from modules to *target*."""
        if not self._index.lies_in_module(target):
            return _NOWHERE
        own, home = name_of(target), module_of(target)
        found: list[tuple[_Rank, bool, bool]] = []
        for module, attribute in self._index.places(target):
            known = self._modules.get(module) or self._look_at(module)
            is_listed = known.listed is not None and attribute in known.listed
            is_open = attribute[0] != "_" or is_listed or is_dunder(attribute)
            is_shown = is_open and _is_shown(known, attribute, home, is_listed=is_listed)
            is_renamed = attribute != own
            for parent, is_visible, is_undocumented, dots in known.parents:
                path = f"{parent}.{attribute}"
                # A module's list speaks of it under its own name, not of `package.another_name_of_it`.
                is_unlisted = not is_listed or parent != module
                rank = (is_undocumented, not is_visible, is_unlisted, is_renamed, dots, len(path), path)
                found.append((rank, is_shown and is_visible, is_open and is_visible))
        if is_class(target) and is_built_in(target) and self._holds_itself(home):
            path = f"{home}.{home.rpartition('.')[2]}.{own}"
            found.append((self.rank(path, own), False, True))
        if len(found) > 1:
            found.sort()
        every = [rank[-1] for rank, _, _ in found]
        public = [rank[-1] for rank, _, is_visible in found if is_visible]
        offered = [rank[-1] for rank, is_shown, _ in found if is_shown]
        # Where no place is meant for users, any will do; but not for what is called private there.
        if not offered and not (own.startswith("_") and _is_written_in_python(target)):
            offered = public
        if not offered:
            public = []
        elif len(public) < len(every):
            itself = (f"{home}.{own}", f"{_defined_in(target)}.{own}")
            public = [path for path in every if path in public or path in itself]
        return PathsTo(tuple(offered), tuple(public), tuple(every))

    def _holds_itself(self, module: str) -> bool:
        """Return whether *module* lies in itself under its own name: ``torch.torch`` is torch.

        Pages of C types are written by hand, and a full name there, where Sphinx puts the
        module's before it, makes ``torch.torch.finfo``. Of nothing else is that a name.
        """
        held = self._index.modules.get(module)
        return held is not None and attributes(held).get(module.rpartition(".")[2]) is held

    def _look_at(self, name: str) -> "_Module":
        held = attributes(self._index.modules.get(name))
        parents = tuple(
            (each, is_public(each), each not in self._documented, each.count(".") + 1)
            for each in self._index.module_names(name)
        )
        known = self._modules[name] = _Module(name, parents, self._listed(name), "__path__" in held)
        return known

    def to_class(self, cls: type) -> PathsTo:
        """Return all paths to a class, those through other classes last."""
        known = self._of_classes.get(id(cls))
        if known is None:
            # Put there first, for a class may hold itself.
            known = self._of_classes[id(cls)] = self.to(cls)
            for owner, attribute in self._index.owners(cls):
                known += self.to_class(owner).under(attribute)
            self._of_classes[id(cls)] = known
        return known

    def rank(self, path: str, own: str) -> "_Rank":
        """Return a key that sorts the paths to an object, whose name it gives itself is *own*: best first."""
        parent, _, last = path.rpartition(".")
        listed = self._listed(parent)
        is_unlisted = listed is None or last not in listed
        is_undocumented, is_private = parent not in self._documented, not is_public(parent)
        return (is_undocumented, is_private, is_unlisted, last != own, path.count("."), len(path), path)

    def _listed(self, module: str) -> frozenset[str] | None:
        held = self._index.modules.get(module)
        if held is None:
            return None
        if module not in self._lists:
            names = attributes(held).get("__all__")
            is_list = type(names) is list or type(names) is tuple
            self._lists[module] = texts_in(names) if is_list else None
        return self._lists[module]


def _is_shown(module: _Module, attribute: str, home: str, *, is_listed: bool) -> bool:
    """Return whether *module* means its users to find *attribute* there, or merely imports it."""
    if attribute in _MODULE_HOOKS:
        return False
    if is_listed or home == module.name:
        return True
    return module.listed is None and (module.is_package or not home or not is_public(home))


def _is_written_in_python(target: object) -> bool:
    # The names of C functions, such as `_to_dlpack`, are seldom those of their users.
    return type(target) is FunctionType or is_class(target)


def _defined_in(target: object) -> str:
    # Where a decorator changed what `__module__` says.
    name = target.__globals__.get("__name__") if type(target) is FunctionType else None
    return name if type(name) is str else ""


def _joined(paths: Iterable[str], attribute: str) -> tuple[str, ...]:
    return tuple(f"{path}.{attribute}" for path in paths)

"""Decides whether what a test calls is one callable of the library."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from ...source.parsing import is_dunder
from .resolution import Resolution
from .values import Class, Free, Instance, Member, Thing, Value

__all__ = ["Known", "Wanted"]


def _no_origins(name: str) -> Sequence[str]:  # noqa: ARG001
    return ()


@dataclass(frozen=True)
class Known:
    """What is known besides a test's source of whether it calls a callable.

    Attributes:
        direct: Whether the test itself calls it, as far as the evidence tells.
        rivals: Those of `others` that the test calls itself, or may call.
        member: Whether it is a method or another member of a class; ``None`` if that is unknown.
        others: The other callables of the library with the same last name.
        origins: Returns the names in the library's source that a dotted name comes from.
    """

    direct: bool = True
    rivals: frozenset[str] = frozenset()
    member: bool | None = None
    others: frozenset[str] = frozenset()
    origins: Callable[[str], Sequence[str]] = field(default=_no_origins, repr=False)


@dataclass(frozen=True)
class Wanted:
    """A callable that is looked for in tests, by all its names.

    Attributes:
        names: Its dotted names: in the registry, in the source, in the docs.
    """

    names: tuple[str, ...]
    known: Known = Known()

    @cached_property
    def lasts(self) -> frozenset[str]:
        """The last parts of its names."""
        return _lasts_of(self.names)

    def is_meant(self, value: Value, resolution: Resolution) -> bool:
        """Return whether *value* is this callable."""
        if isinstance(value, Thing):
            return self._is_path(value.path)
        if isinstance(value, Class):
            return self.known.direct and any(
                self.is_meant(base, resolution) for base in resolution.bases(value)
            )
        if isinstance(value, Free):
            # `attr.attr` may be a function; `attr` alone is the package.
            may_be = value.name in self.lasts and not any(
                name.startswith(f"{value.name}.") for name in self.names
            )
            return may_be and not self._is_member and self._is_likely()
        return isinstance(value, Member) and value.name in self.lasts and self._is_member_of(value)

    def _is_likely(self) -> bool:
        """Return whether it is what a call of its name on something unknown calls."""
        # A function is no attribute of something in a variable, but of a module.
        rivals = self.known.rivals
        return (
            self.known.direct
            and not any(_is_method(rival) for rival in rivals)
            and (self._is_member or not rivals)
        )

    @cached_property
    def _is_member(self) -> bool:
        if self.known.member is not None:
            return self.known.member
        return any(map(_is_method, self.names))

    def _is_member_of(self, value: Member) -> bool:
        receiver = value.of
        path = _path_of(receiver)
        if not path:
            return self._is_likely()
        if not self._is_of_library(path):
            return False
        if not isinstance(receiver, Instance) or not isinstance(receiver.of, Thing):
            # An attribute of something of the library, or what its method returned.
            return self._is_likely()
        if not self._is_member:
            return False
        return self._is_inherited(path, value.name)

    def _is_inherited(self, cls: str, name: str) -> bool:
        """Return whether the method *name* of what a call of *cls* returns is this callable."""
        if any(_same(cls, owner) for owner in _owners_of(self.names).get(name, ())):
            return True
        if not self.known.direct:
            return False
        leads = self._leads(f"{cls}.{name}")
        if leads is not None:
            return leads
        is_class = _last(cls)[:1].isupper()
        if is_class and any(_last(_owner(other)) == _last(cls) for other in self.known.others):
            return False
        # What a function returns is unknown, and a class may inherit from that of the callable.
        return self._is_likely() and (is_class or not is_dunder(name))

    def _is_of_library(self, path: str) -> bool:
        first, _, rest = path.partition(".")
        # A relative import begins with the folders that the library lies in.
        tops = _tops_of(self.names)
        return first in tops or (first in {"src", "lib"} and rest.partition(".")[0] in tops)

    def _leads(self, path: str) -> bool | None:
        """Return whether a path is the callable or another one; ``None`` if that is unknown."""
        for name in (path, *self.known.origins(path)):
            if name in self.names or name in self.known.others:
                return name in self.names
        return None

    def _is_path(self, path: str) -> bool:
        path = path.removeprefix("src.").removeprefix("lib.")
        owners = _owners_of(self.names)
        made = [*owners.get("__init__", ()), *owners.get("__new__", ())]
        if made:
            return any(_same(path, owner) for owner in made)
        owner, last = _owner(path), _last(path)
        if path in self.names or not owner or last not in self.lasts:
            return path in self.names
        leads = self._leads(path)
        if leads is not None or not self._is_of_library(path):
            return bool(leads)
        is_same = _same if self._is_member else _reexports
        return any(is_same(owner, other) for other in owners.get(last, ()))


# A callable is looked for in each of its tests, by the same names.


@lru_cache(maxsize=1024)
def _lasts_of(names: tuple[str, ...]) -> frozenset[str]:
    owners = _owners_of(names)
    made = (_last(owner) for method in ("__init__", "__new__") for owner in owners.get(method, ()))
    return frozenset((*owners, *made))


@lru_cache(maxsize=1024)
def _owners_of(names: tuple[str, ...]) -> Mapping[str, Sequence[str]]:
    """Return what names are in, by the last parts of the names."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(_last(name), []).append(_owner(name))
    return found


@lru_cache(maxsize=1024)
def _tops_of(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(name.partition(".")[0] for name in names)


def _is_method(name: str) -> bool:
    return _last(_owner(name)).lstrip("_")[:1].isupper()


def _same(path: str, other: str) -> bool:
    """Return whether two paths of classes may be of the same class, under two of its names."""
    return _last(path) == _last(other) and _reexports(_owner(path), _owner(other))


def _reexports(module: str, other: str) -> bool:
    """Return whether one module may offer what another one defines: a package above it, or a private one."""
    if module == other or other.startswith(f"{module}."):
        return True
    inside = module.removeprefix(f"{other}.") if module.startswith(f"{other}.") else ""
    return bool(inside) and all(part.startswith("_") for part in inside.split("."))


def _path_of(receiver: Instance | Member | None) -> str:
    """Return the path of what an instance or attribute was reached from; empty if that is unknown."""
    current: Value | None = receiver
    while isinstance(current, Instance | Member):
        current = current.of
    return current.path if isinstance(current, Thing) else ""


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _owner(name: str) -> str:
    return name.rpartition(".")[0]

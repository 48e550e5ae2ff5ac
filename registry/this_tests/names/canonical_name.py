"""Chooses among the names of an object: the documented one, else the best public path."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from ..registry.model import Found
from .documented_names import DocumentedNames
from .index import Index, normal
from .introspection import class_name_of, home_of, lookup, members, mro, name_of, peek_str
from .ownership import is_made_here
from .paths import Paths, PathsTo, is_public

if TYPE_CHECKING:  # Reads the library's source, which few targets need.
    from ..source.re_exports import ReExports

__all__ = ["Naming", "Resolution"]

# Limit of undocumented aliases, the best first. Documented aliases are all kept.
_MOST_ALIASES = 64
# Limit of names under classes that inherit a method, where there is no documentation.
_MOST_CANDIDATES = 1000


class Resolution(msgspec.Struct, frozen=True):
    """The name of a target, and its other names.

    Attributes:
        name: The canonical name: the documented one where the docs list it.
        aliases: The other public names of the same object, sorted and bounded in number.
        found: How the name was found from the target.
        receiver: The class that the test used, where `name` shows another class.
        documented: Whether an inventory lists `name`.
    """

    name: str
    aliases: tuple[str, ...] = ()
    found: Found = "reference"
    receiver: str = ""
    documented: bool = False


class Naming:
    """Chooses the names of the objects of one index.

    Attributes:
        paths: The paths to its objects.
    """

    def __init__(
        self, index: Index, documented: DocumentedNames, sources: "ReExports", *, private: bool
    ) -> None:
        self._index = index
        self._documented = documented.names
        self._targets = documented
        self._private = private
        self._of_classes: dict[int, Sequence[str]] = {}
        self._paths_like: dict[tuple[int, str], tuple[Sequence[str], Sequence[str]]] = {}
        self.paths = Paths(index, documented, sources)

    def of_object(self, key: object, found: Found, written: str = "") -> Resolution | None:
        """Return the name of *key* by its identity alone; None where it is not in the API.

        Args:
            written: The name or path that the test wrote, which decides between several
                documented names.
        """
        places, owners = self._index.places(key), _definers_first(key, self._index.owners(key))
        paths = self.paths.to(key, places)
        attributes = {name_of(key), *[name for _, name in places], *[name for _, name in owners]}
        documented = self._targets.of(key, attributes, paths.every)
        if not documented and not ((paths.every or owners) and is_made_here(key, self._index)):
            return None
        direct = [*self._accepted(paths), *self._member_names(owners)]
        if documented:
            return self._resolution(
                self._best(documented, key, paths, owners, written), [*documented, *direct], found
            )
        inherited = self._inherited_names(owners) if owners else []
        names = direct or inherited
        if not names:
            return None
        others = [*direct, *inherited, *self._defining_names(owners)]
        most = _MOST_ALIASES if self._documented else _MOST_CANDIDATES
        return self._resolution(self._best(names, key, paths, owners, written), others, found, most=most)

    def of_member(
        self, holder: type, attribute: str, key: object, found: Found, written: str = ""
    ) -> Resolution | None:
        """Return the name of *key* as the member *attribute* of the class *holder*.

        Args:
            written: The path of *holder* as the test wrote it.
        """
        defining = [cls for cls in mro(holder) if normal(lookup(cls, attribute)) is key]
        classes = [cls for cls in defining if self._index.owns_class(cls)]
        if not classes:
            return None
        documented: list[str] = []
        accepted: list[str] = []
        for cls in classes:
            described, offered = self._paths_to(cls, written)
            documented += self._documented_under(described, attribute)
            accepted += self._under(offered, attribute)
        documented = documented or self._documented_in(classes, attribute, key)
        if not documented and (not accepted or _is_inherited_from_object(defining, attribute)):
            return None
        name = (*documented, *accepted)[0]
        aliases = [*documented, *accepted, *self._siblings(classes, attribute, key)]
        if not self._documented and self._index.is_ours(written) and "." in written:
            aliases.append(f"{written}.{attribute}")
        aliases += self._defining_names((cls, attribute) for cls in classes if attribute in members(cls))
        return self._resolution(name, aliases, found, receiver=self._receiver(holder, name))

    def of_path(self, path: str, found: Found, others: Iterable[str] = ()) -> Resolution | None:
        """Return *path* as a name, if it is documented, public, or private names are accepted."""
        if path in self._documented or self._private or is_public(path):
            return self._resolution(path, others, found)
        return None

    def renamed(self, found: Resolution | None, name: str) -> Resolution:
        """Return *found* with *name*, another of its names, as the canonical one."""
        if found is None:
            return self._resolution(name, (), "string")
        return self._resolution(name, (found.name, *found.aliases), found.found, found.receiver)

    def with_alias(self, found: Resolution | None, path: str) -> Resolution | None:
        """Return *found* with *path*, as the test wrote it, as an alias, if the library has no inventory."""
        if found is None or self._documented or path == found.name or not is_public(path):
            return found
        return msgspec.structs.replace(found, aliases=tuple(sorted({*found.aliases, path})))

    def preferred(self, cls: type) -> str:
        """Return the preferred path of a class, empty where it has none."""
        paths = self.paths.to_class(cls)
        return next(
            (path for path in paths.every if path in self._documented), (*paths.offered, *paths.every, "")[0]
        )

    def _accepted(self, paths: PathsTo) -> Sequence[str]:
        """Return the *paths* that count as names, the best first.

        With an inventory, the paths that the library offers to its users are enough. Without one, the
        documented name may be any public path.
        """
        if self._private:
            return tuple(dict.fromkeys((*paths.offered, *paths.public, *paths.every)))
        return paths.offered if self._documented else tuple(dict.fromkeys((*paths.offered, *paths.public)))

    def _accepted_of(self, cls: type) -> Sequence[str]:
        """Return the paths to a class of the index that count as its names, the best first."""
        known = self._of_classes.get(id(cls))
        if known is None:
            known = self._of_classes[id(cls)] = self._accepted(self.paths.to_class(cls))
        return known

    def _under(self, paths: Iterable[str], attribute: str) -> list[str]:
        accepted = self._private or is_public(attribute)
        return [f"{path}.{attribute}" for path in paths] if accepted else []

    def _paths_to(self, cls: type, written: str) -> tuple[Sequence[str], Sequence[str]]:
        """Return the paths to a class of the index, the documented ones most similar to *written* first.

        Returns:
            Those that begin a documented name, and those that count as its names.
        """
        key = (id(cls), written)
        known = self._paths_like.get(key)
        if known is None:
            containers = self._targets.containers
            described = [path for path in self.paths.to_class(cls).every if path in containers]
            known = self._paths_like[key] = (
                _by_similarity(described, written),
                _by_similarity(self._accepted_of(cls), written if self._is_accessor(cls, written) else ""),
            )
        return known

    def _is_accessor(self, cls: type, written: str) -> bool:
        """Return whether *written* reached the class through another one: ``Series.plot``."""
        last = written.rpartition(".")[2]
        return any(attribute == last for _, attribute in self._index.owners(cls))

    def _documented_under(self, paths: Iterable[str], attribute: str) -> list[str]:
        return [name for path in paths if (name := f"{path}.{attribute}") in self._documented]

    def _documented_in(self, classes: Sequence[type], attribute: str, key: object) -> list[str]:
        """Return the documented names of the member of *classes* that are under no path to a class."""
        containers = {
            name: next((container for container, _, _ in self._index.walk(name)), None)
            for name in self._targets.of(key, [attribute])
        }
        return [name for name, held in containers.items() if any(held is cls for cls in classes)]

    def _member_names(self, owners: Iterable[tuple[type, str]]) -> list[str]:
        return [
            name for owner, attribute in owners for name in self._under(self._accepted_of(owner), attribute)
        ]

    def _defining_names(self, owners: Iterable[tuple[type, str]]) -> list[str]:
        """Return the names under the classes that define a member, even private ones.

        Private ones are not for users, but without an inventory one of them may be meant.
        """
        return [] if self._documented else self._paths_under(owners)

    def _inherited_names(self, owners: Iterable[tuple[type, str]]) -> list[str]:
        """Return the names under the classes that inherit a member: first the best name of each class."""
        best: list[str] = []
        others: list[str] = []
        for owner, attribute in owners:
            if not (self._private or is_public(attribute)):
                continue
            raw = members(owner).get(attribute)
            home = home_of(owner)
            # Those beside it are loaded wherever it is.
            for subclass in sorted(self._index.subclasses(owner), key=lambda cls: home_of(cls) != home):
                if lookup(subclass, attribute) is raw:
                    names = [f"{path}.{attribute}" for path in self._accepted_of(subclass)]
                    best += names[:1]
                    others += names[1:]
        return [*best, *others]

    def _siblings(self, classes: Sequence[type], attribute: str, key: object) -> Iterator[str]:
        """Yield the other names that the same member has in the same *classes*."""
        for other in sorted({name for _, name in self._index.owners(key)} - {attribute}):
            for cls in classes:
                if normal(lookup(cls, other)) is key:
                    described, offered = self._paths_to(cls, "")
                    yield from self._documented_under(described, other)
                    yield from self._under(offered, other)

    def _receiver(self, holder: type, name: str) -> str:
        if not self._index.owns_class(holder):
            return ""
        shown = name.rpartition(".")[0]
        return "" if shown in self.paths.to_class(holder).every else self.preferred(holder)

    def _best(
        self,
        names: Sequence[str],
        key: object,
        paths: PathsTo,
        owners: Iterable[tuple[type, str]],
        written: str,
    ) -> str:
        """Return the best of the *names* of *key*: all documented, or none."""
        if len(names) > 1 and written and names[0] in self._documented:
            names = _most_similar(names, written)
        if len(names) > 1:
            names = _narrowed(names, {*paths.every, *self._paths_under(owners)})
        if len(names) > 1 and names[0] not in self._documented:
            # A module that imports a class for its own use does not offer it to users.
            names = _narrowed(names, {*paths.offered, *self._offered_under(owners)})
        if len(names) > 1 and names[0] in self._documented:
            names, own, lineage = _narrowed(names, paths.every), name_of(key), self.paths.lineage(key)
            return min(names, key=lambda name: self.paths.rank(name, own, lineage))
        return _narrowed(names, paths.every)[0]

    def _paths_under(self, owners: Iterable[tuple[type, str]]) -> list[str]:
        """Return all paths to a member under the classes that define it, even private ones."""
        return [
            f"{path}.{attribute}" for owner, attribute in owners for path in self.paths.to_class(owner).every
        ]

    def _offered_under(self, owners: Iterable[tuple[type, str]]) -> list[str]:
        """Return the paths to a member that the library's users are meant to use."""
        return [
            f"{path}.{attribute}"
            for owner, attribute in owners
            for path in self.paths.to_class(owner).offered
        ]

    def _resolution(
        self, name: str, names: Iterable[str], found: Found, receiver: str = "", most: int = _MOST_ALIASES
    ) -> Resolution:
        is_documented = name in self._documented
        others = set(names)
        others.discard(name)
        if len(others) > most:
            others = self._limited(names, most) - {name}
        aliases = tuple(sorted(others)) if others else ()
        return Resolution(name, aliases, found, receiver, is_documented)

    def _limited(self, names: Iterable[str], most: int) -> set[str]:
        """Return all documented *names*, and of the others the first *most*."""
        documented = {name for name in names if name in self._documented}
        rest = [name for name in dict.fromkeys(names) if name not in documented]
        return {*documented, *rest[:most]}


def _definers_first(key: object, owners: list[tuple[type, str]]) -> list[tuple[type, str]]:
    """Return the *owners* of a member, that in its ``__qualname__`` first."""
    if len(owners) < 2:  # noqa: PLR2004  # nothing to sort
        return owners
    parts, own = peek_str(key, "__qualname__").split("."), name_of(key)
    definer = parts[-2] if len(parts) > 1 else ""
    return sorted(owners, key=lambda owner: (class_name_of(owner[0]) != definer, owner[1] != own))


def _similarity(path: str, written: str) -> int:
    """Return how many last parts *path* and *written* have in common, a million if all."""
    if path == written:
        return 1_000_000
    shared = 0
    for one, other in zip(reversed(path.split(".")), reversed(written.split(".")), strict=False):
        if one != other:
            break
        shared += 1
    return shared


def _most_similar(paths: Sequence[str], written: str) -> Sequence[str]:
    counts = [_similarity(path, written) for path in paths]
    return [path for path, count in zip(paths, counts, strict=True) if count == max(counts)]


def _narrowed(names: Sequence[str], better: Collection[str]) -> Sequence[str]:
    return [name for name in names if name in better] or names


def _by_similarity(paths: Sequence[str], written: str) -> list[str]:
    if len(paths) <= 1 or not written:
        return list(paths)
    return sorted(paths, key=lambda path: -_similarity(path, written))


def _is_inherited_from_object(defining: list[type], attribute: str) -> bool:
    """Return whether `object` or `type` defines the member, such as ``__init__``."""
    owner = next((owner for owner in defining if attribute in members(owner)), None)
    return owner is None or owner is object or owner is type

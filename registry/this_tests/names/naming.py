"""Which of an object's names it goes by: the documented one, else the nearest to the user."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ..model import Found
from .documented import DocumentedNames
from .home import is_made_here
from .index import Index, is_public, normal
from .peek import attributes, is_class, lookup, members, mro, peek, peek_str

__all__ = ["Naming", "Resolution"]

# Aliases that no documentation lists; the documented ones are all kept.
_MOST_ALIASES = 64
_MODULE_HOOKS = frozenset({"__dir__", "__getattr__"})


@dataclass(frozen=True)
class Resolution:
    """What a target is called.

    Attributes:
        name: The canonical name: the documented one where the docs list it.
        aliases: The other public names of the same object, sorted and bounded in number.
        found: How the target led to the name.
        receiver: The class that the test used, where `name` shows another class.
        documented: Whether an inventory lists `name`.
    """

    name: str
    aliases: tuple[str, ...] = ()
    found: Found = "reference"
    receiver: str = ""
    documented: bool = False


class Naming:
    """Names the objects of one index."""

    def __init__(self, index: Index, documented: DocumentedNames, *, private: bool) -> None:
        self._index = index
        self._documented = documented
        self._private = private

    def of_object(self, key: object, found: Found, hint: str = "") -> Resolution | None:
        """Return the name of *key* by its identity alone; None where the library has none for it.

        Args:
            hint: The name that the test wrote, which decides between names documented alike.
        """
        paths = self._index.paths(key)
        owners = list(self._index.owners(key))
        documented = self._documented.of(key, self._attributes(key, paths, owners))
        if not documented and not (paths or owners):
            return None
        if not documented and not is_made_here(key, self._index):
            return None
        direct = [*paths, *self._member_paths(owners)]
        candidates = self._accepted(documented, direct)
        if not candidates:
            candidates = self._accepted((), self._inherited_paths(owners))
        if not documented:
            candidates = [*candidates, *self._accepted((), self._inherited_paths(owners))]
        return self._chosen(candidates, found, hint=hint, direct=frozenset(paths))

    def of_member(
        self, holder: type, attribute: str, key: object, found: Found, written: str = ""
    ) -> Resolution | None:
        """Return the name of *key* as the member *attribute* of the class *holder*.

        Args:
            written: The path of *holder* as the test wrote it.
        """
        line = [each for each in mro(holder) if normal(lookup(each, attribute)) is key]
        ours = [each for each in line if self._index.owns_class(each)]
        names = [
            f"{path}.{attribute}"
            for each in ours
            for path in self._ordered(self._index.class_names(each), written)
        ]
        documented = [name for name in names if name in self._documented]
        if not documented and _is_pythons_own(line, attribute):
            return None
        accepted = documented or self._accepted((), names)
        if not accepted:
            return None
        aliases = [*self._accepted(documented, names), *self._siblings(ours, attribute, key)]
        return self._made(accepted[0], aliases, found, receiver=self._receiver(holder, accepted[0]))

    def of_path(self, path: str, found: Found) -> Resolution | None:
        """Return *path* as a name, if the library offers it at all."""
        if path in self._documented or self._private or is_public(path):
            return self._made(path, (), found)
        return None

    def renamed(self, found: Resolution | None, name: str) -> Resolution:
        """Return *found* under *name*, another of its names."""
        if found is None:
            return self._made(name, (), "string")
        return self._made(name, (found.name, *found.aliases), found.found, found.receiver)

    def _attributes(
        self, key: object, paths: Iterable[str], owners: Iterable[tuple[type, str]]
    ) -> Iterable[str]:
        names = {path.rpartition(".")[2] for path in paths}
        names.update(attribute for _, attribute in owners)
        own = peek_str(key, "__name__")
        return names | {own} if own else names

    def _accepted(self, documented: Iterable[str], names: Iterable[str]) -> list[str]:
        accepted = dict.fromkeys(documented)
        for name in names:
            if name in self._documented or self._private or _is_offered(name):
                accepted[name] = None
        return list(accepted)

    def _member_paths(self, owners: Iterable[tuple[type, str]]) -> Iterator[str]:
        for owner, attribute in owners:
            for path in self._index.class_names(owner):
                yield f"{path}.{attribute}"

    def _inherited_paths(self, owners: Iterable[tuple[type, str]]) -> Iterator[str]:
        for owner, attribute in owners:
            key = normal(members(owner).get(attribute))
            for heir in self._index.heirs(owner):
                if normal(lookup(heir, attribute)) is key:
                    for path in self._index.class_names(heir):
                        yield f"{path}.{attribute}"

    def _siblings(self, classes: Iterable[type], attribute: str, key: object) -> Iterator[str]:
        """Yield the other names that the same member has in the same *classes*."""
        others = {name for _, name in self._index.owners(key)} - {attribute}
        for each in classes:
            for other in sorted(others):
                if normal(lookup(each, other)) is key:
                    yield from self._accepted(
                        (), (f"{path}.{other}" for path in self._index.class_names(each))
                    )

    def _ordered(self, paths: Iterable[str], written: str) -> list[str]:
        last = written.rpartition(".")[2]
        return sorted(
            paths, key=lambda path: (path != written, path.rpartition(".")[2] != last, *self._rank(path))
        )

    def _receiver(self, holder: type, name: str) -> str:
        shown = name.rpartition(".")[0]
        if not self._index.owns_class(holder):
            return ""
        names = self._index.class_names(holder)
        return "" if shown in names or not names else self._ordered(names, "")[0]

    def _chosen(
        self, names: list[str], found: Found, *, hint: str, direct: frozenset[str]
    ) -> Resolution | None:
        if not names:
            return None
        best = min(names, key=lambda name: self._choice(name, hint, direct))
        return self._made(best, names, found)

    def _choice(self, name: str, hint: str, direct: frozenset[str]) -> tuple[object, ...]:
        documented = name in self._documented
        return (
            not documented,
            documented and name != hint,
            documented and name.rpartition(".")[2] != hint.rpartition(".")[2],
            self._is_inherited(name),
            name not in direct,
            *self._rank(name),
        )

    def _is_inherited(self, name: str) -> bool:
        container = next(((each, last) for each, last, _ in self._index.walk(name)), None)
        if container is None or not is_class(container[0]):
            return False
        return container[1] not in members(container[0])

    def _rank(self, name: str) -> tuple[object, ...]:
        parent, _, last = name.rpartition(".")
        module = self._index.modules.get(parent)
        listed = attributes(module).get("__all__") if module is not None else None
        return (
            not is_public(name),
            parent not in self._documented,
            not (isinstance(listed, list | tuple) and last in listed),
            name.count("."),
            len(name),
            name,
        )

    def _made(self, name: str, names: Iterable[str], found: Found, receiver: str = "") -> Resolution:
        others = dict.fromkeys(each for each in names if each != name)
        documented = [each for each in others if each in self._documented]
        rest = sorted((each for each in others if each not in self._documented), key=self._nearness(name))
        aliases = tuple(sorted([*documented, *rest[:_MOST_ALIASES]]))
        return Resolution(name, aliases, found, receiver, documented=name in self._documented)

    def _nearness(self, name: str) -> Callable[[str], tuple[object, ...]]:
        last = name.rpartition(".")[2]
        return lambda other: (other.rpartition(".")[2] != last, other.count("."), len(other), other)


def _is_offered(name: str) -> bool:
    return is_public(name) and name.rpartition(".")[2] not in _MODULE_HOOKS


def _is_pythons_own(line: list[type], attribute: str) -> bool:
    """Return whether the member comes from Python's own base classes, such as ``object.__init__``."""
    owner = next((each for each in line if attribute in members(each)), None)
    return owner is None or peek(owner, "__module__") == "builtins"

"""Which documented names mean an object."""

from collections.abc import Container, Iterable, Iterator
from collections.abc import Set as AbstractSet

from .index import Index, normal

__all__ = ["DocumentedNames"]


class DocumentedNames:
    """The documented names of a library, looked up by object.

    Names are followed to their objects in groups, by their last part and on demand: a run
    that resolves ten targets follows the names of ten groups.

    Attributes:
        names: All of them.
    """

    def __init__(self, names: AbstractSet[str], index: Index) -> None:
        self.names = names
        self._index = index
        self._by_last: dict[str, list[str]] | None = None
        self._groups: dict[str, dict[int, tuple[object, list[str]]]] = {}

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def __bool__(self) -> bool:
        return bool(self.names)

    def forget(self) -> None:
        """Follow the names anew: the index has grown."""
        self._groups.clear()

    def of(self, target: object, attributes: Iterable[str], paths: Container[str] = ()) -> list[str]:
        """Return the documented names of *target* that end in one of *attributes*, sorted.

        Args:
            paths: Names that are known to lead to *target*, and need not be followed.
        """
        found: list[str] = []
        if self.names:
            for last in attributes:
                group = self._groups.get(last)
                if group is None:
                    names = self._lasts().get(last, ())
                    if all(name in paths for name in names):
                        found += names
                        continue
                    group = self._group(last)
                known = group.get(id(target))
                if known is not None and known[0] is target:
                    found += known[1]
        return sorted(found) if len(found) > 1 else found

    def alike(self, name: str) -> list[str]:
        """Return the documented names that end like *name* or begin like it."""
        parent, _, last = name.rpartition(".")
        return sorted(
            {
                *self._lasts().get(last, ()),
                *(each for each in self.names if each.rpartition(".")[0] == parent),
            }
        )

    def anywhere(self, target: object) -> list[str]:
        """Return all documented names of *target*, sorted: slow, for whatever else is known of it."""
        return self.of(target, self._lasts())

    def _lasts(self) -> dict[str, list[str]]:
        if self._by_last is None:
            self._by_last = {}
            for name in self.names:
                self._by_last.setdefault(name.rpartition(".")[2], []).append(name)
        return self._by_last

    def _group(self, last: str) -> dict[int, tuple[object, list[str]]]:
        group: dict[int, tuple[object, list[str]]] = {}
        for name in self._lasts().get(last, ()):
            for target in self._follow(name):
                group.setdefault(id(target), (target, []))[1].append(name)
        self._groups[last] = group
        return group

    def _follow(self, name: str) -> Iterator[object]:
        for _, _, raw in self._index.walk(name):
            target = normal(raw)
            yield target
            inner = self._index.inside(target)
            if inner is not target:
                yield inner
            return

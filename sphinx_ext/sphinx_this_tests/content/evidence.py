"""From a documented name to the evidence that the registry has for it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import cached_property

from this_tests import Evidence, Registry
from this_tests.support import strongest

from ..doctree.api_objects import ApiObject, ApiObjects

__all__ = ["MEMBERS", "Amend", "Join", "Joined", "Origins"]

Amend = Callable[[ApiObject, list[Evidence]], None]
Origins = Callable[[str], Sequence[str]]

MEMBERS = frozenset({"method", "classmethod", "staticmethod", "property", "attribute"})


@dataclass(frozen=True)
class Joined:
    """The evidence for a documented object.

    Attributes:
        evidence: At most one for each test, the strongest.
        inherited: The name of the base class's member that the tests are for, where the
            documented one is inherited; else empty.
        value: The name of what an attribute is, where the tests are for that; else empty.
        members: How many tests exercise members of the class.
        observed: How many tests were seen to execute the object, at least; the registry names
            only the most telling of them. `direct` of them called it themselves.
    """

    evidence: tuple[Evidence, ...] = ()
    inherited: str = ""
    value: str = ""
    members: int = 0
    observed: int = 0
    direct: int = 0

    @property
    def total(self) -> int:
        """How many tests there are, at least."""
        return max(self.observed, len(self.evidence))


@dataclass(frozen=True)
class Join:
    """Joins names of the docs and names of the registry.

    Attributes:
        amend: What other extensions change in the evidence for an object.
        origins: Returns the names that a documented one comes from, as the library's source tells;
            asked only for what is known by no other name, and that nothing but a page tells of.
    """

    registry: Registry
    names: ApiObjects
    amend: Amend | None = None
    origins: Origins = lambda _: ()
    _sought: dict[str, Sequence[str]] = field(default_factory=dict, repr=False)

    def evidence_for(self, documented: ApiObject) -> Joined:
        """Return the evidence for an object, as other extensions leave it."""
        joined = self._found(documented)
        if self.amend is None:
            return joined
        evidence = list(joined.evidence)
        self.amend(documented, evidence)
        if tuple(evidence) == joined.evidence:
            return joined
        # How many tests the registry does not name would pass their test is not known.
        return replace(joined, evidence=strongest(evidence), observed=0, direct=0)

    def _found(self, documented: ApiObject) -> Joined:
        """Return the evidence under the object's own name, or the first other that has some.

        The order is: the documented name, with the registry's aliases; the names that
        ``:canonical:`` gives; the name under which autodoc found the object defined; for a
        member, the other names of its class; and what the library's source tells.
        """
        name = documented.name
        found = self._first(self._names_of(name)) or self._first(self._origins_of(name))
        if found is None:
            return Joined(members=len(self._members_of(documented)))
        joined, evidence = found
        seen = [self.registry.callables[name].observed for name in self.registry.names(joined)]
        other = self._other(documented, evidence)
        is_value = documented.objtype == "attribute" and _last(other) != _last(name)
        return Joined(
            evidence=strongest(evidence),
            inherited="" if is_value else other,
            value=other if is_value else "",
            members=len(self._members_of(documented)),
            observed=max((each.tests for each in seen), default=0),
            direct=max((each.direct for each in seen), default=0),
        )

    def _first(self, names: Iterable[str]) -> tuple[str, tuple[Evidence, ...]] | None:
        """Return the first of *names* that has evidence, with it."""
        for each in names:
            if found := self.registry.evidence(each):
                return each, found
        return None

    def undocumented(self) -> list[str]:
        """Return the callables that tests declare and no page describes under any name, sorted.

        What was merely seen or inferred says nothing of the docs: tests execute a library's inner parts.
        """
        documented = self.names.others
        missing = self._unknown_to({name for each in documented for name in self._names_of(each)})
        if not missing:
            return []
        rest = [each for each in documented if not any(map(self.registry.names, self._names_of(each)))]
        told = self._unknown_to({name for each in rest for name in self._origins_of(each)})
        return [name for name in missing if name in told]

    def _unknown_to(self, names: AbstractSet[str]) -> list[str]:
        """Return the declared callables that have none of *names*, sorted."""
        return [
            name
            for name, entry in sorted(self.registry.callables.items())
            if entry.declared and name not in names and names.isdisjoint(entry.aliases)
        ]

    def links_of(self, test: str) -> int:
        """Return how many callables a test is linked to."""
        return self._counts.get(test, 0)

    def _names_of(self, name: str) -> Iterator[str]:
        yield name
        yield from self.names.others.get(name, ())
        owner, _, member = name.rpartition(".")
        for each in (*self.registry.names(owner), *self._classes_of(owner)):
            yield f"{each}.{member}"

    def _classes_of(self, path: str) -> Iterator[str]:
        """Yield the other names of the class at *path* that the docs tell of."""
        yield from self.names.others.get(path, ())
        if path in self.names.owners:
            yield self.names.owners[path]

    def _origins_of(self, name: str) -> Sequence[str]:
        """Return what the library's source tells of a name, which is read for it."""
        if name not in self._sought:
            found = () if name in self.names.live else self.origins(name)
            self._sought[name] = [other for each in found for other in self._names_of(each)]
        return self._sought[name]

    def _other(self, documented: ApiObject, evidence: Iterable[Evidence]) -> str:
        """Return what the evidence is for, where all of it is for no member of the documented one's class."""
        if documented.objtype not in MEMBERS:
            return ""
        owner = _owner(documented.name)
        names = sorted({each.name for each in evidence})
        if any(_owner(name) == owner for name in names):
            return ""
        # `Other = Base` makes no heir.
        path = documented.name.rpartition(".")[0]
        known = {each.rpartition(".")[0] for each in (*names, *self.names.others.get(documented.name, ()))}
        if not known.isdisjoint({path, *self._classes_of(path), *self.registry.names(path)}):
            return ""
        others = self._origins_of(path) if documented.name in self._sought else ()
        same = {each.rpartition(".")[2] for each in (*others, *self._classes_of(path))}
        return "" if any(_owner(name) in same for name in names) else names[0]

    def _members_of(self, documented: ApiObject) -> frozenset[str]:
        if documented.objtype not in {"class", "exception"}:
            return frozenset()
        name = documented.name
        names = {name, *self.names.others.get(name, ()), *self.registry.names(name)}
        if names.isdisjoint(self._members):
            names.update(
                known for each in self._origins_of(name) for known in (each, *self.registry.names(each))
            )
        return frozenset().union(*(self._members.get(each, frozenset()) for each in names))

    @cached_property
    def _members(self) -> Mapping[str, frozenset[str]]:
        """The tests of a class's members, by the class's name."""
        found: dict[str, set[str]] = {}
        for name, entry in self.registry.callables.items():
            for each in (name, *entry.aliases):
                found.setdefault(each.rpartition(".")[0], set()).update(entry.tests())
        return {name: frozenset(tests) for name, tests in found.items()}

    @cached_property
    def _counts(self) -> Mapping[str, int]:
        counts: dict[str, int] = {}
        for entry in self.registry.callables.values():
            for test in entry.tests():
                counts[test] = counts.get(test, 0) + 1
        return counts


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _owner(name: str) -> str:
    # A class that is re-exported is the same class, so modules do not matter.
    return name.rpartition(".")[0].rpartition(".")[2]

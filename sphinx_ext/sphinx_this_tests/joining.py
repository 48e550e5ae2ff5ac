"""From a documented name to the evidence that the registry has for it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from this_tests import Evidence, Registry

from .documented import Documented, Names

__all__ = ["Join", "Joined"]

_MEMBERS = frozenset({"method", "classmethod", "staticmethod", "property", "attribute"})


@dataclass(frozen=True)
class Joined:
    """The evidence for a documented object.

    Attributes:
        evidence: At most one for each test, the strongest.
        inherited: The name of the base class's member that the tests are for, where the
            documented one is inherited; else empty.
        members: How many tests exercise members of the class.
    """

    evidence: tuple[Evidence, ...] = ()
    inherited: str = ""
    members: int = 0


@dataclass(frozen=True)
class Join:
    """Joins names of the docs and names of the registry."""

    registry: Registry
    names: Names

    def evidence_for(self, documented: Documented) -> Joined:
        """Return the evidence for an object: under its own name, or the first other that has some.

        The order is: the documented name, with the registry's aliases; the names that
        ``:canonical:`` gives; the name under which autodoc found the object defined; and for
        a member, the other names of its class.
        """
        for each in self._names_of(documented.name):
            if found := self.registry.evidence(each):
                inherited = _inherited(documented, found)
                return Joined(_strongest(found), inherited, len(self._members_of(documented)))
        return Joined(members=len(self._members_of(documented)))

    def undocumented(self) -> list[str]:
        """Return the registry's callables that no page describes under any name, sorted."""
        known = {name for documented in self.names.others for name in self._names_of(documented)}
        return [
            name
            for name, entry in sorted(self.registry.callables.items())
            if entry and name not in known and known.isdisjoint(entry.aliases)
        ]

    def links_of(self, test: str) -> int:
        """Return how many callables a test is linked to."""
        return self._counts.get(test, 0)

    def _names_of(self, name: str) -> Iterator[str]:
        yield name
        yield from self.names.others.get(name, ())
        owner, _, member = name.rpartition(".")
        for each in (*self.registry.names(owner), *self.names.others.get(owner, ())):
            yield f"{each}.{member}"

    def _members_of(self, documented: Documented) -> frozenset[str]:
        if documented.objtype not in {"class", "exception"}:
            return frozenset()
        name = documented.name
        names = {name, *self.names.others.get(name, ()), *self.registry.names(name)}
        return frozenset().union(*(self._members.get(each, frozenset()) for each in names))

    @cached_property
    def _members(self) -> Mapping[str, frozenset[str]]:
        """The tests of a class's members, by the class's name."""
        found: dict[str, set[str]] = {}
        for name, entry in self.registry.callables.items():
            tests = {*entry.declared, *entry.observed, *entry.inferred}
            for each in (name, *entry.aliases):
                found.setdefault(each.rpartition(".")[0], set()).update(tests)
        return {name: frozenset(tests) for name, tests in found.items()}

    @cached_property
    def _counts(self) -> Mapping[str, int]:
        counts: dict[str, int] = {}
        for entry in self.registry.callables.values():
            for test in {*entry.declared, *entry.observed, *entry.inferred}:
                counts[test] = counts.get(test, 0) + 1
        return counts


def _strongest(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    # The registry gives declared evidence first, then observed, then inferred.
    by_test: dict[str, Evidence] = {}
    for each in evidence:
        by_test.setdefault(each.test, each)
    return tuple(by_test.values())


def _inherited(documented: Documented, evidence: Iterable[Evidence]) -> str:
    """Return the base class's member, where all evidence is for a member of another class."""
    if documented.objtype not in _MEMBERS:
        return ""
    owner = _owner(documented.name)
    names = sorted({each.name for each in evidence})
    return names[0] if all(_owner(name) != owner for name in names) else ""


def _owner(name: str) -> str:
    # A class that is re-exported is the same class, so modules do not matter.
    return name.rpartition(".")[0].rpartition(".")[2]

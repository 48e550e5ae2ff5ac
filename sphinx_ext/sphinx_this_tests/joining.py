"""From a documented name to the evidence that the registry has for it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from this_tests import Evidence, Registry

from .documented import Documented, Names

__all__ = ["Amend", "Join", "Joined"]

Amend = Callable[[Documented, list[Evidence]], None]

_MEMBERS = frozenset({"method", "classmethod", "staticmethod", "property", "attribute"})


@dataclass(frozen=True)
class Joined:
    """The evidence for a documented object.

    Attributes:
        evidence: At most one for each test, the strongest.
        inherited: The name of the base class's member that the tests are for, where the
            documented one is inherited; else empty.
        members: How many tests exercise members of the class.
        observed: How many tests were seen to execute the object, at least; the registry names
            only the most telling of them. `direct` of them called it themselves.
    """

    evidence: tuple[Evidence, ...] = ()
    inherited: str = ""
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
    """

    registry: Registry
    names: Names
    amend: Amend | None = None

    def evidence_for(self, documented: Documented) -> Joined:
        """Return the evidence for an object, as other extensions leave it."""
        joined = self._found(documented)
        if self.amend is None:
            return joined
        evidence = list(joined.evidence)
        self.amend(documented, evidence)
        if tuple(evidence) == joined.evidence:
            return joined
        # How many tests the registry does not name would pass their test is not known.
        return replace(joined, evidence=_strongest(evidence), observed=0, direct=0)

    def _found(self, documented: Documented) -> Joined:
        """Return the evidence under the object's own name, or the first other that has some.

        The order is: the documented name, with the registry's aliases; the names that
        ``:canonical:`` gives; the name under which autodoc found the object defined; and for
        a member, the other names of its class.
        """
        for each in self._names_of(documented.name):
            if found := self.registry.evidence(each):
                seen = [self.registry.callables[name].observed for name in self.registry.names(each)]
                return Joined(
                    evidence=_strongest(found),
                    inherited=_inherited(documented, found),
                    members=len(self._members_of(documented)),
                    observed=max((each.tests for each in seen), default=0),
                    direct=max((each.direct for each in seen), default=0),
                )
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

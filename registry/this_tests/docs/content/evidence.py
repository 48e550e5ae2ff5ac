"""Evidence for documented objects, looked up in the registry by all their names."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import cached_property

from ...observations.executed import Executed
from ...registry.model import Evidence, Link, Registry, Test
from ...registry.query import strongest
from ..api_objects import ApiObject, ApiObjects

__all__ = ["MEMBERS", "Amend", "Join", "Joined"]

Amend = Callable[[ApiObject, list[Evidence]], None]

MEMBERS = frozenset({"method", "classmethod", "staticmethod", "property", "attribute"})
# What has no code that a test could execute.
_NEVER_EXECUTED = frozenset({"attribute", "class", "data", "exception", "module", "type"})
# The number of tests that a section may show of what the registry does not have.
_LISTED = 5
_CLASSES = frozenset({"class", "exception"})


def _nothing_executed() -> Executed:
    return Executed((), {})


@dataclass(frozen=True)
class Joined:
    """The evidence for a documented object.

    Attributes:
        evidence: At most one for each test, the strongest.
        inherited: The name of the base class's member that the tests are for, if the documented one
            is inherited; else empty.
        value: The name of an attribute's value, if the tests are for that; else empty.
        members: How many tests exercise members of the class.
        others: The further tests that executed the object in observed runs, as far as they are known, and
            whether they called it directly: the registry lists only the most relevant ones.
        observed: How many tests executed it; `direct` of them called it directly.
        more: Whether further tests executed it, in an unknown number: an exported file has no numbers.
        proven: The tests that are proven to fail without it, also those that are no evidence any more.
    """

    evidence: tuple[Evidence, ...] = ()
    inherited: str = ""
    value: str = ""
    members: int = 0
    others: Mapping[str, bool] = field(default_factory=dict, repr=False)
    observed: int = 0
    direct: int = 0
    more: bool = False
    proven: frozenset[str] = frozenset()

    @property
    def total(self) -> int:
        """How many tests there are, as far as is known."""
        return max(self.observed, self.known)

    @property
    def proven_tests(self) -> frozenset[str]:
        """Those of the tests known by name that are proven to fail without it."""
        tests = {item.test for item in self.evidence}
        return frozenset(test for test in self.proven if test in tests or test in self.others)

    @property
    def known(self) -> int:
        """How many of them are known by name."""
        return len(self.evidence) + len(self.others)


@dataclass(frozen=True)
class Join:
    """Matches documented names with names in the registry.

    Attributes:
        registry: The registry; its `origins` are asked, too, for the names in the library's source.
        amend: Lets other extensions change the evidence for an object.
        lineage: Returns the names of a class and of those that it inherits from, as far as the library's
            source tells them; none for what is no class there.
        observable: Returns whether the library's source defines, under the first of some names that it has,
            what an observed run is certain to see.
        proven: Returns the tests that are proven to fail without a callable, by its name in the registry.
        executed: Returns all tests that executed each function. They are read when it is called, which is
            slow, and only if the registry does not list all tests.
    """

    registry: Registry
    names: ApiObjects
    amend: Amend | None = None
    lineage: Callable[[str], Iterable[str]] = lambda _: ()
    executed: Callable[[], Executed] = _nothing_executed
    observable: Callable[[Iterable[str]], bool] = lambda _: True
    proven: Callable[[str], Collection[str]] = lambda _: ()
    _sought: dict[str, Sequence[str]] = field(default_factory=dict, repr=False)
    _lines: dict[str, AbstractSet[str]] = field(default_factory=dict, repr=False)
    _counts_of_members: dict[str, int] = field(default_factory=dict, repr=False)

    def evidence_for(self, documented: ApiObject) -> Joined:
        """Return the evidence for an object, after changes by other extensions."""
        joined = self._found(documented)
        if self.amend is None:
            return joined
        evidence = list(joined.evidence)
        self.amend(documented, evidence)
        if tuple(evidence) == joined.evidence:
            return joined
        # Whether they would keep the tests that the registry counts but does not list is unknown.
        return replace(joined, evidence=strongest(evidence), others={}, observed=0, direct=0, more=False)

    def _found(self, documented: ApiObject) -> Joined:
        """Return the evidence under the object's own name, or under the first other name that has any.

        The order is: the documented name, or another one of the same definition; the names that
        ``:canonical:`` gives; the name under which autodoc found the object defined; for a
        member, the other names of its class; and the names in the library's source that it comes
        from.
        """
        name = documented.name
        found = self._first(self._names_of(name)) or self._first(self._origins_of(name))
        if found is None:
            return self._by_definition(documented)
        joined, evidence = found
        names = self.registry.names(joined)
        seen = [self.registry.callables[name].observed for name in names]
        other = self._other(documented, evidence)
        is_value = documented.objtype == "attribute" and _last(other) != _last(name)
        others = self._others_than(evidence, names)
        proven = frozenset(test for name in names for test in self.proven(name))
        # The registry does not list them, because it does not know of proofs.
        added = sorted(proven & others.keys(), key=lambda test: (not others[test], self.links_of(test), test))
        further = [self._observed(names[0], test, direct=others[test]) for test in added[:_LISTED]]
        for item in further:
            del others[item.test]
        return Joined(
            evidence=(*strongest(evidence), *further),
            inherited="" if is_value else other,
            value=other if is_value else "",
            members=self._tests_of_members(documented),
            others=others,
            observed=max((counts.tests for counts in seen), default=0),
            direct=max((counts.direct for counts in seen), default=0),
            more=any(counts.more for counts in seen),
            proven=proven,
        )

    def _by_definition(self, documented: ApiObject) -> Joined:
        """Return the observed tests of what has no public name, such as a private method in the docs."""
        joined = Joined(members=self._tests_of_members(documented))
        if not self.is_observed or documented.objtype in _NEVER_EXECUTED:
            return joined
        names = dict.fromkeys((*self._names_of(documented.name), *self._origins_of(documented.name)))
        tests = ((name, self.executed().of_definition(name)) for name in names)
        name, executing = next((found for found in tests if found[1]), ("", {}))
        if not name:
            return joined
        proven = frozenset(self.proven(name)) & executing.keys()
        order = sorted(
            executing,
            key=lambda test: (not executing[test], test not in proven, self.links_of(test), test),
        )
        listed = order[:_LISTED]
        evidence = [self._observed(name, test, direct=executing[test]) for test in listed]
        return replace(
            joined,
            evidence=tuple(evidence),
            inherited=self._other(documented, evidence),
            others={test: direct for test, direct in executing.items() if test not in listed},
            observed=len(executing),
            direct=sum(executing.values()),
            proven=proven,
        )

    def _observed(self, name: str, test: str, *, direct: bool) -> Evidence:
        known = self.registry.tests.get(test, Test())
        return Evidence(name, "observed", test, Link(direct=direct), known.outcome, known.markers)

    @cached_property
    def is_observed(self) -> bool:
        """Whether any test was observed: otherwise all is what tests declare."""
        return any(entry.observed for entry in self.registry.callables.values())

    def is_certain(self, documented: ApiObject) -> bool:
        """Return whether a test that executed the object would have been seen."""
        name = documented.name
        return self.observable((name, *self.names.others.get(name, ()), *self.registry.origins(name)))

    def _others_than(self, evidence: Iterable[Evidence], names: Iterable[str]) -> dict[str, bool]:
        """Return the tests that executed the callables *names*, besides those of the *evidence*."""
        known = {item.test for item in evidence}
        found: dict[str, bool] = {}
        for name in names:
            for test, direct in self.executing(name).items():
                if test not in known:
                    found[test] = found.get(test, False) or direct
        return found

    def executing(self, name: str) -> Mapping[str, bool]:
        """Return the tests that executed the callable *name* in the registry, unless it lists all of them."""
        observed = self.registry.callables[name].observed
        return self.executed().of(name) if observed.tests > len(observed.examples) else {}

    @cached_property
    def is_whole(self) -> bool:
        """Whether all tests are known that executed any callable in the registry."""
        observed = ((name, entry.observed) for name, entry in self.registry.callables.items())
        return not any(
            counts.more or counts.tests > max(len(counts.examples), len(self.executing(name)))
            for name, counts in observed
        )

    @cached_property
    def tests(self) -> frozenset[str]:
        """All tests that are known to exercise anything."""
        parts = (entry.observed for entry in self.registry.callables.values())
        is_listed = all(counts.tests <= len(counts.examples) for counts in parts)
        return self.registry.linked_tests() | (frozenset() if is_listed else self.executed().tests())

    def _first(self, names: Iterable[str]) -> tuple[str, tuple[Evidence, ...]] | None:
        """Return the first of *names* that has evidence, with it."""
        for name in names:
            if found := self.registry.evidence(name):
                return name, found
        return None

    def undocumented(self) -> list[str]:
        """Return the callables that tests declare and no page describes under any name, sorted.

        Observed and inferred evidence does not count: tests also execute a library's internals.
        """
        documented = self.names.others
        names = {name for path in documented for name in self._names_of(path)}
        if not self._unknown_to(names):
            return []
        names.update(name for path in documented for name in self._origins_of(path))
        return self._unknown_to(names)

    def _unknown_to(self, names: AbstractSet[str]) -> list[str]:
        """Return the declared callables that have none of *names*, sorted."""
        return [
            name
            for name, entry in sorted(self.registry.callables.items())
            if entry.declared and name not in names and names.isdisjoint(self.registry.origins(name))
        ]

    def links_of(self, test: str) -> int:
        """Return how many callables a test is linked to."""
        return self._counts.get(test, 0)

    def aliases(self, names: Iterable[str]) -> list[str]:
        """Return the documented names of what is defined under one of *names*."""
        return [alias for name in names for alias in self._documented.get(name, ())]

    def namesakes(self, names: Sequence[str]) -> frozenset[str]:
        """Return the other callables in the registry that have the last name of one of *names*."""
        lasts = sorted({_last(name) for name in names})
        return frozenset().union(*(self._by_last.get(last, frozenset()) for last in lasts)).difference(names)

    def may_call(self, test: str, name: str) -> bool:
        """Return whether a test calls the callable *name* of the registry itself, or may do so.

        The registry lists only some of the tests that do.
        """
        entry = self.registry.callables[name]
        if test in entry.declared:
            return True
        if test in entry.observed.examples:
            return entry.observed.examples[test].direct
        listed = sum(link.direct for link in entry.observed.examples.values())
        return entry.observed.more or entry.observed.direct > listed

    def _names_of(self, name: str) -> Iterator[str]:
        yield name
        yield from self.names.others.get(name, ())
        owner, _, member = name.rpartition(".")
        for path in (*self.registry.names(owner), *self._classes_of(owner)):
            yield f"{path}.{member}"

    def _classes_of(self, path: str) -> Iterator[str]:
        """Yield the other names of the class at *path* in the docs."""
        yield from self.names.others.get(path, ())
        if path in self.names.owners:
            yield self.names.owners[path]

    def _origins_of(self, name: str) -> Sequence[str]:
        """Return the names that *name* comes from according to the library's source, which is read for it."""
        if name not in self._sought:
            found = () if name in self.names.live else self.registry.origins(name)
            self._sought[name] = [other for origin in found for other in self._names_of(origin)]
        return self._sought[name]

    def _other(self, documented: ApiObject, evidence: Iterable[Evidence]) -> str:
        """Return the name that the evidence is for, if none of it is for a member of the documented class."""
        if documented.objtype not in MEMBERS:
            return ""
        owner = _owner(documented.name)
        names = sorted({item.name for item in evidence})
        if any(_owner(name) == owner for name in names):
            return ""
        # `Other = Base` makes no subclass.
        path = documented.name.rpartition(".")[0]
        known = {other.rpartition(".")[0] for other in (*names, *self.names.others.get(documented.name, ()))}
        same = {path, *self._classes_of(path), *self.registry.names(path)}
        if not self._with_origins(known).isdisjoint(self._with_origins(same)):
            return ""
        others = self._origins_of(path) if documented.name in self._sought else ()
        same_names = {_last(other) for other in (*others, *self._classes_of(path))}
        return "" if any(_owner(name) in same_names for name in names) else names[0]

    def _with_origins(self, names: Iterable[str]) -> AbstractSet[str]:
        """Return *names*, and those that they come from in the library's source."""
        return {known for name in names for known in (name, *self.registry.origins(name))}

    def _tests_of_members(self, documented: ApiObject) -> int:
        """Return how many tests a class's members have."""
        if documented.objtype not in _CLASSES:
            return 0
        if documented.name not in self._counts_of_members:
            self._counts_of_members[documented.name] = len(self._members_of(documented))
        return self._counts_of_members[documented.name]

    def _members_of(self, documented: ApiObject) -> frozenset[str]:
        """Return the tests of a class's members: of those that it defines or inherits, not of values."""
        name = documented.name
        names = self._with_origins({name, *self.names.others.get(name, ()), *self.registry.names(name)})
        shown = map(self._found, self._described_members.get(name, ()))
        inherited = (
            test
            for joined in shown
            if joined.inherited
            for test in (*(item.test for item in joined.evidence), *joined.others)
        )
        return frozenset(inherited).union(*(self._members.get(known, frozenset()) for known in names))

    @cached_property
    def _described_members(self) -> Mapping[str, list[ApiObject]]:
        """The members that pages describe, by the class's documented name."""
        found: dict[str, dict[str, ApiObject]] = {}
        for objects in self.names.pages.values():
            for documented in objects:
                if documented.objtype in MEMBERS:
                    owner = documented.name.rpartition(".")[0]
                    found.setdefault(owner, {}).setdefault(documented.name, documented)
        return {owner: list(members.values()) for owner, members in found.items()}

    @cached_property
    def _members(self) -> Mapping[str, frozenset[str]]:
        """The tests of a class's members, by the class's name in the registry, and where it is defined."""
        by_owner: dict[str, set[str]] = {}
        for name, entry in self.registry.callables.items():
            owner = name.rpartition(".")[0]
            if self._is_member(name, owner):
                by_owner.setdefault(owner, set()).update(entry.tests(), self.executing(name))
        found: dict[str, set[str]] = {}
        for owner, tests in by_owner.items():
            for known in (owner, *self.registry.origins(owner)):
                found.setdefault(known, set()).update(tests)
        return {name: frozenset(tests) for name, tests in found.items()}

    def _is_member(self, name: str, owner: str) -> bool:
        """Return whether the class *owner* defines or inherits what *name* is, and not only refers to it.

        ``context_class = Context`` makes no member of the class `Context`, which is defined elsewhere.
        """
        if origins := self.registry.origins(name):
            return not self._owners_of(owner).isdisjoint(other.rpartition(".")[0] for other in origins)
        # The source may not tell; autodoc knows under which name the object is defined.
        known = self.names.others.get(name, ())
        return not known or any(_last(other) == _last(name) for other in known)

    def _owners_of(self, owner: str) -> AbstractSet[str]:
        """Return all names of a class, and of those that it inherits from."""
        if owner not in self._lines:
            lines = {known for path in (owner, *self._classes_of(owner)) for known in self.lineage(path)}
            self._lines[owner] = self._with_origins({owner, *self._classes_of(owner), *lines})
        return self._lines[owner]

    @cached_property
    def _documented(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name, others in self.names.others.items():
            for other in others:
                found.setdefault(other, []).append(name)
        return found

    @cached_property
    def _by_last(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for name in self.registry.callables:
            found.setdefault(_last(name), set()).add(name)
        return {last: frozenset(names) for last, names in found.items()}

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

"""The registry as data: callables, the tests linked to them, and how they are linked.

Values are frozen and their mappings are never changed in place; `merge` and the queries
return new ones and do not access the disk, except for `Registry.origins`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Annotated, Final, Literal, TypeVar

import msgspec
from msgspec.structs import replace

from .relevance import CallableName, TestName, name_relevance

__all__ = [
    "KINDS",
    "LISTED",
    "STANDINGS",
    "Entry",
    "Evidence",
    "Found",
    "Kind",
    "Link",
    "Observed",
    "Origins",
    "Outcome",
    "Registry",
    "Standing",
    "Test",
    "merge",
    "merge_links",
    "most_relevant",
    "test_file",
]

Kind = Literal["declared", "observed", "inferred"]
Standing = Literal["declared", "direct", "indirect", "inferred"]
Found = Literal["reference", "string", "receiver", "unwrapped", "instance"]
Outcome = Literal["passed", "xfailed", "failed"]

KINDS: tuple[Kind, ...] = ("declared", "observed", "inferred")
STANDINGS: tuple[Standing, ...] = ("declared", "direct", "indirect", "inferred")
_FOUND: tuple[Found, ...] = ("reference", "string", "receiver", "unwrapped", "instance")
_OUTCOMES: tuple[Outcome, ...] = ("passed", "xfailed", "failed")

_T = TypeVar("_T")

# Files are not trusted: a number of 400 digits, or a negative one, is no number of tests.
_Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]

# The number of tests that are listed of those that executed a callable.
LISTED: Final = 12


Origins = Callable[[str], Sequence[str]]


def _no_origins(_: str) -> tuple[str, ...]:
    return ()


def test_file(node_id: str) -> str:
    """Return the file part of a node id, relative to pytest's rootdir, with ``/``."""
    return node_id.partition("::")[0]


class Link(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """A link between a test and a callable.

    Attributes:
        via: How the test named the callable: by ``"reference"``, a ``"string"``, a ``"receiver"`` (a bound
            method), ``"unwrapped"`` (through a wrapper), or an ``"instance"`` of the class.
        receiver: The class that the test used, if it is not the one in the callable's name.
        direct: For an observed link, whether the test's own code called the callable: its body,
            its fixtures, or helpers in test files.
        callables_executed: For an observed link, the number of callables that the test executed,
            rounded up to a power of two.
    """

    via: Found = "reference"
    receiver: str = ""
    direct: bool = False
    callables_executed: _Count = 0


class Observed(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The tests that were observed to execute a callable: their number, and the most relevant ones.

    Attributes:
        tests: The number of tests that executed it.
        direct: The number of those that called it from their own code.
        examples: The links to the most relevant ones, by node id.
        more: Whether further tests executed it whose number is unknown, as in an exported file.
    """

    tests: _Count = 0
    direct: _Count = 0
    examples: Mapping[str, Link] = {}
    more: bool = False

    def __bool__(self) -> bool:
        return bool(self.examples)


class Entry(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The registry's entry for a callable: the links to its tests.

    Attributes:
        declared: The declared links, by node id.
        observed: The observed links.
        inferred: The inferred links, by node id.
    """

    declared: Mapping[str, Link] = {}
    observed: Observed = Observed()
    inferred: Mapping[str, Link] = {}

    def links(self, kind: Kind) -> Mapping[str, Link]:
        """Return the links of one kind of evidence, by node id; of observed ones, the most relevant."""
        found: Mapping[str, Link] | Observed = getattr(self, kind)
        return found.examples if isinstance(found, Observed) else found

    def tests(self) -> frozenset[str]:
        """Return the node ids of all linked tests."""
        return frozenset().union(*map(self.links, KINDS))

    def __bool__(self) -> bool:
        return any(self.links(kind) for kind in KINDS)


class Test(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """The outcome and the markers of a linked test.

    A test that passed and has no markers is not stored.

    Attributes:
        outcome: ``"passed"``, ``"xfailed"`` or ``"failed"``.
        markers: Its markers that the setting ``markers`` lists, sorted.
    """

    # Keeps pytest from collecting the class because of its name.
    __test__ = False

    outcome: Outcome = "passed"
    markers: tuple[str, ...] = ()


class Evidence(msgspec.Struct, frozen=True):
    """The evidence that a test exercises a callable.

    Attributes:
        name: The canonical name of the callable.
        kind: ``"declared"``, ``"observed"`` or ``"inferred"``.
        test: The node id of the test, without the brackets of parametrised cases.
        link: The link between the two.
        outcome: The outcome of the test: ``"passed"``, ``"xfailed"`` or ``"failed"``.
        markers: The test's markers that the setting ``markers`` lists, sorted.
    """

    name: str
    kind: Kind
    test: str
    link: Link
    outcome: Outcome
    markers: tuple[str, ...]

    @property
    def standing(self) -> Standing:
        """The strength of the evidence: ``declared``, ``direct``, ``indirect`` or ``inferred``."""
        if self.kind == "observed":
            return "direct" if self.link.direct else "indirect"
        return self.kind


class Registry(msgspec.Struct, frozen=True, dict=True, eq=False):  # noqa: PLW1641  # mappings have no hash
    """What is known of a project: which tests exercise which callables.

    Attributes:
        callables: The entries, by the callable's canonical name.
        tests: The tests with markers or an outcome other than ``"passed"``, by node id.
        origins: Returns the names that a name is re-exported or inherited from, the nearest first; used
            to find entries by their other names. It may read the library's source.
    """

    callables: Mapping[str, Entry] = {}
    tests: Mapping[str, Test] = {}
    origins: Origins = _no_origins

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Registry):
            return NotImplemented
        return self.callables == other.callables and self.tests == other.tests

    def __ne__(self, other: object) -> bool:
        # The base class has one of its own, which compares identities.
        return not self == other

    def __repr__(self) -> str:
        return f"{type(self).__name__}(callables={self.callables!r}, tests={self.tests!r})"

    def names(self, name: str) -> tuple[str, ...]:
        """Return the canonical names for *name*: itself, or those of the same definition, sorted."""
        if name in self.callables:
            return (name,)
        if name not in self._found:
            self._found[name] = tuple(sorted(self._same_definition(name)))
        return self._found[name]

    def evidence(self, name: str) -> tuple[Evidence, ...]:
        """Return the evidence for a callable, given by its canonical name or any other name of it.

        Declared evidence comes first, then observed, then inferred; within a kind the order
        is that of the node ids. There is none for a name that the registry does not have.
        """
        return tuple(
            self._evidence(canonical, kind, test, link)
            for kind in KINDS
            for canonical in self.names(name)
            for test, link in sorted(self.callables[canonical].links(kind).items())
        )

    def number_of_tests(self, name: str) -> int:
        """Return the number of tests that exercise a callable.

        It includes tests that executed the callable and are not listed.
        """
        named = {link.test for link in self.evidence(name)}
        executed = (self.callables[known].observed.tests for known in self.names(name))
        return max([len(named), *executed])

    def linked_tests(self) -> frozenset[str]:
        """Return the node ids of all linked tests."""
        return frozenset().union(*(entry.links(kind) for entry in self.callables.values() for kind in KINDS))

    def declared(self) -> "Registry":
        """Return what the tests declare, with the markers of these tests."""
        entries = {
            name: Entry(declared=entry.declared) for name, entry in self.callables.items() if entry.declared
        }
        known = {test for entry in entries.values() for test in entry.declared}
        tests = {
            test: Test(markers=info.markers)
            for test, info in self.tests.items()
            if info.markers and test in known
        }
        return replace(self, callables=entries, tests=tests)

    def _evidence(self, name: str, kind: Kind, test: str, link: Link) -> Evidence:
        known = self.tests.get(test, Test())
        return Evidence(name, kind, test, link, known.outcome, known.markers)

    def _same_definition(self, name: str) -> Iterator[str]:
        """Yield the callables that come from the same definition as *name*."""
        sources = (name, *self.origins(name))
        if found := [source for source in sources[1:] if source in self.callables]:
            yield found[0]
            return
        yield from self._by_definition.get(sources[-1], ())

    @cached_property
    def _found(self) -> dict[str, tuple[str, ...]]:
        return {}

    @cached_property
    def _by_definition(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name in self.callables:
            if origins := self.origins(name):
                found.setdefault(origins[-1], []).append(name)
        return found


def merge(*registries: Registry) -> Registry:
    """Return the union of *registries*.

    The operation is associative, commutative and idempotent, so registries of shards and machines
    can be merged in any order. If two differ on a test's outcome, the worse one is kept.
    """
    entries: dict[str, list[Entry]] = {}
    for registry in registries:
        for name, entry in registry.callables.items():
            entries.setdefault(name, []).append(entry)
    return Registry(
        origins=next((one.origins for one in registries if one.origins is not _no_origins), _no_origins),
        callables={
            name: found[0] if len(found) == 1 else _merge_entries(name, found)
            for name, found in entries.items()
        },
        tests=_united((registry.tests for registry in registries), _merge_tests),
    )


def _united(mappings: Iterable[Mapping[str, _T]], join: Callable[[_T, _T], _T]) -> dict[str, _T]:
    union: dict[str, _T] = {}
    for mapping in mappings:
        if union.keys().isdisjoint(mapping):  # As with most shards.
            union.update(mapping)
        else:
            for key, value in mapping.items():
                union[key] = join(union[key], value) if key in union else value
    return union


def _merge_entries(name: str, entries: Sequence[Entry]) -> Entry:
    # All at once: pair by pair, the links of the first shard would be copied for each further one.
    return Entry(
        declared=_united((entry.declared for entry in entries), merge_links),
        observed=_merge_observed(name, [entry.observed for entry in entries]),
        inferred=_united((entry.inferred for entry in entries), merge_links),
    )


def _merge_observed(name: str, observed: Sequence[Observed]) -> Observed:
    # Which tests were counted is not kept, so that the counts of shards are a lower bound.
    examples = most_relevant(name, _united((part.examples for part in observed), _more_relevant))
    return Observed(
        tests=max(len(examples), *(part.tests for part in observed)),
        direct=max(sum(link.direct for link in examples.values()), *(part.direct for part in observed)),
        examples=examples,
        more=any(part.more for part in observed),
    )


def most_relevant(name: str, links: Mapping[str, Link]) -> dict[str, Link]:
    """Return the most relevant *links* to the callable *name*, as many as the registry lists.

    Direct ones come first, then those of tests whose names say that they show its use, then those of tests
    that execute the fewest callables.
    """
    wanted = CallableName(name)

    def key(test: str) -> tuple[object, ...]:
        return (
            not links[test].direct,
            name_relevance(TestName(test), wanted),
            links[test].callables_executed,
            test,
        )

    return {test: links[test] for test in sorted(sorted(links, key=key)[:LISTED])}


def _more_relevant(left: Link, right: Link) -> Link:
    return min(left, right, key=lambda link: (not link.direct, link.callables_executed))


def merge_links(left: Link, right: Link) -> Link:
    """Return the stronger of two links between the same test and callable."""
    return min(left, right, key=lambda link: (_FOUND.index(link.via), link.receiver))


def _merge_tests(left: Test, right: Test) -> Test:
    return Test(
        outcome=max(left.outcome, right.outcome, key=_OUTCOMES.index),
        markers=tuple(sorted({*left.markers, *right.markers})),
    )

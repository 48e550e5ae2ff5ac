"""The registry as data: callables, the tests linked to them, and how they are linked.

Values are frozen and their mappings are never changed in place; `merge` and the queries
return new ones and do not access the disk.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Annotated, Final, Literal, TypeVar

import msgspec

__all__ = [
    "FORMAT",
    "KINDS",
    "Entry",
    "Evidence",
    "Found",
    "Kind",
    "Link",
    "Observed",
    "Outcome",
    "Registry",
    "Standing",
    "Test",
    "merge",
    "merge_links",
    "most_relevant",
    "test_file",
]

FORMAT: Final = 1

Kind = Literal["declared", "observed", "inferred"]
Standing = Literal["declared", "direct", "indirect", "inferred"]
Found = Literal["reference", "string", "receiver", "unwrapped", "instance"]
Outcome = Literal["passed", "xfailed", "failed"]

KINDS: tuple[Kind, ...] = ("declared", "observed", "inferred")
_FOUND: tuple[Found, ...] = ("reference", "string", "receiver", "unwrapped", "instance")
_OUTCOMES: tuple[Outcome, ...] = ("passed", "xfailed", "failed")

_T = TypeVar("_T")

# Files are not trusted: a number of 400 digits, or a negative one, is no number of tests.
_Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]

# The number of tests that are listed of those that executed a callable.
_LISTED: Final = 5


def test_file(node_id: str) -> str:
    """Return the file part of a node id, relative to pytest's rootdir, with ``/``."""
    return node_id.partition("::")[0]


class Link(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """A link between a test and a callable.

    Attributes:
        found: How the callable was found: ``"reference"``, ``"string"``, ``"receiver"`` (a bound
            method), ``"unwrapped"`` (through a wrapper), or ``"instance"`` (an instance of the class).
        receiver: The class that the test used, if it is not the one in the callable's name.
        direct: For an observed link, whether the test's own code called the callable: its body,
            its fixtures, or helpers in test files.
        among: For an observed link, the number of callables that the test executed, rounded up
            to a power of two.
    """

    found: Found = "reference"
    receiver: str = ""
    direct: bool = False
    among: _Count = 0


class Observed(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The tests that were observed to execute a callable: their number, and the most relevant ones.

    Attributes:
        tests: The number of tests that executed it.
        direct: The number of those that called it from their own code.
        telling: The links to the most relevant ones, by node id.
    """

    tests: _Count = 0
    direct: _Count = 0
    telling: Mapping[str, Link] = {}

    def __bool__(self) -> bool:
        return bool(self.telling)


class Entry(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The registry's entry for a callable: its aliases and the links to its tests.

    Attributes:
        aliases: The other public names of the same object, sorted.
        declared: The declared links, by node id.
        observed: The observed links.
        inferred: The inferred links, by node id.
    """

    aliases: tuple[str, ...] = ()
    declared: Mapping[str, Link] = {}
    observed: Observed = Observed()
    inferred: Mapping[str, Link] = {}

    def links(self, kind: Kind) -> Mapping[str, Link]:
        """Return the links of one kind of evidence, by node id; of observed ones, the most relevant."""
        found: Mapping[str, Link] | Observed = getattr(self, kind)
        return found.telling if isinstance(found, Observed) else found

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


class Registry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """The content of ``test_registry.json``. It is immutable.

    Attributes:
        format: The version of the file format.
        callables: The entries, by the callable's canonical name.
        tests: The tests with markers or an outcome other than ``"passed"``, by node id.
    """

    format: Literal[1] = FORMAT
    callables: Mapping[str, Entry] = {}
    tests: Mapping[str, Test] = {}

    def names(self, name: str) -> tuple[str, ...]:
        """Return the canonical names for *name*: itself, or those that it is an alias of."""
        return (name,) if name in self.callables else self._by_alias.get(name, ())

    def evidence(self, name: str) -> tuple[Evidence, ...]:
        """Return the evidence for a callable, given by its canonical name or any alias.

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
        """Return the number of tests that exercise a callable; it may be a lower bound.

        It includes tests that executed the callable and are not listed.
        """
        named = {link.test for link in self.evidence(name)}
        executed = (self.callables[known].observed.tests for known in self.names(name))
        return max([len(named), *executed])

    def linked_tests(self) -> frozenset[str]:
        """Return the node ids of all linked tests."""
        return frozenset().union(*(entry.links(kind) for entry in self.callables.values() for kind in KINDS))

    def _evidence(self, name: str, kind: Kind, test: str, link: Link) -> Evidence:
        known = self.tests.get(test, Test())
        return Evidence(name, kind, test, link, known.outcome, known.markers)

    @cached_property
    def _by_alias(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for name in sorted(self.callables):
            for alias in self.callables[name].aliases:
                found[alias] = (*found.get(alias, ()), name)
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
        callables={
            name: found[0] if len(found) == 1 else _merge_entries(found) for name, found in entries.items()
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


def _merge_entries(entries: Sequence[Entry]) -> Entry:
    # All at once: pair by pair, the links of the first shard would be copied for each further one.
    return Entry(
        aliases=tuple(sorted({alias for entry in entries for alias in entry.aliases})),
        declared=_united((entry.declared for entry in entries), merge_links),
        observed=_merge_observed([entry.observed for entry in entries]),
        inferred=_united((entry.inferred for entry in entries), merge_links),
    )


def _merge_observed(observed: Sequence[Observed]) -> Observed:
    # Which tests were counted is not kept, so that the counts of shards are a lower bound.
    telling = most_relevant(_united((part.telling for part in observed), _more_relevant))
    return Observed(
        tests=max(len(telling), *(part.tests for part in observed)),
        direct=max(sum(link.direct for link in telling.values()), *(part.direct for part in observed)),
        telling=telling,
    )


def most_relevant(links: Mapping[str, Link]) -> dict[str, Link]:
    """Return the most relevant *links*: direct ones first, then those of tests that execute the fewest."""
    best = sorted(links, key=lambda test: (*_relevance(links[test]), test))[:_LISTED]
    return {test: links[test] for test in sorted(best)}


def _relevance(link: Link) -> tuple[object, ...]:
    return not link.direct, link.among


def _more_relevant(left: Link, right: Link) -> Link:
    return min(left, right, key=_relevance)


def merge_links(left: Link, right: Link) -> Link:
    """Return the stronger of two links between the same test and callable."""
    return min(left, right, key=lambda link: (_FOUND.index(link.found), link.receiver))


def _merge_tests(left: Test, right: Test) -> Test:
    return Test(
        outcome=max(left.outcome, right.outcome, key=_OUTCOMES.index),
        markers=tuple(sorted({*left.markers, *right.markers})),
    )

"""Defines the registry as data: callables, the tests linked to them, and how they are linked.

Values are frozen and their mappings are never changed in place; `merge` and the queries
make new ones and touch no disk.
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
    "most_telling",
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

# What a file says is not trusted: a number of 400 digits, or below nothing, counts no tests.
_Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]

# So many of the tests that executed a callable are kept by name.
_TELLING: Final = 5


def test_file(node_id: str) -> str:
    """Return the file part of a node id, relative to pytest's rootdir, with ``/``."""
    return node_id.partition("::")[0]


class Link(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """How one test is linked to one callable.

    Attributes:
        found: How the target led to the name: given by reference, as a string, as a bound
            method (``receiver``), through a wrapper, or as an instance of the class.
        receiver: The class that the test used, where the callable's name shows another.
        direct: Of an observed link, whether the test's own code called the callable: its body,
            its fixtures, helpers in test files.
        among: Of an observed link, how many callables the test executed, rounded up to a power
            of two: a test of few tells more, and a small change elsewhere changes no line.
    """

    found: Found = "reference"
    receiver: str = ""
    direct: bool = False
    among: _Count = 0


class Observed(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Which tests executed a callable: how many, and by name the few that tell most.

    Attributes:
        tests: How many tests executed it.
        direct: How many of them called it from their own code.
        telling: The most telling of them, by node id.
    """

    tests: _Count = 0
    direct: _Count = 0
    telling: Mapping[str, Link] = {}

    def __bool__(self) -> bool:
        return bool(self.telling)


class Entry(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One callable: its other names, and its tests by kind of evidence and node id.

    Attributes:
        aliases: Every other public name of the same object, sorted.
    """

    aliases: tuple[str, ...] = ()
    declared: Mapping[str, Link] = {}
    observed: Observed = Observed()
    inferred: Mapping[str, Link] = {}

    def links(self, kind: Kind) -> Mapping[str, Link]:
        """Return the links of one kind of evidence, by node id; of the observed the most telling."""
        found: Mapping[str, Link] | Observed = getattr(self, kind)
        return found.telling if isinstance(found, Observed) else found

    def tests(self) -> frozenset[str]:
        """Return the node ids of all tests that any link names."""
        return frozenset().union(*map(self.links, KINDS))

    def __bool__(self) -> bool:
        return any(self.links(kind) for kind in KINDS)


class Test(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """What is worth knowing of a linked test: stored only where it differs from a plain pass."""

    # Its name begins with Test because it is one; this keeps pytest from collecting it.
    __test__ = False

    outcome: Outcome = "passed"
    markers: tuple[str, ...] = ()


class Evidence(msgspec.Struct, frozen=True):
    """One answer to "which tests exercise this?".

    Attributes:
        name: The canonical name of the callable.
        test: The node id of the test, without the brackets of parametrised cases.
        markers: The test's markers that readers should know of, sorted.
    """

    name: str
    kind: Kind
    test: str
    link: Link
    outcome: Outcome
    markers: tuple[str, ...]

    @property
    def standing(self) -> Standing:
        """What the evidence is worth in a word: observed evidence is ``direct`` or ``indirect``."""
        if self.kind == "observed":
            return "direct" if self.link.direct else "indirect"
        return self.kind


class Registry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """The content of ``test_registry.json``: immutable, and always valid.

    Attributes:
        callables: Entries by the callable's canonical name.
        tests: What differs from a plain pass, by node id.
    """

    format: Literal[1] = FORMAT
    callables: Mapping[str, Entry] = {}
    tests: Mapping[str, Test] = {}

    def names(self, name: str) -> tuple[str, ...]:
        """Return the canonical names that *name* stands for: itself, or those it is an alias of."""
        return (name,) if name in self.callables else self._by_alias.get(name, ())

    def evidence(self, name: str) -> tuple[Evidence, ...]:
        """Return the evidence for a callable, given by its canonical name or any alias.

        Declared evidence comes first, then observed, then inferred; within a kind the order
        is that of the node ids. A name that the registry does not know has no evidence.
        """
        return tuple(
            self._evidence(canonical, kind, test, link)
            for kind in KINDS
            for canonical in self.names(name)
            for test, link in sorted(self.callables[canonical].links(kind).items())
        )

    def number_of_tests(self, name: str) -> int:
        """Return how many tests exercise a callable, at least: of those that executed it, few are named."""
        named = {link.test for link in self.evidence(name)}
        executed = (self.callables[known].observed.tests for known in self.names(name))
        return max([len(named), *executed])

    def linked_tests(self) -> frozenset[str]:
        """Return the node ids of all tests that any link names."""
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
    """Return the union of *registries*: what any of them knows, the result knows.

    The operation is associative, commutative and idempotent, so shards and machines merge
    in any order. Where two disagree on a test's outcome, the worse one stays.
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
        if union.keys().isdisjoint(mapping):  # As shards are, mostly.
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
    telling = most_telling(_united((part.telling for part in observed), _more_telling))
    return Observed(
        tests=max(len(telling), *(part.tests for part in observed)),
        direct=max(sum(link.direct for link in telling.values()), *(part.direct for part in observed)),
        telling=telling,
    )


def most_telling(links: Mapping[str, Link]) -> dict[str, Link]:
    """Return the few of *links* that tell most: direct before indirect, focused before sprawling."""
    best = sorted(links, key=lambda test: (*_telling(links[test]), test))[:_TELLING]
    return {test: links[test] for test in sorted(best)}


def _telling(link: Link) -> tuple[object, ...]:
    return not link.direct, link.among


def _more_telling(left: Link, right: Link) -> Link:
    return min(left, right, key=_telling)


def merge_links(left: Link, right: Link) -> Link:
    """Return the one link that two links between the same test and callable come down to."""
    return min(left, right, key=lambda link: (_FOUND.index(link.found), link.receiver))


def _merge_tests(left: Test, right: Test) -> Test:
    return Test(
        outcome=max(left.outcome, right.outcome, key=_OUTCOMES.index),
        markers=tuple(sorted({*left.markers, *right.markers})),
    )

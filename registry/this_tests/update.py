"""How one run of pytest changes a registry."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from .model import KINDS, Entry, Kind, Link, Outcome, Registry, Test, test_file

__all__ = ["Changes", "Claim", "Result", "Run", "compare", "update"]


@dataclass(frozen=True)
class Claim:
    """A link that a test declared, with the other names of its callable."""

    name: str
    link: Link
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """How a test ended, all of its parametrised cases together.

    Attributes:
        outcome: The worst of its cases' outcomes; None where all were skipped.
        cases: How many cases ran without being skipped.
        claims: What its cases declared, together.
    """

    outcome: Outcome | None
    cases: int
    claims: tuple[Claim, ...] = ()
    markers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Run:
    """What one session of pytest saw.

    Attributes:
        results: By node id.
        collected: The files that were collected as a whole and without a deselection: for
            each, how many cases each of its tests has, by node id.
    """

    results: Mapping[str, Result] = field(default_factory=dict)
    collected: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def vanished(self, node_id: str) -> bool:
        """Tell whether the test's file was collected as a whole, and the test was not in it."""
        tests = self.collected.get(test_file(node_id))
        return tests is not None and node_id not in tests

    def complete(self, node_id: str) -> bool:
        """Tell whether every case of the test ran and none failed, so that its claims are all."""
        result = self.results.get(node_id)
        cases = self.collected.get(test_file(node_id), {}).get(node_id)
        return result is not None and result.outcome in ("passed", "xfailed") and result.cases == cases


def update(registry: Registry, run: Run, exists: Callable[[str], bool]) -> Registry:
    """Return what *registry* becomes by *run*.

    A test that ran to a good end has the links that it declared now. A failing test keeps
    those it had, marked by its outcome; a skipped test keeps all. Tests that vanished from a
    file collected as a whole are gone, as are those of files that no longer exist.

    Args:
        exists: Tells whether a test file, named as in node ids, is still there.
    """
    gone = _gone(registry, run, exists)
    claims = _claims_by_name(run)
    whole = all(test_file(node) in run.collected for node in registry.linked_tests() - gone)
    callables = {
        name: _entry(registry.callables.get(name, Entry()), claims.get(name, {}), run, gone, whole=whole)
        for name in {*registry.callables, *claims}
    }
    kept = Registry(callables={name: entry for name, entry in callables.items() if entry})
    return Registry(callables=kept.callables, tests=_tests(registry, run, kept.linked_tests()))


def _gone(registry: Registry, run: Run, exists: Callable[[str], bool]) -> frozenset[str]:
    tests = registry.linked_tests()
    missing = {file for file in {test_file(node) for node in tests} if not exists(file)}
    return frozenset(node for node in tests if test_file(node) in missing or run.vanished(node))


def _claims_by_name(run: Run) -> dict[str, dict[str, Claim]]:
    found: dict[str, dict[str, Claim]] = {}
    for node, result in run.results.items():
        if result.outcome in ("passed", "xfailed"):
            for claim in result.claims:
                found.setdefault(claim.name, {})[node] = claim
    return found


def _entry(old: Entry, claims: Mapping[str, Claim], run: Run, gone: frozenset[str], *, whole: bool) -> Entry:
    declared = {
        node: link for node, link in old.declared.items() if node not in gone and not run.complete(node)
    }
    return Entry(
        aliases=_aliases(old, claims, whole=whole),
        declared=declared | {node: claim.link for node, claim in claims.items()},
        observed=_without(old.observed, gone),
        inferred=_without(old.inferred, gone),
    )


def _aliases(old: Entry, claims: Mapping[str, Claim], *, whole: bool) -> tuple[str, ...]:
    # A part of the suite may load a part of the library, and so see fewer of the names.
    kept = () if whole and claims else old.aliases
    return tuple(sorted({*kept, *(alias for claim in claims.values() for alias in claim.aliases)}))


def _without(links: Mapping[str, Link], gone: frozenset[str]) -> dict[str, Link]:
    return {node: link for node, link in links.items() if node not in gone}


def _tests(registry: Registry, run: Run, linked: frozenset[str]) -> dict[str, Test]:
    tests = dict(registry.tests)
    for node, result in run.results.items():
        if result.outcome is not None:
            tests[node] = Test(outcome=result.outcome, markers=result.markers)
    return {node: test for node, test in tests.items() if node in linked and test != Test()}


@dataclass(frozen=True)
class Changes:
    """What differs between two registries, sorted.

    Attributes:
        new: The links that only the newer one has, as (name, kind, node id).
        gone: The links that only the older one has.
        other: The names of callables that have other aliases or other ways of being found, and
            the node ids of tests that have another outcome or other markers.
    """

    new: tuple[tuple[str, Kind, str], ...]
    gone: tuple[tuple[str, Kind, str], ...]
    other: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.new or self.gone or self.other)


def compare(old: Registry, new: Registry) -> Changes:
    """Return what *new* has that *old* has not, and the other way round."""
    before, after = _links(old), _links(new)
    names = old.callables.keys() & new.callables.keys()
    tests = old.tests.keys() | new.tests.keys()
    return Changes(
        new=tuple(sorted(after.keys() - before.keys())),
        gone=tuple(sorted(before.keys() - after.keys())),
        other=tuple(
            sorted(
                {name for name in names if old.callables[name].aliases != new.callables[name].aliases}
                | {node for node in tests if old.tests.get(node) != new.tests.get(node)}
                | {key[0] for key in before.keys() & after.keys() if before[key] != after[key]}
            )
        ),
    )


def _links(registry: Registry) -> dict[tuple[str, Kind, str], Link]:
    return {
        (name, kind, node): link
        for name, entry in registry.callables.items()
        for kind in KINDS
        for node, link in entry.links(kind).items()
    }

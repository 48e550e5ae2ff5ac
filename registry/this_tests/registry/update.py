"""Updates a registry with the results of a pytest run."""

from collections.abc import Callable, Collection, Iterable, Mapping

import msgspec

from .model import KINDS, Entry, Kind, Link, Observed, Outcome, Registry, Test, most_relevant, test_file

__all__ = ["Changes", "Claim", "Result", "Run", "Sighting", "compare", "update"]

_PLAIN = Test()


class Claim(msgspec.Struct, frozen=True):
    """A link that a test declared, with the other names of its callable."""

    name: str
    link: Link
    aliases: tuple[str, ...] = ()


class Sighting(msgspec.Struct, frozen=True):
    """The tests of one run that executed a callable, with the callable's other names."""

    observed: Observed
    aliases: tuple[str, ...] = ()


class Result(msgspec.Struct, frozen=True):
    """The outcome of a test, with all of its parametrised cases.

    Attributes:
        outcome: The worst of its cases' outcomes; None if all were skipped.
        cases: The number of cases that were not skipped.
        claims: The declarations of all its cases.
    """

    outcome: Outcome | None
    cases: int
    claims: tuple[Claim, ...] = ()
    markers: tuple[str, ...] = ()


class Run(msgspec.Struct, frozen=True):
    """The results of one pytest session.

    Attributes:
        results: By node id.
        collected: The number of cases of each test, by file and node id, for the files that were
            collected completely and without a deselection.
        observed: By name, what was executed by tests that passed or failed as expected; None if
            the session did not observe.
    """

    results: Mapping[str, Result] = msgspec.field(default_factory=dict)
    collected: Mapping[str, Mapping[str, int]] = msgspec.field(default_factory=dict)
    observed: Mapping[str, Sighting] | None = None

    def vanished(self, node_id: str) -> bool:
        """Return whether the test's file was collected as a whole, without the test."""
        tests = self.collected.get(test_file(node_id))
        return tests is not None and node_id not in tests

    def finished(self) -> frozenset[str]:
        """Return the tests of which every case ran and none failed, so that all their claims are known."""
        return frozenset(
            node_id
            for tests in self.collected.values()
            for node_id, cases in tests.items()
            if (result := self.results.get(node_id)) is not None
            and result.cases == cases
            and result.outcome in ("passed", "xfailed")
        )


def update(registry: Registry, run: Run, exists: Callable[[str], bool]) -> Registry:
    """Return *registry* updated with the results of *run*.

    The links of a test that passed, or failed as expected, are replaced by its declarations. A
    failing test keeps its links, with its outcome; a skipped test keeps all. Tests that are no
    longer in a completely collected file are removed, and those of files that no longer exist.
    A run of the whole suite counts the tests that executed a callable anew; a partial run can
    only raise the number, and does not change the aliases of known callables.

    Args:
        exists: Returns whether a test file, named as in node ids, exists.
    """
    away = registry.linked_tests().difference(*run.collected.values())
    gone = _gone(away, run, exists)
    whole = all(test_file(node) in run.collected for node in away - gone)
    over = gone | run.finished()
    claims, sightings = _claims_by_name(run), run.observed or {}
    callables = {}
    for name in {*registry.callables, *claims, *sightings}:
        old, claimed, sighting = (
            registry.callables.get(name, Entry()),
            claims.get(name, {}),
            sightings.get(name),
        )
        declared = _without(old.declared, over) | {node: claim.link for node, claim in claimed.items()}
        if run.observed is None:
            observed = _seen_before(old.observed, gone)
        else:
            observed = _observed(old.observed, sighting, over, whole=whole)
        seen = {claim.aliases for claim in claimed.values()} | ({sighting.aliases} if sighting else set())
        entry = Entry(_aliases(old, seen, whole=whole), declared, observed, _without(old.inferred, gone))
        if entry:
            callables[name] = entry
    return Registry(callables=callables, tests=_tests(registry, run, Registry(callables=callables)))


def _gone(away: Iterable[str], run: Run, exists: Callable[[str], bool]) -> frozenset[str]:
    """Return those of the tests *away*, which the run did not collect, that no longer exist."""
    files = {node: test_file(node) for node in away}
    gone = {file for file in set(files.values()) if file in run.collected or not exists(file)}
    return frozenset(node for node, file in files.items() if file in gone)


def _claims_by_name(run: Run) -> dict[str, dict[str, Claim]]:
    found: dict[str, dict[str, Claim]] = {}
    for node, result in run.results.items():
        if result.outcome in ("passed", "xfailed"):
            for claim in result.claims:
                found.setdefault(claim.name, {})[node] = claim
    return found


def _seen_before(old: Observed, gone: frozenset[str]) -> Observed:
    kept = _without(old.telling, gone)
    return Observed(old.tests, old.direct, kept) if kept else Observed()


def _observed(old: Observed, sighting: Sighting | None, over: frozenset[str], *, whole: bool) -> Observed:
    new = sighting.observed if sighting else Observed()
    kept = {node: link for node, link in _without(old.telling, over).items() if node not in new.telling}
    telling = most_relevant(kept | dict(new.telling))
    if whole:  # Tests that were skipped, or failed, still count as far as their names are known.
        direct = sum(link.direct for link in kept.values())
        return Observed(new.tests + len(kept), new.direct + direct, telling) if telling else Observed()
    tests, direct = max(old.tests, new.tests), max(old.direct, new.direct)
    return Observed(max(tests, len(telling)), direct, telling) if telling else Observed()


def _aliases(old: Entry, seen: Collection[tuple[str, ...]], *, whole: bool) -> tuple[str, ...]:
    # A part of the suite may load another part of the library, and so see other names: it has a say
    # only if there were none before. Else one run would add what the next takes away.
    if not seen or (old and not whole):
        return old.aliases
    return tuple(sorted({alias for aliases in seen for alias in aliases}))


def _without(links: Mapping[str, Link], gone: frozenset[str]) -> dict[str, Link]:
    return {node: link for node, link in links.items() if node not in gone}


def _tests(registry: Registry, run: Run, kept: Registry) -> dict[str, Test]:
    tests = dict(registry.tests)
    for node, result in run.results.items():
        if result.outcome == "passed" and not result.markers:
            tests.pop(node, None)
        elif result.outcome is not None:
            tests[node] = Test(outcome=result.outcome, markers=result.markers)
    linked = kept.linked_tests() if tests else ()
    return {node: test for node, test in tests.items() if node in linked and test != _PLAIN}


class Changes(msgspec.Struct, frozen=True):
    """What differs between two registries, sorted.

    Attributes:
        new: The links that only the newer one has, as (name, kind, node id).
        gone: The links that only the older one has.
        other: The names of callables whose aliases or kinds of link changed, and the node ids of
            tests whose outcome or markers changed.
    """

    new: tuple[tuple[str, Kind, str], ...]
    gone: tuple[tuple[str, Kind, str], ...]
    other: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.new or self.gone or self.other)


def compare(old: Registry, new: Registry) -> Changes:
    """Return the links that only *new* or only *old* has, and other differences."""
    if old == new:
        return Changes((), (), ())
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
                | {name for name in names if _counts(old, name) != _counts(new, name)}
                | {key[0] for key in before.keys() & after.keys() if before[key] != after[key]}
            )
        ),
    )


def _counts(registry: Registry, name: str) -> tuple[int, int]:
    observed = registry.callables[name].observed
    return observed.tests, observed.direct


def _links(registry: Registry) -> dict[tuple[str, Kind, str], Link]:
    return {
        (name, kind, node): link
        for name, entry in registry.callables.items()
        for kind in KINDS
        for node, link in entry.links(kind).items()
    }

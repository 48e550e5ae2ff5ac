"""Updates what a registry declares with the results of a pytest run."""

from collections.abc import Callable, Iterable, Mapping

import msgspec
from msgspec.structs import replace

from .model import KINDS, Entry, Kind, Link, Outcome, Registry, Test, merge, test_file

__all__ = ["Changes", "Claim", "Result", "Run", "compare", "update"]


class Claim(msgspec.Struct, frozen=True):
    """A link that a test declared."""

    name: str
    link: Link


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
    """

    results: Mapping[str, Result] = msgspec.field(default_factory=dict)
    collected: Mapping[str, Mapping[str, int]] = msgspec.field(default_factory=dict)

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
    """Return the declarations in *registry* updated with the results of *run*.

    The links of a test of which all cases passed, or failed as expected, are replaced by its declarations.
    Where only some cases ran, theirs are added. A failing or skipped test keeps its links. Tests that are
    no longer in a completely collected file are removed, and those of files that no longer exist. So what
    a run says of a test depends on that test alone, and parts of the suite, run in any order, add up.

    Args:
        exists: Returns whether a test file, named as in node ids, exists.
    """
    away = registry.linked_tests().difference(*run.collected.values())
    over = _gone(away, run, exists) | run.finished()
    kept = Registry(
        callables={
            name: Entry(declared=declared)
            for name, entry in registry.callables.items()
            if (declared := _without(entry.declared, over))
        },
        tests=_markers({node: test for node, test in registry.tests.items() if node not in over}),
    )
    found = merge(kept, Registry(callables=_declarations(run), tests=_markers(run.results)))
    linked = found.linked_tests()
    return replace(found, tests={node: test for node, test in found.tests.items() if node in linked})


def _markers(tests: Mapping[str, Test | Result]) -> dict[str, Test]:
    return {node: Test(markers=test.markers) for node, test in tests.items() if test.markers}


def _gone(away: Iterable[str], run: Run, exists: Callable[[str], bool]) -> frozenset[str]:
    """Return those of the tests *away*, which the run did not collect, that no longer exist."""
    files = {node: test_file(node) for node in away}
    gone = {file for file in set(files.values()) if file in run.collected or not exists(file)}
    return frozenset(node for node, file in files.items() if file in gone)


def _declarations(run: Run) -> dict[str, Entry]:
    found: dict[str, dict[str, Link]] = {}
    for node, result in run.results.items():
        if result.outcome in ("passed", "xfailed"):
            for claim in result.claims:
                found.setdefault(claim.name, {})[node] = claim.link
    return {name: Entry(declared=links) for name, links in found.items()}


def _without(links: Mapping[str, Link], gone: frozenset[str]) -> dict[str, Link]:
    return {node: link for node, link in links.items() if node not in gone}


class Changes(msgspec.Struct, frozen=True):
    """What differs between two registries, sorted.

    Attributes:
        new: The links that only the newer one has, as (name, kind, node id).
        gone: The links that only the older one has.
        other: The names of callables whose numbers of tests or kinds of link changed, and the node ids
            of tests whose outcome or markers changed.
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
                {node for node in tests if old.tests.get(node) != new.tests.get(node)}
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

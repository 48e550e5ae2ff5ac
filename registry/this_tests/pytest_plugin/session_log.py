"""What one pytest session sees, from plain data: what it collected, and how each test ended.

With xdist the tests run in workers and the results are gathered by the controller. Everything
that travels between them is made of lists, dicts, strings and numbers, and travels with what
pytest itself sends: a test's claims with its reports, so that they outlive a worker that
crashes later, and the collection with the worker's farewell.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache, reduce
from typing import TYPE_CHECKING, Any

import msgspec

from ..names import Resolution
from ..registry.model import Link, Outcome, merge_links, test_file
from ..registry.update import Claim, Result, Run, Sighting

if TYPE_CHECKING:  # Sessions that observe nothing import none of it.
    from ..observations.crosscheck import Disagreements
    from ..observations.relation import Named, Relation, RelationBuilder, Row

__all__ = ["Collection", "Note", "Overlooked", "SessionLog", "claim_data", "note_of"]


# As plain data: name, found, receiver, aliases.
ClaimData = tuple[str, str, str, tuple[str, ...]]


class Note(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a test's report carries for us, as a tuple of these fields.

    There is one for each test, and pytest keeps all reports: tuples of plain values are nothing
    to the garbage collector, which else would have to look at all of them, time and again.

    Attributes:
        test: The node id of the test, without the brackets of a parametrised case.
        called: Whether it called ``this_tests``.
        owes: Whether it is a test function, which should have called it.
        claims: What it declared: name, found, receiver, aliases.
    """

    test: str
    called: bool
    owes: bool
    claims: tuple[ClaimData, ...]
    markers: tuple[str, ...]


def claim_data(resolutions: Iterable[Resolution]) -> tuple[ClaimData, ...]:
    """Return *resolutions* as plain data."""
    return tuple([(each.name, each.found, each.receiver, each.aliases) for each in resolutions])


def note_of(report: Any) -> Note | None:
    """Return what *report* carries for us, if anything."""
    data = getattr(report, "this_tests", None)
    return None if data is None else Note(*data)


class Collection:
    """Which files a process collected as a whole, and the cases of their tests."""

    def __init__(self) -> None:
        self._seen: Mapping[str, int] = {}
        self._chosen: Mapping[str, int] = {}
        self._files: set[str] = set()
        self._partial: set[str] = set()
        self._everything_partial = False

    def saw_file(self, file: str, *, complete: bool) -> None:
        """Note that *file* was collected, wholly or (an error, a skip) not."""
        self._files.add(file)
        if not complete:
            self._partial.add(file)

    def narrowed(self, files: Iterable[str] | None = None) -> None:
        """Note that only parts of *files* were asked for; None says it of all files."""
        if files is None:
            self._everything_partial = True
        else:
            self._partial.update(files)

    def saw(self, cases: Iterable[str]) -> None:
        """Note all cases that were found, each by its test."""
        self._seen = self._chosen = Counter(cases)

    def chose(self, cases: Iterable[str]) -> None:
        """Note the cases that are left after all deselection."""
        self._chosen = Counter(cases)

    def data(self) -> dict[str, dict[str, int]]:
        """Return the whole files as `Run.collected` has them."""
        if self._everything_partial:
            return {}
        partial = self._partial
        if self._chosen is not self._seen:
            chosen = self._chosen
            partial = partial | {
                test_file(test) for test, cases in self._seen.items() if chosen.get(test) != cases
            }
        files: dict[str, dict[str, int]] = {file: {} for file in self._files - partial}
        for test, cases in self._seen.items():
            if (tests := files.get(test_file(test))) is not None:
                tests[test] = cases
        return files


class _Case(msgspec.Struct, gc=False):
    """One case of a test in one process, over all its phases."""

    failed: bool = False
    skipped: bool = False
    expected_failure: bool = False
    torn_down: bool = False
    note: Note | None = None
    executed: "Row | None" = None
    location: tuple[str, int | None, str] = ("", None, "")

    @property
    def ended(self) -> bool:
        # What crashed its worker failed, and has no teardown.
        return self.torn_down or self.failed

    @property
    def outcome(self) -> Outcome | None:
        if self.failed:
            return "failed"
        if self.expected_failure:
            return "xfailed"
        return None if self.skipped else "passed"


class Overlooked(msgspec.Struct, frozen=True, order=True):
    """A test that passed without calling ``this_tests``, and where it stands.

    Attributes:
        line: Counted from 1; 0 where pytest does not know it.
    """

    file: str
    line: int
    test: str


class SessionLog:
    """The reports of a session, boiled down to a `Run`.

    First it is told what is seen; what it is asked for is worked out once, at the end.

    Args:
        session: When the session began, in nanoseconds.

    Attributes:
        outside: The observed functions that were executed outside of tests, as ``module:qualname``.
    """

    def __init__(self, session: int = 0) -> None:
        self.outside: set[str] = set()
        self._session = session
        self._names: Named = {}
        self._declared: dict[str, list[str]] = {}
        self._cases: dict[tuple[str, str], _Case] = {}
        self._collected: dict[str, Mapping[str, int]] = {}

    def saw_collection(self, collected: Mapping[str, Mapping[str, int]]) -> None:
        """Take what a process collected; workers all collect the same."""
        self._collected.update(collected)

    def saw_names(self, farewell: Mapping[str, Any]) -> None:
        """Take what the names of a process's observations mean."""
        self._names.update(farewell.get("names", {}))
        self._declared.update(farewell.get("declared", {}))
        self.outside.update(farewell.get("outside", ()))

    def saw_report(self, report: Any) -> None:
        """Take a test report of pytest, of any phase, from any process."""
        key = (getattr(report, "worker_id", ""), report.nodeid)
        if report.outcome == "rerun":
            self._cases.pop(key, None)
            return
        case = self._cases.get(key)
        if case is None or case.torn_down:
            # Run once more, a test begins anew: what counts is how it ends.
            case = self._cases[key] = _Case()
        self._take(case, report)

    def run(self) -> Run:
        """Return what the session saw."""
        observed = self._sightings() if self.observed else None
        return Run(self._results, self._collected, observed)

    @property
    def observed(self) -> bool:
        """Whether any process observed what its tests executed."""
        return any(case.executed is not None for case in self._cases.values())

    @cached_property
    def _executed(self) -> "RelationBuilder":
        from ..observations.relation import RelationBuilder

        return RelationBuilder(self._session)

    @cached_property
    def relation(self) -> "Relation":
        """Which case executed which function, whatever its outcome; to be asked for at the end."""
        for (_, node_id), case in self._cases.items():
            if case.ended and case.outcome is not None and case.executed is not None:
                self._executed.put(node_id, case.executed, case.outcome)
        return self._executed.relation()

    def disagreements(self) -> "Disagreements":
        """Return where what tests declare and what they executed differ."""
        from ..observations.crosscheck import disagreements

        claims = {test: {claim.name for claim in result.claims} for test, result in self._good().items()}
        return disagreements(self.relation, claims, self._names, self._declared)

    def overlooked(self) -> tuple[Overlooked, ...]:
        """Return the tests that passed without calling ``this_tests``, in the files' order."""
        owing = [_overlooked(test, cases) for test, cases in self._by_test.items() if _is_owing(cases)]
        return tuple(sorted(owing))

    def calls(self) -> int:
        """Return how many tests called ``this_tests``."""
        return sum(
            any(case.note is not None and case.note.called for case in cases)
            for cases in self._by_test.values()
        )

    def _take(self, case: _Case, report: Any) -> None:
        case.torn_down = report.when == "teardown"
        case.failed |= report.outcome == "failed"
        if report.outcome == "skipped":
            # An expected failure proves something only if the test's body ran.
            expected = report.when == "call" and hasattr(report, "wasxfail")
            case.expected_failure |= expected
            case.skipped |= not expected
        case.note = note_of(report) or case.note
        if (executed := getattr(report, "this_tests_executed", None)) is not None:
            functions, flags = executed
            case.executed = self._executed.row(
                functions.split("\n") if functions else (), flags.encode("latin-1")
            )
        case.location = report.location

    @cached_property
    def _by_test(self) -> dict[str, list[_Case]]:
        found: dict[str, list[_Case]] = {}
        for key, case in self._cases.items():
            if case.ended:
                # A worker that crashed reports for its test, and knows no note of ours.
                test = key[1].partition("[")[0] if case.note is None else case.note.test
                found.setdefault(test, []).append(case)
        return found

    def _good(self) -> dict[str, Result]:
        """Return the tests of which every case that ran came to a good end."""
        results = self._results.items()
        return {test: result for test, result in results if result.outcome in ("passed", "xfailed")}

    def _sightings(self) -> dict[str, Sighting]:
        from ..observations.examples import observed_by_name

        observed = observed_by_name(self.relation, self._names, self._good())
        aliases = dict(self._names.values())
        return {name: Sighting(each, aliases[name]) for name, each in observed.items()}

    @cached_property
    def _results(self) -> dict[str, Result]:
        return {test: _result(cases) for test, cases in self._by_test.items()}


def _overlooked(test: str, cases: list[_Case]) -> Overlooked:
    # Cases arrive in any order, and could lie at different places.
    return min(_place(test, *case.location) for case in cases)


def _place(test: str, file: str, line: int | None, _: str) -> Overlooked:
    # A test may be a function that the file imported from far away.
    if line is None or file.startswith(".."):
        return Overlooked(test_file(test), 0, test)
    return Overlooked(file, line + 1, test)


def _is_owing(cases: list[_Case]) -> bool:
    """Tell whether all of a test's cases passed, and none has called ``this_tests`` or need not."""
    for case in cases:
        note = case.note
        if note is None or note.called or not note.owes or case.outcome != "passed":
            return False
    return True


def _result(cases: list[_Case]) -> Result:
    if len(cases) == 1:  # As with most tests.
        return _result_of_one(cases[0].outcome, cases[0].note)
    ran = [(outcome, case.note) for case in cases if (outcome := case.outcome) is not None]
    notes = [note for _, note in ran if note is not None]
    return Result(
        outcome=_worst([outcome for outcome, _ in ran]),
        cases=len(ran),
        claims=_claims(notes),
        markers=tuple(sorted({marker for note in notes for marker in note.markers})),
    )


def _result_of_one(outcome: Outcome | None, note: Note | None) -> Result:
    if outcome is None:
        return Result(None, 0)
    return Result(outcome, 1) if note is None else Result(outcome, 1, _claims([note]), tuple(note.markers))


def _worst(outcomes: list[Outcome]) -> Outcome | None:
    order: tuple[Outcome, ...] = ("passed", "xfailed", "failed")
    return max(outcomes, key=order.index, default=None)


def _claims(notes: list[Note]) -> tuple[Claim, ...]:
    if len(notes) == 1 and len(notes[0].claims) == 1:  # As with most tests, once more.
        name, how, receiver, aliases = notes[0].claims[0]
        return (Claim(name, _link(how, receiver), tuple(aliases)),)
    found: dict[str, list[Claim]] = {}
    for note in notes:
        for name, how, receiver, aliases in note.claims:
            found.setdefault(name, []).append(Claim(name, _link(how, receiver), tuple(aliases)))
    return tuple(
        Claim(
            name,
            reduce(merge_links, (claim.link for claim in claims)),
            tuple(sorted({alias for claim in claims for alias in claim.aliases})),
        )
        for name, claims in sorted(found.items())
    )


@lru_cache
def _link(found: str, receiver: str) -> Link:
    return Link(found=found, receiver=receiver)  # type: ignore[arg-type]  # plain text by its journey

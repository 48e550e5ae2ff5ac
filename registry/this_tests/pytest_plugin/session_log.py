"""Session log: turns the collection and the test reports of a session into a `Run`.

With xdist, the tests run in workers and the controller collects the results. All data that is
sent consists of lists, dicts, strings and numbers, and is sent with what pytest itself sends: the
declarations of a test with its reports, so that they survive a worker that crashes later, and the
collection with the worker's output.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, lru_cache, reduce
from typing import TYPE_CHECKING, Any

import msgspec

from ..names import Resolution
from ..registry.model import Link, Outcome, merge_links, test_file
from ..registry.update import Claim, Result, Run

if TYPE_CHECKING:  # Imported only in sessions that observe.
    from ..observations.collected import Collected
    from ..observations.crosscheck import Disagreements
    from ..observations.inputs import SharedInputs
    from ..observations.observations import Observations
    from ..observations.relation import Relation, RelationBuilder, Row
    from ..observations.snapshots import Snapshot

__all__ = ["Collection", "Note", "SessionLog", "UndeclaredTest", "claim_data", "note_of"]


# As plain data: name, via, receiver.
ClaimData = tuple[str, str, str]


class Note(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The data of this-tests in a test report, where it is a tuple of these fields.

    There is one for each test, and pytest keeps all reports: the garbage collector does not track
    tuples of plain values, and would otherwise traverse all of them repeatedly.

    Attributes:
        test: The node id of the test, without the brackets of a parametrised case.
        called: Whether it called ``this_tests``.
        should_call: Whether it is a test function, and not a doctest or a notebook.
        claims: Its declarations: name, via, receiver.
    """

    test: str
    called: bool
    should_call: bool
    claims: tuple[ClaimData, ...]
    markers: tuple[str, ...]


def claim_data(resolutions: Iterable[Resolution]) -> tuple[ClaimData, ...]:
    """Return *resolutions* as plain data."""
    return tuple([(found.name, found.found, found.receiver) for found in resolutions])


def note_of(report: Any) -> Note | None:
    """Return the data of this-tests in *report*, if any."""
    data = getattr(report, "this_tests", None)
    return None if data is None else Note(*data)


class Collection:
    """The files that a process collected completely, and the cases of their tests.

    Attributes:
        files: All files that were collected, completely or not.
    """

    def __init__(self) -> None:
        self.files: set[str] = set()
        self._seen: Mapping[str, int] = {}
        self._chosen: Mapping[str, int] = {}
        self._partial: set[str] = set()
        self._narrowed = False
        self._everything_partial = False

    def saw_file(self, file: str, *, complete: bool) -> None:
        """Record that *file* was collected, completely or (after an error or a skip) not."""
        self.files.add(file)
        if not complete:
            self._partial.add(file)

    def narrowed(self, files: Iterable[str] | None = None) -> None:
        """Record that only parts of *files* were selected; None means all files."""
        narrowed = None if files is None else frozenset(files)
        if narrowed is None:
            self._everything_partial = True
        else:
            self._partial |= narrowed
        self._narrowed |= narrowed is None or bool(narrowed)

    def saw(self, cases: Iterable[str]) -> None:
        """Record all cases that were collected, each as its test."""
        self._seen = self._chosen = Counter(cases)

    def chose(self, cases: Iterable[str]) -> None:
        """Record the cases that are left after deselection."""
        self._chosen = Counter(cases)

    @property
    def whole(self) -> bool:
        """Whether all tests of the files will run."""
        return not self._narrowed and self._chosen is self._seen

    def data(self) -> dict[str, dict[str, int]]:
        """Return the completely collected files in the form of `Run.collected`."""
        if self._everything_partial:
            return {}
        partial = self._partial
        if self._chosen is not self._seen:
            chosen = self._chosen
            partial = partial | {
                test_file(test) for test, cases in self._seen.items() if chosen.get(test) != cases
            }
        files: dict[str, dict[str, int]] = {file: {} for file in self.files - partial}
        for test, cases in self._seen.items():
            if (tests := files.get(test_file(test))) is not None:
                tests[test] = cases
        return files


class _CaseResult(msgspec.Struct, gc=False):
    """One case of a test in one process, over all its phases."""

    failed: bool = False
    skipped: bool = False
    expected_failure: bool = False
    torn_down: bool = False
    note: Note | None = None
    executed: "Row | None" = None
    inputs: "Row | None" = None
    location: tuple[str, int | None, str] = ("", None, "")

    @property
    def ended(self) -> bool:
        # A case that crashed its worker failed, and has no teardown.
        return self.torn_down or self.failed

    @property
    def outcome(self) -> Outcome | None:
        if self.failed:
            return "failed"
        if self.expected_failure:
            return "xfailed"
        return None if self.skipped else "passed"


class UndeclaredTest(msgspec.Struct, frozen=True, order=True):
    """A test that passed without calling ``this_tests``, and its place.

    Attributes:
        line: Starts at 1; 0 if pytest does not know it.
    """

    file: str
    line: int
    test: str


class SessionLog:
    """The reports of a session, reduced to a `Run`.

    Add all reports first; the results are computed once, at the end.

    Args:
        session: The start time of the session, in nanoseconds.

    Attributes:
        session: The start time of the session, in nanoseconds.
        outside: The observed functions that were executed outside of tests, as ``module:qualname``.
        places: The folders and files that the library was imported from.
    """

    def __init__(self, session: int = 0) -> None:
        self.outside: set[str] = set()
        self.places: set[str] = set()
        self.session = session
        self._names: dict[str, str] = {}
        self._shared_inputs: list[Any] = []
        self._gathered: list[Mapping[str, Any]] = []
        self._declared: dict[str, list[str]] = {}
        # By worker, node id and file.
        self._cases: dict[tuple[str, str, str], _CaseResult] = {}
        self._collected: dict[str, Mapping[str, int]] = {}

    def saw_collection(self, collected: Mapping[str, Mapping[str, int]]) -> None:
        """Add the collection of a process; all workers collect the same."""
        self._collected.update(collected)

    def saw_names(self, output: Mapping[str, Any]) -> None:
        """Add the public names of the functions that a process observed."""
        self._names.update(output.get("names", {}))
        self._declared.update(output.get("declared", {}))
        self.outside.update(output.get("outside", ()))
        if "shared_inputs" in output:
            self._shared_inputs.append(output["shared_inputs"])
        self.places.update(output.get("places", ()))
        if gathered := output.get("collected"):
            self._gathered.append(gathered)

    def saw_report(self, report: Any) -> None:
        """Add a test report of pytest, of any phase, from any process."""
        # The node ids of tests outside of the rootdir may be the same in several files.
        key = (getattr(report, "worker_id", ""), report.nodeid, report.location[0])
        if report.outcome == "rerun":
            self._cases.pop(key, None)
            return
        case = self._cases.get(key)
        if case is None or case.torn_down:
            # A rerun starts from scratch: only the last result of a test counts.
            case = self._cases[key] = _CaseResult()
        self._take(case, report)

    def run(self) -> Run:
        """Return the results of the session."""
        return Run(self._results, self._collected)

    def tests_ended(self) -> int:
        """Return the number of cases that ran to their end, or were skipped."""
        return len({(node_id, file) for (_, node_id, file), case in self._cases.items() if case.ended})

    @property
    def observed(self) -> bool:
        """Whether any process observed what its tests executed."""
        return any(case.executed is not None for case in self._cases.values())

    @cached_property
    def _executed(self) -> "RelationBuilder":
        return self._builder()

    @cached_property
    def _inputs(self) -> "RelationBuilder":
        return self._builder()

    def _builder(self) -> "RelationBuilder":
        from ..observations.relation import RelationBuilder

        return RelationBuilder(self.session)

    @cached_property
    def relation(self) -> "Relation":
        """The functions that each case executed, whatever its outcome; available at the end."""
        return self._relation(self._executed, lambda case: case.executed)

    def _relation(
        self, builder: "RelationBuilder", row_of: Callable[[_CaseResult], "Row | None"]
    ) -> "Relation":
        for (_, node_id, _), case in self._cases.items():
            row = row_of(case)
            if case.ended and case.outcome is not None and row is not None:
                builder.put(_case_id(node_id, case.note), row, case.outcome)
        return builder.relation()

    @property
    def shared_inputs(self) -> "SharedInputs | None":
        """The inputs that one test may have read for others; None where no inputs were observed."""
        from ..observations.inputs import SharedInputs, united_shared

        parts = self._shared_inputs
        if not parts or None in parts:
            return None
        return united_shared(msgspec.convert(part, SharedInputs) for part in parts)

    @property
    def collected(self) -> "Collected | None":
        """What was collected and imported before the first test; all workers collect the same."""
        from ..observations.collected import Collected, ImportOfFile

        if not self._gathered:
            return None
        first, *_ = self._gathered
        modules = {module for gathered in self._gathered for module in gathered["modules"]}
        ran = self.relation.rows.keys() | self._skipped
        cases = first["cases"].split("\n") if first["cases"] else []
        with_tests = set(map(test_file, cases))
        facts = {key: value for key, value in first.items() if key not in ("cases", "test_files")}
        derived = {
            "modules": sorted(modules),
            "imports": tuple(
                dict.fromkeys(
                    msgspec.convert(collection, ImportOfFile)
                    for gathered in self._gathered
                    for collection in gathered["imports"]
                )
            ),
            "otherwise": sorted({name for gathered in self._gathered for name in gathered["otherwise"]}),
            "waiting": [case for case in cases if case not in ran],
            "empty": [
                file for file in first["test_files"] if file.endswith(".py") and file not in with_tests
            ],
        }
        return msgspec.convert({**facts, **derived}, Collected)

    def observations(self, snapshot: "Snapshot | None") -> "Observations":
        """Return what the session saw.

        Args:
            snapshot: The code that it ran, if that is known.
        """
        from ..observations.observations import Observations
        from ..observations.snapshots import environment_name

        return Observations(
            relations={environment_name(): self.relation},
            inputs={environment_name(): self._relation(self._inputs, lambda case: case.inputs)},
            names={function: (self.session, name) for function, name in self._names.items()},
            snapshots={} if snapshot is None else {self.session: snapshot},
            skipped={environment_name(): dict.fromkeys(self._skipped, self.session)},
        )

    @property
    def _skipped(self) -> set[str]:
        return {
            _case_id(node_id, case.note)
            for (_, node_id, _), case in self._cases.items()
            if case.ended and case.outcome is None
        }

    def disagreements(self) -> "Disagreements":
        """Return the differences between what tests declare and what they executed."""
        from ..observations.crosscheck import disagreements

        claims = {test: {claim.name for claim in result.claims} for test, result in self._good().items()}
        return disagreements(self.relation, claims, self._names, self._declared)

    def undeclared(self) -> tuple[UndeclaredTest, ...]:
        """Return the tests that passed without calling ``this_tests``, sorted by file and line."""
        found = [_undeclared(test, cases) for test, cases in self._by_test.items() if _is_undeclared(cases)]
        return tuple(sorted(found))

    def calls(self) -> int:
        """Return how many tests called ``this_tests``."""
        return sum(
            any(case.note is not None and case.note.called for case in cases)
            for cases in self._by_test.values()
        )

    def _take(self, case: _CaseResult, report: Any) -> None:
        case.torn_down = report.when == "teardown"
        case.failed |= report.outcome == "failed"
        if report.outcome == "skipped":
            # An expected failure counts only if the test's body ran.
            expected = report.when == "call" and hasattr(report, "wasxfail")
            case.expected_failure |= expected
            case.skipped |= not expected
        case.note = note_of(report) or case.note
        if (executed := getattr(report, "this_tests_executed", None)) is not None:
            case.executed = _row(self._executed, executed)
            case.inputs = _row(self._inputs, getattr(report, "this_tests_inputs", ("", "")))
        case.location = report.location

    @cached_property
    def _by_test(self) -> dict[str, list[_CaseResult]]:
        found: dict[str, list[_CaseResult]] = {}
        for key, case in self._cases.items():
            if case.ended:
                # The report of a crashed worker has no data of this-tests.
                test = key[1].partition("[")[0] if case.note is None else case.note.test
                found.setdefault(test, []).append(case)
        return found

    def _good(self) -> dict[str, Result]:
        """Return the tests of which every case that ran passed, or failed as expected."""
        results = self._results.items()
        return {test: result for test, result in results if result.outcome in ("passed", "xfailed")}

    @cached_property
    def _results(self) -> dict[str, Result]:
        return {test: _result(cases) for test, cases in self._by_test.items()}


def _case_id(node_id: str, note: Note | None) -> str:
    """Return the id of a case: pytest's, except for tests outside of the rootdir."""
    test, bracket, case = node_id.partition("[")
    return node_id if note is None or note.test == test else f"{note.test}{bracket}{case}"


def _undeclared(test: str, cases: list[_CaseResult]) -> UndeclaredTest:
    # Cases arrive in any order, and may have different locations.
    return min(_place(test, *case.location) for case in cases)


def _place(test: str, file: str, line: int | None, _: str) -> UndeclaredTest:
    # A test may be a function that its file imports from outside of the project.
    if line is None or file.startswith(".."):
        return UndeclaredTest(test_file(test), 0, test)
    return UndeclaredTest(file, line + 1, test)


def _is_undeclared(cases: list[_CaseResult]) -> bool:
    """Return whether all of a test's cases passed, should have called ``this_tests``, and did not."""
    for case in cases:
        note = case.note
        if note is None or note.called or not note.should_call or case.outcome != "passed":
            return False
    return True


def _result(cases: list[_CaseResult]) -> Result:
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
    if len(notes) == 1 and len(notes[0].claims) == 1:  # As with most tests.
        name, via, receiver = notes[0].claims[0]
        return (Claim(name, _link(via, receiver)),)
    found: dict[str, list[Link]] = {}
    for note in notes:
        for name, via, receiver in note.claims:
            found.setdefault(name, []).append(_link(via, receiver))
    return tuple(Claim(name, reduce(merge_links, links)) for name, links in sorted(found.items()))


def _row(relation: "RelationBuilder", data: tuple[str, str]) -> "Row":
    names, flags = data
    return relation.row(names.split("\n") if names else (), flags.encode("latin-1"))


@lru_cache
def _link(via: str, receiver: str) -> Link:
    return Link(via=via, receiver=receiver)  # type: ignore[arg-type]  # it was sent as plain text

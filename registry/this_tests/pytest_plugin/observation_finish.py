"""End of an observed session: stores the observations for later sessions, and prints suggestions."""

import math
import os
import time
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from ..errors import RepositoryError
from ..git import Repository
from ..observations import file
from ..observations.audits import Audits
from ..observations.checkouts import Checkouts
from ..observations.collected import Collected
from ..observations.crosscheck import Disagreements
from ..observations.evidence import load_summary
from ..observations.inputs import SharedInputs, foreign
from ..observations.observations import Observations
from ..observations.snapshots import (
    Snapshot,
    blob_of,
    environment,
    environment_name,
    outlines_of,
    read_content,
)
from ..observations.summary import Summary
from ..registry.model import Outcome, test_file
from ..registry.update import Run
from ..selection.audit import Foreseen, audited
from ..selection.audit_lines import ADVICE, audit_sentence, missed_lines
from ..settings import Project
from ..source.fingerprint import Outline
from ..source.packages import import_places
from ..text import counted
from .session_log import SessionLog
from .summary import suggestion_lines

__all__ = ["ObservationFinish", "Watch", "keep_outcomes", "outlines"]

_SUGGESTIONS = 10


class ObservationFinish:
    """Finishes the observations of one session.

    Created when the session starts, to record the state of the code that the tests will run.

    Args:
        limit: The maximum number of suggestions of a kind to list; None lists all.
    """

    def __init__(self, project: Project, limit: int | None) -> None:
        self._project = project
        self._limit = None if limit is None else min(limit, _SUGGESTIONS)
        self._watch = Watch(project)

    def audits(self) -> bool:
        """Return whether there is something to audit: other code than that which was observed."""
        return self._watch.differs(self._project.observations)

    def finish(
        self, log: SessionLog, run: Run, foreseen: Mapping[str, Any], add_line: Callable[[str, str], None]
    ) -> None:
        """Store what *log* saw, and report suggestions by *add_line*, which takes text and colour.

        Args:
            foreseen: What the selection would choose, as `SelectionAudit.output`.
        """
        self._suggest(log.disagreements(), add_line)
        self._keep(log, run, foreseen, add_line)

    def _suggest(self, found: Disagreements, add_line: Callable[[str, str], None]) -> None:
        for heading, links in (
            ("Declared, but not executed by the test:", found.not_executed),
            ("Called by the test's body, but not declared:", found.not_declared),
        ):
            if links:
                add_line(heading, "yellow")
            for line in suggestion_lines(links, self._limit):
                add_line(f"  {line}", "")

    def _keep(
        self, log: SessionLog, run: Run, foreseen: Mapping[str, Any], add_line: Callable[[str, str], None]
    ) -> None:
        ran = log.relation.rows
        finished = run.finished()
        code = self._watch.end(log.outside, log.shared_inputs, map(Path, log.places), collected=log.collected)
        fresh = self._watch.without_foreign_inputs(log.observations(code))
        # Tests of an installed package have ids that are not paths here, although they ran.
        found = _add(
            self._project,
            log.session,
            fresh,
            lambda test: (
                test in ran or (not _is_case_of(test, finished) and _exists(self._project, test, run))
            ),
            add_line,
            audits=lambda known: _audits(log, foreseen, known, fresh, add_line),
        )
        if found is not None:
            # The file has the summary, which takes longer to work out again than to read.
            add_line(_headline(self._project.observations.name, load_summary(self._project.observations)), "")
            _report_audit(found.audits, log.session, add_line)


def _audits(
    log: SessionLog,
    foreseen: Mapping[str, Any],
    known: Sequence[Observations],
    fresh: Observations,
    add_line: Callable[[str, str], None],
) -> Audits:
    try:
        return _audit(log, foreseen, known, fresh)
    except Exception as error:  # noqa: BLE001  # whatever it is, what the session saw is kept
        add_line(f"this-tests: the audit failed: {type(error).__name__}: {error}", "red")
        return {}


def _audit(
    log: SessionLog, foreseen: Mapping[str, Any], known: Sequence[Observations], fresh: Observations
) -> Audits:
    """Return the audit of the session, if it ran all tests, and it is known which code they ran."""
    if not foreseen or not fresh.snapshots or log.tests_ended() < foreseen["tests"]:
        return {}
    here = environment_name()
    found = audited(msgspec.convert(foreseen, Foreseen), [part.of(here) for part in known], fresh.of(here))
    return {} if found is None else {log.session: found}


def _report_audit(audits: Audits, session: int, add_line: Callable[[str, str], None]) -> None:
    if session not in audits:
        return
    audit = audits[session]
    add_line(f"this-tests: {audit_sentence(audits)}", "red" if audit.missed else "")
    for line in missed_lines(session, audit):
        add_line(f"  {line}", "red")
    if audit.missed:
        add_line(ADVICE, "red")


def keep_outcomes(
    project: Project,
    run: Run,
    session: int,
    news: Mapping[str, tuple[int, Outcome]],
    add_line: Callable[[str, str], None],
) -> None:
    """Store *news*: outcomes, each with its session, that are not known."""
    fresh = Observations(outcomes={environment_name(): news})
    _add(project, session, fresh, lambda test: _exists(project, test, run), add_line)


def _add(  # noqa: PLR0913  # one merge, and what may be different about it
    project: Project,
    session: int,
    fresh: Observations,
    keep: Callable[[str], bool],
    add_line: Callable[[str, str], None],
    *,
    audits: Callable[[Sequence[Observations]], Audits] = lambda _: {},
) -> Observations | None:
    try:
        return file.add(
            project.observations,
            f"session-{session}",
            fresh,
            keep=keep,
            outlines=lambda known: outlines(project, fresh, known),
            audits=audits,
            notice=lambda line: add_line(f"this-tests: {line}", "yellow"),
        )
    except OSError as error:
        add_line(f"this-tests: {project.observations}: cannot be written: {error}", "red")
        return None


def outlines(project: Project, fresh: Observations, known: Container[str]) -> Mapping[str, Outline]:
    """Return the outlines of the files that the *fresh* session ran, by content, without those *known*."""
    found: dict[str, Outline] = {}
    for snapshot in fresh.snapshots.values():
        found.update(outlines_of(snapshot.files, project.root, known))
    return found


def _exists(project: Project, case: str, run: Run) -> bool:
    test = case.partition("[")[0]
    return project.has_test_file(test_file(test)) and not run.vanished(test)


def _is_case_of(test: str, finished: Container[str]) -> bool:
    """Return whether *test* is a parametrised case of a test of which all cases ran.

    One that did not run then no longer exists. Where a parameter is the time or an address, each run
    has other cases, and what earlier ones saw would pile up.
    """
    name, bracket, _ = test.partition("[")
    return bool(bracket) and name in finished


def _headline(folder: str, found: Summary) -> str:
    return f"{folder}: {counted(len(found.callables), 'callable')} executed by tests"


class Watch:
    """Determines at the end of a session which code it ran.

    Needs git.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._started = time.time()
        try:
            self._repository: Repository | None = Repository(project.root)
            places = import_places(project.library).values()
            self._files = self._files_at(path for paths in places for path in paths)
        except RepositoryError:
            self._repository = None

    def differs(self, folder: Path) -> bool:
        """Return whether any test was last observed with other code, in the current environment."""
        if self._repository is None:
            return False
        now = self._without_own(self._files)
        snapshots = file.load_snapshots(folder, environment_name()).values()
        others = [snapshot for snapshot in snapshots if self._without_own(snapshot.files) != now]
        here = environment(self._project.library) if others else ""
        return any(snapshot.environment == here for snapshot in others)

    def _without_own(self, files: Mapping[str, str]) -> dict[str, str]:
        own = Path(os.path.relpath(self._project.registry, self._project.root)).as_posix()
        return {path: blob for path, blob in files.items() if path != own}

    def without_foreign_inputs(self, fresh: Observations) -> Observations:
        """Return *fresh* without inputs that are not the project's."""
        repository = self._repository
        if repository is None:
            return fresh

        def unwanted(used: Mapping[str, int]) -> Container[str]:
            try:
                return foreign(used, self._files, repository.ignored)
            except RepositoryError:
                return ()

        return fresh.without_inputs(unwanted)

    def _files_at(self, places: Iterable[Path]) -> Mapping[str, str]:
        return Checkouts(self._project.root, places, self._repository).files()

    def end(
        self,
        at_import: Iterable[str],
        inputs: SharedInputs | None = None,
        places: Iterable[Path] = (),
        *,
        collected: Collected | None = None,
    ) -> Snapshot | None:
        """Return the code that the session ran; None if it is not known or changed during the session.

        Args:
            at_import: The library's functions that ran outside of tests.
            inputs: The inputs that one test may have read for others.
            places: The folders and files that the library was imported from.
            collected: What was collected and imported before the first test.
        """
        if self._repository is None:
            return None
        try:
            now = self._files_at(places)
        except RepositoryError:
            return None
        if any(self._has_changed(path, now.get(path)) for path in _python_files({**self._files, **now})):
            return None  # Which tests ran the changed code is not known.
        # What tests write matters to those that run later: it is compared as it was before.
        files = {path: self._files.get(path, blob) for path, blob in now.items()}
        missing = self._files.keys() - now.keys()
        gone = {path: self._files[path] for path in missing if not (self._project.root / path).exists()}
        made = sorted(path for path in now.keys() - self._files.keys() if not path.endswith(".py"))
        here = environment(self._project.library)
        return Snapshot(files | gone, here, tuple(sorted(at_import)), inputs, tuple(made), collected)

    def _has_changed(self, path: str, now: str | None) -> bool:
        then, file = self._files.get(path), self._project.root / path
        if then is None:  # Where the library lies may not be known before it is imported.
            return _changed_at(file) >= self._started
        if now is None:  # Or only seem to be known.
            data = read_content(file)
            now = None if data is None else blob_of(data)
        return now != then


def _changed_at(file: Path) -> float:
    try:
        found = file.stat()
    except OSError:
        return math.inf
    return max(found.st_mtime, found.st_ctime)


def _python_files(files: Mapping[str, str]) -> dict[str, str]:
    return {path: blob for path, blob in files.items() if path.endswith(".py")}

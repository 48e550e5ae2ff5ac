"""The session of ``this-tests prove``: plans it, runs pytest, and stores what came of it."""

import os
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import msgspec

from ..errors import ProveError
from ..observations import file
from ..observations.observations import Observations
from ..observations.proofs import Proof
from ..observations.snapshots import environment_name
from ..prove.current_code import CurrentCode
from ..prove.plan import PLAN, VERDICTS, Plan, is_maker, provable, targets
from ..prove.trial import Target, Verdict
from ..registry.model import test_file
from ..settings import Project
from ..suite.conventions import configured_options
from .console import fail, note
from .pytest_run import run_pytest

__all__ = ["Proved", "Proving"]

# More files of tests than this are no arguments: all tests are collected.
_FILES = 100


@dataclass(frozen=True)
class Proved:
    """What came of a session.

    Attributes:
        names: The public names, by function as ``module:qualname``.
        planned: The number of functions that were to be judged.
        interrupted: Whether the user ended it.
    """

    names: Mapping[str, str]
    verdicts: Sequence[Verdict]
    planned: int
    interrupted: bool


class Proving:
    """The functions and tests that observations have, for trials.

    Raises:
        ProveError: There is no fork here, or nothing was observed with this Python.
    """

    def __init__(self, project: Project) -> None:
        if not hasattr(os, "fork"):
            raise ProveError(f"each trial needs a process of its own, which {sys.platform} cannot fork")
        self._project = project
        self._observations = file.load(project.observations, note)
        self._here = environment_name()
        self._relation = self._observations.of(self._here)
        if not self._relation.rows:
            raise ProveError(
                f"{project.observations}: nothing was observed with {self._here}: "
                "run pytest --this-tests-observe, whose tests are the ones that are tried"
            )

    def names(self, wanted: Sequence[str]) -> Mapping[str, str]:
        """Return the functions to be judged, with their public names.

        Args:
            wanted: Names of callables, classes or modules; none for all.

        Raises:
            ProveError: A name is not known, or no test was observed to execute it.
        """
        if not wanted:
            return provable(self._observations, self._here)
        names = provable(self._observations, self._here, makers=True)
        found: dict[str, str] = {}
        for name in wanted:
            matching = {function: known for function, known in names.items() if _is_of(name, function, known)}
            if not matching:
                raise ProveError(f"{name}: no test was observed to execute a Python function of that name")
            found |= matching
        return found

    def targets(self, names: Mapping[str, str]) -> list[Target]:
        """Return these functions with their tests."""
        unsteady = self._observations.unsteady.get(self._here)
        return [*targets(names, self._relation, unsteady.tests if unsteady else ())]

    def run(self, names: Mapping[str, str], plan: Plan, arguments: Sequence[str]) -> Proved:
        """Run the trials, and store what came of them, also if the user ends them.

        Args:
            arguments: Further ones for pytest.

        Raises:
            ProveError: pytest did not begin the trials.
        """
        session = time.time_ns()
        with tempfile.TemporaryDirectory(prefix="this-tests-prove-") as temporary:
            folder = Path(temporary)
            (folder / PLAN).write_bytes(msgspec.json.encode(plan))
            status, interrupted = self._pytest(folder, plan.targets, arguments)
            verdicts = [*_verdicts(folder / VERDICTS)]
        if not verdicts and not interrupted and status != 0:
            raise ProveError(f"pytest exited with {status} before the first trial: see what it says")
        proofs = dict(self._proofs(verdicts, session))
        if proofs and not plan.intact:
            try:
                file.add(self._project.observations, f"prove-{session}", Observations(proofs=proofs))
            except OSError as error:
                raise ProveError(f"{self._project.observations}: cannot be written: {error}") from error
        return Proved(names, verdicts, len(plan.targets), interrupted)

    def _pytest(self, folder: Path, planned: Iterable[Target], arguments: Sequence[str]) -> tuple[int, bool]:
        files = {test_file(test) for target in planned for test in target.tests}
        given = [*arguments] or (sorted(files) if len(files) <= _FILES else [])
        ours = [
            "-qq",
            f"--this-tests-prove={folder}",
            f"--basetemp={folder / 'pytest'}",
            "-p",
            "no:cacheprovider",
        ]
        # Trials are processes side by side themselves, and coverage of what does nothing is none.
        chosen = " ".join(configured_options(self._project.root))
        for package, plugin, option in (("xdist", "xdist", "-n0"), ("pytest_cov", "cov", "--no-cov")):
            if find_spec(package) and f"no:{plugin}" not in chosen:
                ours.append(option)
        try:
            status = run_pytest(
                [*ours, *given], environment={"TMPDIR": str(folder)}, folder=self._project.root
            )
        except KeyboardInterrupt:
            fail("interrupted; what was proven until then is kept")
            return 0, True
        return status, False

    def _proofs(self, verdicts: Iterable[Verdict], session: int) -> Iterator[tuple[str, Proof]]:
        code = CurrentCode(self._project)
        for verdict in verdicts:
            digest = code.of_function(verdict.function)
            if verdict.problem or not digest:
                continue
            tests = {test.partition("[")[0]: code.of_test(test) for test in _witnesses(verdict)}
            yield (
                verdict.function,
                Proof(
                    session=session,
                    code=digest,
                    replaced=tuple(verdict.replaced),
                    noticed={test: tuple(for_) for test, for_ in sorted(verdict.noticed.items())},
                    tests={test: found for test, found in sorted(tests.items()) if found},
                    unaware=len(verdict.unaware),
                ),
            )


def _witnesses(verdict: Verdict) -> Iterable[str]:
    """Return the tests that noticed; if none did, those of which no case could not be used."""
    if verdict.noticed:
        return verdict.noticed
    unsuited = {test.partition("[")[0] for test in verdict.unsuited}
    return [test for test in verdict.unaware if test.partition("[")[0] not in unsuited]


def _verdicts(path: Path) -> Iterator[Verdict]:
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        try:
            yield msgspec.json.decode(line, type=Verdict)
        except msgspec.DecodeError:
            return  # It was being written when the session ended.


def _is_of(name: str, function: str, public: str) -> bool:
    """Return whether a function is called *name*, or is in the class or module of that name."""
    definition = function.replace(":", ".")
    if is_maker(function):
        return definition == name
    return any(known == name or known.startswith(f"{name}.") for known in (public, definition))

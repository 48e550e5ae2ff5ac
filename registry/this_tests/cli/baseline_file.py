"""Reading, writing and shrinking of the baseline file."""

from contextlib import suppress
from pathlib import Path

import typer

from ..check.baseline import Baseline, BaselineError, decode_baseline, encode_baseline
from ..check.findings import Rule
from ..files import atomic_write, read_bounded
from ..settings import Project
from ..text import counted
from .check_run import CheckResult
from .console import note

__all__ = ["baseline_path", "read_baseline", "shrink", "write_baseline"]


_LARGEST = 64 * 2**20


def baseline_path(project: Project, requested: Path | None) -> Path:
    """Return the baseline that was requested, else the project's."""
    return project.root / project.settings.baseline if requested is None else requested


def read_baseline(path: Path, *, requested: bool) -> Baseline | None:
    """Return the baseline at *path*, or None if the file is missing and was not requested.

    Raises:
        BaselineError: The file cannot be read or is not a baseline.
    """
    try:
        return decode_baseline(read_bounded(path, _LARGEST), path)
    except FileNotFoundError:
        if requested:
            raise BaselineError(path, "no such file") from None
        return None
    except OSError as error:
        raise BaselineError(path, f"cannot be read: {error.strerror}") from error


def write_baseline(path: Path, result: CheckResult) -> None:
    """Accept all findings; for rules that were not checked, those that were accepted before.

    Raises:
        BaselineError: The file cannot be written.
    """
    if not result.whole:
        raise typer.BadParameter(
            "--write-baseline accepts the findings of the whole suite: leave out files and --changed"
        )
    baseline = Baseline.of(result.findings)
    with suppress(BaselineError):
        if before := read_baseline(path, requested=False):
            baseline |= before.only(result.unchecked)
    try:
        atomic_write(path, encode_baseline(baseline), sync=True)
    except OSError as error:
        raise BaselineError(path, f"cannot be written: {error.strerror}") from error
    note(f"{path.name}: {counted(len(baseline), 'finding')} accepted")


def shrink(baseline: Baseline, path: Path, result: CheckResult) -> Baseline:
    """Return *baseline* without the findings that are gone, and write it if the file is writable."""
    files = {file.path for file in result.suite.tests}

    def was_seen(rule: Rule, file: str) -> bool:
        if rule in result.unchecked:
            return False
        if rule == "untested":
            return result.whole and result.api
        return result.whole or file in files

    shrunk = baseline.shrunk(result.findings, was_seen)
    gone = len(baseline) - len(shrunk)
    if gone:
        message = f"{path.name}: {counted(gone, 'accepted finding')} gone, {len(shrunk):,} left"
        try:
            atomic_write(path, encode_baseline(shrunk), sync=True)
        except OSError as error:
            # CI does not commit the file, so a read-only tree is no reason to fail.
            note(f"{message}; not written ({error.strerror}): run this-tests check and commit the file")
        else:
            note(message)
    return shrunk

"""Reading, writing and shrinking of the baseline file."""

from contextlib import suppress
from pathlib import Path

import typer

from ..check.baseline import Baseline, BaselineError, encode_baseline, read_baseline
from ..files import atomic_write
from ..settings import Project
from ..text import counted
from .check_run import CheckResult
from .console import note

__all__ = ["baseline_path", "read_baseline", "shrink", "write_baseline"]


def baseline_path(project: Project, requested: Path | None) -> Path:
    """Return the baseline that was requested, else the project's."""
    return project.root / project.settings.baseline if requested is None else requested


def write_baseline(path: Path, result: CheckResult) -> None:
    """Accept all findings; of what was not checked, those that were accepted before.

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
            baseline |= before.without(result.covers)
    try:
        atomic_write(path, encode_baseline(baseline), sync=True)
    except OSError as error:
        raise BaselineError(path, f"cannot be written: {error.strerror}") from error
    note(f"{path.name}: {counted(len(baseline), 'finding')} accepted")


def shrink(baseline: Baseline, path: Path, result: CheckResult) -> Baseline:
    """Return *baseline* without the findings that are gone, and write it if the file is writable."""
    shrunk = baseline.shrunk(result.findings, result.covers)
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

"""The baseline on disk: read, written when asked for, and shrunk by itself."""

from pathlib import Path

import typer

from ..check.baseline import Baseline, BaselineError, decode_baseline, encode_baseline
from ..check.findings import Rule
from ..files import atomic_write, read_bounded
from ..settings import Project
from ..text import counted
from .check_run import Examination
from .console import note

__all__ = ["baseline_path", "read_baseline", "shrink", "write_baseline"]


_LARGEST = 64 * 2**20


def baseline_path(project: Project, asked: Path | None) -> Path:
    """Return the baseline that was asked for, else the project's."""
    return project.root / project.settings.baseline if asked is None else asked


def read_baseline(path: Path, *, asked: bool) -> Baseline | None:
    """Return the baseline at *path*, or None where a project has none and nobody asked for one.

    Raises:
        BaselineError: It cannot be read, or is none.
    """
    try:
        return decode_baseline(read_bounded(path, _LARGEST), path)
    except FileNotFoundError:
        if asked:
            raise BaselineError(path, "no such file") from None
        return None
    except OSError as error:
        raise BaselineError(path, f"cannot be read: {error.strerror}") from error


def write_baseline(path: Path, seen: Examination) -> None:
    """Accept all that was found.

    Raises:
        BaselineError: It cannot be written.
    """
    if not seen.whole:
        raise typer.BadParameter(
            "--write-baseline accepts what the whole suite has: leave out files and --changed"
        )
    baseline = Baseline.of(seen.findings)
    try:
        atomic_write(path, encode_baseline(baseline), sync=True)
    except OSError as error:
        raise BaselineError(path, f"cannot be written: {error.strerror}") from error
    note(f"{path.name}: {counted(len(baseline), 'finding')} accepted")


def shrink(baseline: Baseline, path: Path, seen: Examination) -> Baseline:
    """Return *baseline* without what is no longer found, and write it, if it can be written."""
    files = {file.path for file in seen.suite.tests}

    def was_seen(rule: Rule, file: str) -> bool:
        if rule == "untested":
            return seen.whole and seen.api
        return seen.whole or file in files

    shrunk = baseline.shrunk(seen.findings, was_seen)
    gone = len(baseline) - len(shrunk)
    if gone:
        told = f"{path.name}: {counted(gone, 'accepted finding')} gone, {len(shrunk):,} left"
        try:
            atomic_write(path, encode_baseline(shrunk), sync=True)
        except OSError as error:
            # In CI nobody commits what is written, and a read-only tree is no reason to fail.
            note(f"{told}; not written ({error.strerror}): run this-tests check and commit the file")
        else:
            note(told)
    return shrunk

"""What `check --fix` does: show the calls that are missing beyond doubt, ask, and write them."""

import difflib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import typer

from ..check.fixes import Remedy, remedies
from ..errors import ThisTestsError
from ..files import atomic_write
from ..observations.file import load
from ..report.escaping import shown
from ..settings import Project
from ..suite.conventions import read_cache_folder
from ..text import counted
from .check_run import Examination
from .console import note, tell
from .project import read_api

__all__ = ["fix"]


def fix(project: Project, seen: Examination, *, yes: bool) -> bool:
    """Show and write the missing declarations; return whether none is missing any more.

    Args:
        yes: Write without asking.

    Raises:
        ThisTestsError: libcst is not installed.
    """
    relation = load(read_cache_folder(project.root), notice=note)
    found = remedies(seen.findings, seen.suite, relation, read_api(project).callables)
    missing = sum(each.rule == "missing" for each in seen.findings)
    changes = {path: _changed(path, targets) for path, targets in _by_file(project.root, found)}
    for path, (old, new) in changes.items():
        tell(_difference(path.relative_to(project.root).as_posix(), old, new))
    note(f"{counted(missing, 'test')} without a declaration, {len(found):,} of them to be fixed beyond doubt")
    if not (found and _agreed(yes=yes)):
        return not missing
    for path, (_, new) in changes.items():
        atomic_write(path, new, sync=True)
    return len(found) == missing


def _by_file(root: Path, found: tuple[Remedy, ...]) -> Iterator[tuple[Path, Mapping[str, str]]]:
    for file in sorted({each.file for each in found}):
        yield root / file, {each.test: each.target for each in found if each.file == file}


def _changed(path: Path, targets: Mapping[str, str]) -> tuple[bytes, bytes]:
    try:
        from ..suite.codemod import declared_in
    except ImportError:
        raise ThisTestsError("--fix needs libcst: pip install 'this-tests[fix]'") from None
    old = path.read_bytes()
    return old, declared_in(old, targets)


def _difference(name: str, old: bytes, new: bytes) -> Iterator[str]:
    before, after = (text.decode("utf-8", "replace").splitlines() for text in (old, new))
    colours = {"+": "green", "-": "red", "@": "cyan"}
    for line in difflib.unified_diff(before, after, f"a/{name}", f"b/{name}", lineterm=""):
        colour = colours.get(line[:1], "")
        yield f"[{colour}]{shown(line)}[/]" if colour else shown(line)


def _agreed(*, yes: bool) -> bool:
    if yes:
        return True
    if not sys.stdin.isatty():
        note("nothing is written: add --yes")
        return False
    return typer.confirm("Write this?", err=True)

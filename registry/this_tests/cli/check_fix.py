"""The option ``check --fix``: shows the missing declarations that are unambiguous, and writes them."""

import difflib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import typer

from ..check.fixes import Fix, certain_fixes
from ..errors import ThisTestsError
from ..files import atomic_write
from ..observations.file import load
from ..report.escaping import shown
from ..settings import Project
from ..suite.conventions import read_cache_folder
from ..text import counted
from .check_run import CheckResult
from .console import note, print_lines
from .project import read_api

__all__ = ["apply_fixes"]


def apply_fixes(project: Project, result: CheckResult, *, yes: bool) -> bool:
    """Show and write the missing declarations; return whether none is left.

    Args:
        yes: Write without asking.

    Raises:
        ThisTestsError: libcst is not installed.
    """
    relation = load(read_cache_folder(project.root), notice=note)
    found = certain_fixes(result.findings, result.suite, relation, read_api(project).callables)
    missing = sum(finding.rule == "missing" for finding in result.findings)
    changes = {path: _changed(path, targets) for path, targets in _by_file(project.root, found)}
    for path, (old, new) in changes.items():
        print_lines(_difference(path.relative_to(project.root).as_posix(), old, new))
    note(f"{counted(missing, 'test')} without a declaration, {len(found):,} with an unambiguous fix")
    if not (found and _agreed(yes=yes)):
        return not missing
    for path, (_, new) in changes.items():
        atomic_write(path, new, sync=True)
    return len(found) == missing


def _by_file(root: Path, found: tuple[Fix, ...]) -> Iterator[tuple[Path, Mapping[str, str]]]:
    for file in sorted({fix.file for fix in found}):
        yield root / file, {fix.test: fix.target for fix in found if fix.file == file}


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
        note("nothing written; add --yes to write")
        return False
    return typer.confirm("Write these changes?", err=True)

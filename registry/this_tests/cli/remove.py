"""The subcommand ``this-tests remove``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ..settings import Project, find_project
from ..source.parsing import why_unread, with_deep_stack
from ..suite.conventions import Conventions, read_conventions
from ..suite.declarations import NAME
from ..suite.reader import SourceError
from ..suite.removal import without_declarations
from ..text import counted
from .console import progress
from .exit_codes import CLEAN, FINDINGS
from .file_changes import show_and_write

__all__ = ["remove"]


def remove(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Files or folders. Default: pytest's testpaths.", exists=True, show_default=False
        ),
    ] = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Write without asking.")] = False,
) -> None:
    """Show all declarations in test files, and take them out after asking.

    The rest of each file stays as it is. The registry follows when the tests run again.
    Exit code 0: no declarations are left; 1: some are; 2: an error.

    [dim]$ this-tests remove[/]

    [dim]$ this-tests remove tests/test_ops.py --yes[/]
    """
    project = find_project(Path.cwd())
    changes, number = {}, 0
    for path in progress(_files(project, paths or ()), "Reading files"):
        old, new, found = _removed(path)
        number += found
        if old != new:
            changes[path] = old, new
    summary = f"{counted(number, 'declaration')} in {counted(len(changes), 'file')}"
    written = show_and_write(changes, project.root, summary, yes=yes)
    raise typer.Exit(CLEAN if written or not changes else FINDINGS)


def _files(project: Project, paths: Sequence[Path]) -> list[Path]:
    """Return the Python files below *paths*: helpers and conftest files declare, too."""
    conventions = Conventions(testpaths=read_conventions(project.root).testpaths, python_files=("*.py",))
    chosen = [path.absolute() for path in paths]
    return list(conventions.test_files(project.root, chosen))


def _removed(path: Path) -> tuple[bytes, bytes, int]:
    """Return the content of a file with and without its declarations, and their number.

    Raises:
        SourceError: It cannot be read or parsed, and may have declarations.
    """
    try:
        old = path.read_bytes()
        if NAME.encode() not in old and b"this-tests:" not in old:
            return old, old, 0
        return (old, *with_deep_stack(lambda: without_declarations(old)))
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise SourceError(path, *why_unread(error)) from None

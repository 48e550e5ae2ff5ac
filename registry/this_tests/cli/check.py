"""``this-tests check``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from .. import checks, report
from ..names.static import exists
from ..settings import find_project
from ..source import SourceFile
from .exits import CLEAN, FINDINGS
from .options import Format, FormatOption, RegistryOption
from .suite import load_if_there, read_suite, registry_path
from .terminal import tell, tell_json

__all__ = ["check"]


def check(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Test files or folders. Default: pytest's testpaths.", exists=True, show_default=False
        ),
    ] = None,
    *,
    output: FormatOption = Format.TEXT,
    registry: RegistryOption = None,
) -> None:
    """Find tests that declare nothing, names that do not exist, and stale entries.

    Reads the test files without importing them. Exit code 0: clean; 1: findings; 2: could not run.

    [dim]$ this-tests check tests/[/]
    """
    project = find_project(Path.cwd())
    suite = read_suite(project, paths or ())
    path = registry_path(project, registry)
    findings = checks.check(
        suite,
        load_if_there(path),
        path.name,
        name_exists=exists,
        file_exists=lambda file: (project.root / file).exists(),
    )
    _tell_findings(findings, suite.tests, output)
    raise typer.Exit(FINDINGS if findings else CLEAN)


def _tell_findings(findings: Sequence[checks.Finding], files: Sequence[SourceFile], output: Format) -> None:
    if output is Format.JSON:
        tell_json([msgspec.to_builtins(each) for each in findings])
    else:
        tell(report.finding_lines(findings, files))

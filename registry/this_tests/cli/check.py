"""The subcommand ``this-tests check``."""

from collections.abc import Sequence
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from ..check.baseline import Baseline
from ..check.findings import Finding
from ..report.findings import finding_data, finding_lines, github_lines
from ..report.junit import junit_text
from ..report.sarif import sarif_data
from ..settings import Project
from ..suite.reader import Suite
from .baseline_file import baseline_path, read_baseline, shrink, write_baseline
from .check_fix import apply_fixes
from .check_run import CheckRequest, run_check
from .console import note, print_json, print_lines, print_text
from .exit_codes import CLEAN, FINDINGS
from .inputs import places_of
from .options import RegistryOption
from .project import here

__all__ = ["FindingFormat", "check"]


class FindingFormat(StrEnum):
    """Output formats of findings."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"
    JUNIT = "junit"


def check(  # noqa: PLR0913  # each is an option
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Test files or folders. Default: pytest's testpaths.", exists=True, show_default=False
        ),
    ] = None,
    *,
    output: Annotated[
        FindingFormat,
        typer.Option(
            "--format",
            help="Output format: text, JSON, annotations for GitHub Actions, SARIF 2.1.0 for code "
            "scanning, or JUnit XML.",
        ),
    ] = FindingFormat.TEXT,
    registry: RegistryOption = None,
    baseline: Annotated[
        Path | None,
        typer.Option(
            help="The file of accepted findings. Default: the setting baseline.", show_default=False
        ),
    ] = None,
    write: Annotated[
        bool,
        typer.Option("--write-baseline", help="Accept all current findings, so that only new ones fail."),
    ] = False,
    changed: Annotated[
        str | None,
        typer.Option(
            metavar="[=REV]",
            help="Check only files that changed since the commit REV. Default: uncommitted changes.",
            show_default=False,
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="REV",
            help="Also report public callables that are new since the commit REV and have no test, and "
            "those that lost their last test. Of those that no test notices, report only what changed.",
            show_default=False,
        ),
    ] = None,
    suggest: Annotated[
        bool,
        typer.Option(
            "--suggest",
            help="Also report where declared and observed tests differ; this never fails the check.",
        ),
    ] = False,
    mirror: Annotated[
        bool,
        typer.Option(
            "--mirror",
            help="Also report modules without a mirroring test file, and test folders that mirror nothing.",
        ),
    ] = False,
    devices: Annotated[
        bool, typer.Option("--devices", help="Also report hard-coded device numbers, such as cuda:1.")
    ] = False,
    fix: Annotated[
        bool,
        typer.Option(
            "--fix",
            help="Show the missing declarations that are unambiguous, and write them after asking.",
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --fix: write without asking.")] = False,
    verbose: Annotated[
        bool,
        typer.Option("--verbose", "-v", help="With --fix: list all tests that are left, and why."),
    ] = False,
) -> None:
    """Report tests without a declaration, names that do not exist, and stale entries.

    Reads the test files without importing them. Exit code 0: no findings; 1: findings; 2: an error.

    [dim]$ this-tests check tests/[/]
    [dim]$ this-tests check --write-baseline[/]
    [dim]$ this-tests check --fix[/]
    [dim]$ this-tests check --changed=origin/main --format github[/]
    """
    project = here()
    accepted = baseline_path(project, baseline)
    known = None if write else read_baseline(accepted, requested=baseline is not None)
    request = CheckRequest(
        paths or (),
        changed,
        since,
        api=write or known is not None,
        missing=fix or project.settings.missing != "ignore",
        mirror=mirror,
        devices=devices,
    )
    result = run_check(project, registry, request)
    _note_unknown_library(project)
    if fix:
        new = (known or Baseline({})).new(result.findings)
        whole = apply_fixes(project, result, new, changed=changed, yes=yes, verbose=verbose)
        raise typer.Exit(CLEAN if whole else FINDINGS)
    if write:
        write_baseline(accepted, result)
        raise typer.Exit(CLEAN)
    known = shrink(known, accepted, result) if known is not None else Baseline({})
    new = known.new(result.findings)
    suggestions = result.suggestions if suggest else ()
    _print(new, suggestions, result.suite, output, accepted=len(result.findings) - len(new))
    raise typer.Exit(FINDINGS if new else CLEAN)


def _note_unknown_library(project: Project) -> None:
    """Report packages of the library that cannot be found: their names cannot be checked."""
    hint = f'set library = ["…"] in {project.table}'
    if not project.library:
        note(
            f"{project.root}: the library under test is not known, so its names and its API cannot be "
            f"checked; {hint}"
        )
    if missing := [package for package in project.library if package not in places_of(project)]:
        note(
            f"{project.root}: {', '.join(missing)} not found there, in src/ or in the installed packages, "
            f"so its names and its API cannot be checked; install it, or {hint}"
        )


def _print(
    findings: Sequence[Finding],
    suggestions: Sequence[Finding],
    suite: Suite,
    output: FindingFormat,
    *,
    accepted: int,
) -> None:
    everything = sorted((*findings, *suggestions))
    match output:
        case FindingFormat.JSON:
            print_json(finding_data(everything))
        case FindingFormat.SARIF:
            print_json(sarif_data(everything, version("this-tests")))
        case FindingFormat.JUNIT:
            print_text(junit_text(everything, suite))
        case FindingFormat.GITHUB:
            for line in github_lines(everything):
                print_text(line)
        case FindingFormat.TEXT:
            print_lines(finding_lines(findings, suite, accepted=accepted, suggestions=suggestions))

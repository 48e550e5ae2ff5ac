"""``this-tests check``."""

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
from .check_fix import fix as apply_fixes
from .check_run import Question, examine
from .console import note, tell, tell_json, tell_plain
from .exit_codes import CLEAN, FINDINGS
from .options import RegistryOption
from .project import here, places_of

__all__ = ["check"]

_SET = 'set library = ["…"] in [tool.this-tests]'


class FindingFormat(StrEnum):
    """How findings are printed."""

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
            help="Lines for people, JSON, annotations for GitHub Actions, SARIF 2.1.0 for code scanning, "
            "or JUnit's XML.",
        ),
    ] = FindingFormat.TEXT,
    registry: RegistryOption = None,
    baseline: Annotated[
        Path | None,
        typer.Option(help="The findings that are accepted, if not the project's file.", show_default=False),
    ] = None,
    write: Annotated[
        bool, typer.Option("--write-baseline", help="Accept all that is found now; only new findings fail.")
    ] = False,
    changed: Annotated[
        str | None,
        typer.Option(
            metavar="[=REV]",
            help="Check only files that changed since the commit REV; without REV, what is not committed.",
            show_default=False,
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="REV",
            help="Find also public callables that are new since the commit REV and have no test, and "
            "those that lost their last one.",
            show_default=False,
        ),
    ] = None,
    suggest: Annotated[
        bool,
        typer.Option(
            "--suggest", help="Tell also where declared and observed tests differ; that fails nothing."
        ),
    ] = False,
    mirror: Annotated[
        bool,
        typer.Option(
            "--mirror", help="Find also modules that no test file mirrors, and test folders that mirror none."
        ),
    ] = False,
    devices: Annotated[
        bool, typer.Option("--devices", help="Find also devices that tests name by number, as cuda:1.")
    ] = False,
    fix: Annotated[
        bool,
        typer.Option(
            "--fix", help="Show, and write after asking, the declarations that are missing beyond doubt."
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --fix: write without asking.")] = False,
) -> None:
    """Find tests that declare nothing, names that do not exist, and stale entries.

    Reads the test files without importing them. Exit code 0: clean; 1: findings; 2: could not run.

    [dim]$ this-tests check tests/[/]
    [dim]$ this-tests check --write-baseline[/]
    [dim]$ this-tests check --fix[/]
    [dim]$ this-tests check --changed=origin/main --format github[/]
    """
    project = here()
    accepted = baseline_path(project, baseline)
    known = None if write else read_baseline(accepted, asked=baseline is not None)
    asked = Question(
        paths or (), changed, since, api=write or known is not None, mirror=mirror, devices=devices
    )
    seen = examine(project, registry, asked)
    _tell_of_what_is_unknown(project)
    if fix:
        raise typer.Exit(CLEAN if apply_fixes(project, seen, yes=yes) else FINDINGS)
    if write:
        write_baseline(accepted, seen)
        raise typer.Exit(CLEAN)
    known = shrink(known, accepted, seen) if known is not None else Baseline({})
    new = known.new(seen.findings)
    suggestions = seen.suggestions if suggest else ()
    _tell(new, suggestions, seen.suite, output, accepted=len(seen.findings) - len(new))
    raise typer.Exit(FINDINGS if new else CLEAN)


def _tell_of_what_is_unknown(project: Project) -> None:
    """Say which packages of the library cannot be found: no name of theirs can be checked."""
    if not project.library:
        note(
            f"{project.root}: the library under test is not known, so its names and its API cannot be "
            f"checked; {_SET}"
        )
    if missing := [each for each in project.library if each not in places_of(project)]:
        note(
            f"{project.root}: nothing is found of {', '.join(missing)} there, in src/, or among what is "
            f"installed, so its names and its API cannot be checked; install it, or {_SET}"
        )


def _tell(
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
            tell_json(finding_data(everything))
        case FindingFormat.SARIF:
            tell_json(sarif_data(everything, version("this-tests")))
        case FindingFormat.JUNIT:
            tell_plain(junit_text(everything, suite))
        case FindingFormat.GITHUB:
            for line in github_lines(everything):
                tell_plain(line)
        case FindingFormat.TEXT:
            tell(finding_lines(findings, suite, accepted=accepted, suggestions=suggestions))

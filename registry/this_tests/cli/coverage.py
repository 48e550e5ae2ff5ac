"""The subcommand ``this-tests coverage``."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ..errors import SettingsError
from ..files import atomic_write
from ..observations.evidence import load
from ..prove.proven import proven_in
from ..registry.coverage import Coverage, State, cover
from ..report.badge import badge as draw
from ..report.coverage import (
    coverage_data,
    coverage_markdown,
    coverage_summary,
    coverage_table,
    percent,
    untested_lines,
)
from ..report.coverage_html import coverage_html
from ..settings import OBSERVATIONS
from .console import note, print_json, print_table, print_text
from .exit_codes import CLEAN, FINDINGS
from .inputs import read_api
from .options import RegistryOption
from .project import here, registry_path

__all__ = ["CoverageFormat", "WeakestEvidence", "coverage"]


class CoverageFormat(StrEnum):
    """Output formats of the coverage."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"


class WeakestEvidence(StrEnum):
    """The weakest evidence that counts."""

    DECLARED = "declared"
    DIRECT = "direct"
    INDIRECT = "indirect"
    INFERRED = "inferred"


def coverage(
    *,
    output: Annotated[
        CoverageFormat,
        typer.Option("--format", help="Output format: text, JSON, a Markdown table, or an HTML page."),
    ] = CoverageFormat.TEXT,
    registry: RegistryOption = None,
    fail_under: Annotated[
        float,
        typer.Option(min=0, max=100, metavar="N", help="Exit with code 1 if less than N percent have tests."),
    ] = 0,
    least: Annotated[
        WeakestEvidence, typer.Option(help="The weakest evidence that counts as a test.")
    ] = WeakestEvidence.INDIRECT,
    badge: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a badge of the share as an SVG image.", show_default=False),
    ] = None,
) -> None:
    """Report which callables of the API have tests, and how strong the evidence is, by module.

    The API consists of the names in the inventories of the setting `inventory`, or else of the public
    names in the library's sources; nothing is imported. Exit code 1: less than N percent have tests.

    [dim]$ this-tests coverage --fail-under 80 --badge docs/_static/api.svg[/]
    [dim]$ this-tests coverage --format markdown >> "$GITHUB_STEP_SUMMARY"[/]
    """
    project = here()
    library, callables = project.needed_library(), read_api(project).callables
    if not callables:
        raise SettingsError("library", f"no public callable found in {', '.join(library)}")
    path = registry_path(project, registry)
    proven = proven_in(path.parent / OBSERVATIONS, project)
    found = cover(callables, load(path, note), proven.of)
    _print(found, least.value, output)
    share = found.share(least.value)
    if badge is not None:
        atomic_write(badge, draw(share, percent(share)).encode())
    if share * 100 < fail_under:
        note(f"{share:.1%} of the API have tests, but --fail-under requires {fail_under:g}%")
        raise typer.Exit(FINDINGS)
    raise typer.Exit(CLEAN)


def _print(found: Coverage, least: State, output: CoverageFormat) -> None:
    match output:
        case CoverageFormat.JSON:
            print_json(coverage_data(found, least))
        case CoverageFormat.MARKDOWN:
            print_text("\n".join(coverage_markdown(found, least)))
        case CoverageFormat.HTML:
            print_text(coverage_html(found, least, "Tests of the API").rstrip("\n"))
        case CoverageFormat.TEXT:
            print_table(coverage_table(found, least))
            print_text("\n".join([coverage_summary(found, least), *untested_lines(found)]))

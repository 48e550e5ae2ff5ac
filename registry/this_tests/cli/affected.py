"""The subcommand ``this-tests affected``."""

from enum import StrEnum
from typing import Annotated

from ..report.affected import affected_arguments, affected_data, affected_lines, affected_outputs
from ..selection.affected import affected as affected_tests
from .console import note, print_json, print_lines, print_text
from .parameters import Option
from .project import here
from .pytest_arguments import write_arguments

__all__ = ["affected"]


class AffectedFormat(StrEnum):
    """Output formats of ``affected``."""

    TEXT = "text"
    JSON = "json"
    ARGS = "args"
    GITHUB = "github"


def affected(
    *,
    since: Annotated[
        str, Option("--since", help="Compare with this commit. Default: what is not committed.")
    ] = "HEAD",
    top: Annotated[int, Option("--top", help="List at most so many tests. Default: all.")] = 0,
    output: Annotated[
        AffectedFormat,
        Option(
            "--format",
            help="Output format: text, json, args (for pytest's command line) or github (outputs of a step).",
        ),
    ] = AffectedFormat.TEXT,
) -> None:
    """List the tests that a change affects, the likeliest to notice a mistake first, without running pytest.

    They are worked out from what earlier sessions observed, from git, and from the syntax of what changed.

    [dim]$ pytest $(this-tests affected --since main --format args)[/]
    """
    project = here()
    found = affected_tests(project, since, note)
    shown = found.tests[:top] if top > 0 else found.tests
    if output is AffectedFormat.JSON:
        print_json(affected_data(found, shown))
    elif output is AffectedFormat.TEXT:
        print_lines(affected_lines(found, shown))
    else:
        arguments = write_arguments(project, "affected", affected_arguments(found, shown))
        if output is AffectedFormat.ARGS:
            print_text(arguments)
        else:
            print_lines(affected_outputs(found, arguments))

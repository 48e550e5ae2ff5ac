"""The subcommand ``this-tests why``."""

import sys
from typing import Annotated

from ..report.why import why_data, why_lines
from ..selection.why import why as explain
from .console import note, print_json, print_lines
from .exit_codes import CLEAN, FINDINGS
from .options import Format, FormatOption
from .parameters import Argument, Option
from .project import here

__all__ = ["why"]


def why(
    test: Annotated[str, Argument(help="A test, or one case of it: its node id, or the last parts of it.")],
    *,
    since: Annotated[
        str, Option("--since", help="Compare with this commit. Default: what is not committed.")
    ] = "HEAD",
    output: FormatOption = Format.TEXT,
) -> None:
    """Explain why a change affects TEST, or why it does not.

    Exit code 1: no such test is known.

    [dim]$ this-tests why test_add_edge --since main[/]
    """
    found = explain(here(), test, since, note)
    if output is Format.JSON:
        print_json(why_data(found))
    else:
        print_lines(why_lines(test, found))
    sys.exit(CLEAN if found.tests else FINDINGS)

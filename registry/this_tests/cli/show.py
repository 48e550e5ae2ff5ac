"""The subcommand ``this-tests show``."""

from typing import Annotated

import typer

from ..registry.query import answer
from ..registry.store import load
from ..report.evidence import answer_data, answer_lines
from ..source.name_lookup import exists
from .console import print_json, print_lines
from .exit_codes import CLEAN, FINDINGS
from .options import Format, FormatOption, RegistryOption
from .project import here, registry_path

__all__ = ["show"]


def show(
    name: Annotated[str, typer.Argument(help="A callable, class or module, or a part of its name.")],
    *,
    output: FormatOption = Format.TEXT,
    registry: RegistryOption = None,
) -> None:
    """Show the tests that exercise NAME.

    Exit code 1: the registry has no such name.

    [dim]$ this-tests show einops.rearrange[/]
    """
    path = registry_path(here(), registry)
    found = answer(load(path), name)
    if output is Format.JSON:
        print_json(answer_data(found))
    else:
        print_lines(answer_lines(name, found, path.name, exists=exists(name)))
    raise typer.Exit(CLEAN if found.evidence else FINDINGS)

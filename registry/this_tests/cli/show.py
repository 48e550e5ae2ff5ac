"""``this-tests show``."""

from typing import Annotated

import typer

from ..names.static import exists
from ..query import answer
from ..report.answers import answer_data, answer_lines
from ..store import load
from .exits import CLEAN, FINDINGS
from .options import Format, FormatOption, RegistryOption
from .suite import here, registry_path
from .terminal import tell, tell_json

__all__ = ["show"]


def show(
    name: Annotated[str, typer.Argument(help="A callable, class or module; a part of its name will do.")],
    *,
    output: FormatOption = Format.TEXT,
    registry: RegistryOption = None,
) -> None:
    """Show the tests that exercise NAME.

    Exit code 1 says that the registry knows no such name.

    [dim]$ this-tests show einops.rearrange[/]
    """
    path = registry_path(here(), registry)
    found = answer(load(path), name)
    if output is Format.JSON:
        tell_json(answer_data(found))
    else:
        tell(answer_lines(name, found, path.name, exists=exists(name)))
    raise typer.Exit(CLEAN if found.evidence else FINDINGS)

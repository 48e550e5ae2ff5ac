"""The subcommand ``this-tests show``."""

import sys
from typing import Annotated

from ..observations.evidence import load
from ..prove.proven import proven_in
from ..registry.query import answer
from ..report.evidence import answer_data, answer_lines
from ..settings import OBSERVATIONS
from .console import note, print_json, print_lines
from .exit_codes import CLEAN, FINDINGS
from .options import Format, FormatOption, RegistryOption
from .parameters import Argument, Option
from .project import here, registry_path

__all__ = ["exists", "show"]


def show(
    name: Annotated[str, Argument(help="A callable, class or module, or a part of its name.")],
    *,
    every: Annotated[bool, Option("--all", help="List all tests, and not only the most relevant.")] = False,
    output: FormatOption = Format.TEXT,
    registry: RegistryOption = None,
) -> None:
    """Show the tests that exercise NAME, the most relevant first, and the command that runs them.

    Exit code 1: the registry has no such name.

    [dim]$ this-tests show einops.rearrange[/]
    """
    project = here()
    path = registry_path(project, registry)
    found = answer(load(path, note, every=every), name)
    proven = proven_in(path.parent / OBSERVATIONS, project)
    noticing = {name: tests for name in found.evidence if (tests := proven.of(name))}
    if output is Format.JSON:
        print_json(answer_data(found, noticing))
    else:
        is_there = None if found.evidence else exists(name)
        print_lines(answer_lines(name, found, path.name, exists=is_there, noticing=noticing))
    sys.exit(CLEAN if found.evidence else FINDINGS)


def exists(name: str) -> bool | None:
    """Return whether the library has *name*; None if that cannot be determined."""
    # To read sources is needed only where the registry has no answer.
    from ..source.name_lookup import exists as is_there

    return is_there(name)

"""The subcommand ``this-tests show``."""

import sys
from collections.abc import Container, Mapping
from typing import Annotated

from ..observations.evidence import load
from ..observations.file import load_proofs
from ..registry.query import answer
from ..report.evidence import answer_data, answer_lines
from ..settings import Project
from .console import note, print_json, print_lines
from .exit_codes import CLEAN, FINDINGS
from .options import Format, FormatOption, RegistryOption
from .parameters import Argument, Option
from .project import here, registry_path

__all__ = ["exists", "proven", "show"]


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
    noticing = proven(project, found.evidence)
    if output is Format.JSON:
        print_json(answer_data(found, noticing))
    else:
        is_there = None if found.evidence else exists(name)
        print_lines(answer_lines(name, found, path.name, exists=is_there, noticing=noticing))
    sys.exit(CLEAN if found.evidence else FINDINGS)


def proven(project: Project, names: Container[str]) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Return by callable the tests, without brackets, that fail without it, as far as that is proven."""
    if not (proofs := load_proofs(project.observations)):
        return {}
    # To read what is proven takes sources, which an answer without proofs need not wait for.
    from ..observations.file import load_names
    from ..prove.current_code import CurrentCode

    named = load_names(project.observations)
    wanted = {function: proof for function, proof in proofs.items() if named.get(function) in names}
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for function, tests in CurrentCode(project).noticing(wanted).items():
        for test, labels in tests.items():
            by_test = found.setdefault(named[function], {})
            plain = test.partition("[")[0]
            by_test[plain] = tuple(dict.fromkeys((*by_test.get(plain, ()), *labels)))
    return found


def exists(name: str) -> bool | None:
    """Return whether the library has *name*; None if that cannot be determined."""
    # To read sources is needed only where the registry has no answer.
    from ..source.name_lookup import exists as is_there

    return is_there(name)

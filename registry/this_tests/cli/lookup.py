"""The subcommands ``this-tests tests-of`` and ``this-tests callables-of``."""

import re
import sys
from pathlib import Path
from typing import Annotated

from ..errors import ThisTestsError
from ..files import read_bounded
from ..observations.evidence import load
from ..observations.executed import executed
from ..observations.lookup import callables_of, evidence_of_definition
from ..registry.commands import argument_for
from ..registry.query import Answer, answer, in_order
from ..report.evidence import answer_data, answer_lines, callables_data, callables_lines
from ..settings import Project
from ..source.enclosing import enclosing
from .console import note, print_json, print_lines, print_text
from .exit_codes import CLEAN, FINDINGS
from .inputs import places_of
from .options import Format, FormatOption, RegistryOption
from .parameters import Argument, Option
from .project import here, load_if_there, registry_path
from .pytest_arguments import AnswerFormat, write_arguments
from .show import exists

__all__ = ["list_callables", "list_tests"]

_PLACE = re.compile(r"(?P<file>.+\.pyi?):(?P<line>[0-9]{1,9})")


def list_tests(
    target: Annotated[
        str,
        Argument(help="A callable, class or module, a part of its name, or a place: FILE:LINE."),
    ],
    *,
    output: Annotated[
        AnswerFormat, Option("--format", help="Output format: text, json, or args for pytest's command line.")
    ] = AnswerFormat.TEXT,
    registry: RegistryOption = None,
) -> None:
    """List all tests that exercise TARGET, the most relevant first.

    Exit code 1: there are none.

    [dim]$ this-tests tests-of src/mypkg/graph.py:120[/]
    """
    project = here()
    path = registry_path(project, registry)
    place = _PLACE.fullmatch(target)
    if place is None:
        found, known = answer(load(path, note, every=True), target), None
    else:
        found, known = _of_place(project, path, Path(place["file"]), int(place["line"])), True
        target = found.names[0]
    if output is AnswerFormat.JSON:
        print_json(answer_data(found))
    elif output is AnswerFormat.TEXT:
        known = known if found.evidence or known else exists(target)
        print_lines(answer_lines(target, found, path.name, exists=known))
    else:
        tests = (
            argument_for(link.test) for evidence in found.evidence.values() for link in in_order(evidence)
        )
        print_text(write_arguments(project, "tests-of", dict.fromkeys(tests)))
    sys.exit(CLEAN if found.evidence else FINDINGS)


def _of_place(project: Project, registry: Path, file: Path, line: int) -> Answer:
    """Return the tests of the function or class around a line.

    Raises:
        ThisTestsError: The file cannot be read, is not the library's, or has neither there.
    """
    try:
        around = enclosing(read_bounded(file), line)
    except (OSError, SyntaxError, ValueError) as error:
        raise ThisTestsError(f"{file}: cannot be read: {error}") from None
    module = _module_of(project, file)
    if not module:
        raise ThisTestsError(
            f"{file} is not in {' or '.join(project.library)}; "
            "what a test exercises is told by `this-tests callables-of TEST`"
        )
    if around is None:
        raise ThisTestsError(f"{file}:{line} is in no function and no class")
    definition = f"{module}.{around.name}"
    return evidence_of_definition(
        definition, load_if_there(registry), executed(registry, note), is_class=around.is_class
    )


def _module_of(project: Project, file: Path) -> str:
    path = file.resolve()
    for name, place in places_of(project).items():
        folder = place.resolve()
        if path == folder:
            return name
        if path.is_relative_to(folder):
            parts = path.relative_to(folder).with_suffix("").parts
            return ".".join((name, *(part for part in parts if part != "__init__")))
    return ""


def list_callables(
    test: Annotated[str, Argument(help="A test: its node id, or the last parts of it.")],
    *,
    output: FormatOption = Format.TEXT,
    registry: RegistryOption = None,
) -> None:
    """List the callables that TEST exercises: those it declares, calls and executes.

    Exit code 1: no such test is known.

    [dim]$ this-tests callables-of test_add_edge[/]
    """
    path = registry_path(here(), registry)
    found = callables_of(test, load_if_there(path), path, note)
    if output is Format.JSON:
        print_json(callables_data(found))
    else:
        print_lines(callables_lines(test, found))
    sys.exit(CLEAN if found.tests else FINDINGS)

"""The subcommand ``this-tests infer``."""

import sys
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer

from ..errors import SettingsError
from ..infer import (
    ExecutedFunctions,
    Inferred,
    LikelyLink,
    PublicNames,
    SourceTree,
    StaticCase,
    cases,
    inferred,
    likely,
)
from ..observations.file import load
from ..observations.relation import BODY, CALL, Relation
from ..report.styles import styled
from ..settings import Project, find_project
from ..source.inventory import read_inventories
from ..source.packages import find_places
from ..source.parsing import with_deep_stack
from ..suite.reader import SuiteFile
from ..text import counted, printable
from .console import note, print_json, print_lines, progress
from .exit_codes import CLEAN
from .inputs import read_suite, test_files
from .options import Format, FormatOption

__all__ = ["executed_functions", "infer", "infer_links"]


def infer(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Test files or folders. Default: pytest's testpaths.", exists=True, show_default=False
        ),
    ] = None,
    *,
    observed: Annotated[
        bool,
        typer.Option(
            "--observed", help="Use what the tests executed in the last runs with --this-tests-observe."
        ),
    ] = False,
    output: FormatOption = Format.TEXT,
) -> None:
    """Infer from the tests' source which callables they are likely to test.

    Neither the tests nor the library are imported or run. With --observed, a callable that did not run
    is not linked, and one that ran inside a linked one is linked if the test's name mentions it and few
    tests execute it.

    [dim]$ this-tests infer tests/test_ops.py[/]

    [dim]$ this-tests infer --observed[/]
    """
    project = find_project(Path.cwd())
    files = read_suite(project, test_files(project, paths or ())).tests
    ran = executed_functions(load(project.observations, notice=note).combined()) if observed else None
    links = infer_links(project, files, ran)
    if output is Format.JSON:
        print_json([_data(link) for link in links])
    else:
        print_lines([*_lines(links), _summary(links, files)])
    raise typer.Exit(CLEAN)


def executed_functions(relation: Relation) -> ExecutedFunctions:
    """Return what the tests that did not fail executed, without the setup of fixtures."""
    return ExecutedFunctions(
        (test, [(name, bool(flags & BODY)) for name, flags in relation.flags_of(test) if flags & CALL])
        for test in relation.tests
        if relation.outcome(test) != "failed"
    )


def infer_links(
    project: Project, files: Sequence[SuiteFile], ran: ExecutedFunctions | None
) -> list[Inferred]:
    """Return the callables that the tests in *files* are likely to test.

    Args:
        ran: What the tests executed, if that is known.

    Raises:
        SettingsError: The library is not known, or not found.
    """
    library = project.needed_library()
    # pytest puts the folders of the tests on `sys.path`.
    folders = sorted({(project.root / file.path).parent for file in files})
    roots = [project.root / "src", project.root, *folders]
    if not find_places(library, roots):
        raise SettingsError("library", f"{', '.join(library)} not found; is it installed?")
    tree = SourceTree(roots, [Path(folder) for folder in sys.path if folder], library)
    names = PublicNames(tree, library, read_inventories(project.inventories()).callables)
    found = [
        link
        for file in progress(files, "Reading what tests use")
        # What evaluates expressions recurses into them.
        for link in with_deep_stack(partial(_likely, tree, project, file, ran))
    ]
    return inferred(found, names, private=project.settings.private)


def _likely(
    tree: SourceTree, project: Project, file: SuiteFile, ran: ExecutedFunctions | None
) -> list[LikelyLink]:
    return likely(_cases(tree, project, file), ran)


def _cases(tree: SourceTree, project: Project, file: SuiteFile) -> list[StaticCase]:
    tests = [function.name for function in file.functions if function.is_test]
    return cases(tree, project.library, project.root / file.path, project.root, tests)


def _lines(links: Sequence[Inferred]) -> Iterator[str]:
    for test, found in groupby(links, key=lambda link: link[0].node_id):
        yield styled(test, "bold")
        yield from (
            f"  {styled(f'{link.score:.2f}', 'green')}  {printable(name.name)}" for link, name in found
        )


def _summary(links: Sequence[Inferred], files: Sequence[SuiteFile]) -> str:
    tests = sum(function.is_test for file in files for function in file.functions)
    linked = len({link.node_id for link, _ in links})
    return f"{counted(len(links), 'link')} for {linked:,} of {counted(tests, 'test')}."


def _data(found: Inferred) -> dict[str, object]:
    link, name = found
    return {
        "test": link.node_id,
        "callable": name.name,
        "receiver": name.receiver,
        "score": round(link.score, 2),
    }

"""``this-tests infer``."""

import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer

from ..discovery import read_cache_folder
from ..errors import SettingsError
from ..infer import (
    ExecutedFunctions,
    Inferred,
    PublicNames,
    SourceTree,
    StaticCase,
    cases,
    inferred,
    likely,
    with_inferred,
)
from ..names.inventory import read_inventories
from ..names.places import find_places
from ..observe.cache import load
from ..observe.relation import BODY, CALL, Relation
from ..report.markup import shown
from ..settings import Project, find_project
from ..source import SourceFile
from ..store import rewrite
from ..summary import counted
from .exits import CLEAN
from .options import Format, FormatOption, RegistryOption
from .suite import read_suite, registry_path, test_files
from .terminal import note, progress, tell, tell_json

__all__ = ["executed_functions", "infer"]


def infer(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Test files or folders. Default: pytest's testpaths.", exists=True, show_default=False
        ),
    ] = None,
    *,
    write: Annotated[
        bool, typer.Option("--write", help="Put the links into the registry, as inferred evidence.")
    ] = False,
    observed: Annotated[
        bool,
        typer.Option(
            "--observed", help="Use what the last runs with --this-tests-observe saw these tests execute."
        ),
    ] = False,
    output: FormatOption = Format.TEXT,
    registry: RegistryOption = None,
) -> None:
    """Tell from the tests' source alone what they are likely to be about.

    Neither the tests nor the library are imported or run. With --observed, what did not run is no
    link, and what ran behind a link is one where the test's name speaks of it and few tests execute it.

    [dim]$ this-tests infer tests/test_ops.py[/]

    [dim]$ this-tests infer --observed --write[/]
    """
    project = find_project(Path.cwd())
    files = read_suite(project, test_files(project, paths or ())).tests
    ran = executed_functions(load(read_cache_folder(project.root), notice=note)) if observed else None
    links = _links(project, files, ran)
    path = registry_path(project, registry)
    if write:
        read = {each.path for each in files}
        rewrite(path, lambda known: with_inferred(known, links, read))
    if output is Format.JSON:
        tell_json([_data(each) for each in links])
    else:
        tell([*_lines(links), _summary(links, files, path.name if write else "")])
    raise typer.Exit(CLEAN)


def executed_functions(relation: Relation) -> ExecutedFunctions:
    """Return what tests executed that did not fail; what fixtures make ready is left out."""
    return ExecutedFunctions(
        (test, [(name, bool(flags & BODY)) for name, flags in relation.flags_of(test) if flags & CALL])
        for test in relation.tests
        if relation.outcome(test) != "failed"
    )


def _links(project: Project, files: Sequence[SourceFile], ran: ExecutedFunctions | None) -> list[Inferred]:
    library = project.needed_library()
    # pytest puts the folders of the tests on `sys.path`.
    folders = sorted({(project.root / each.path).parent for each in files})
    roots = [project.root / "src", project.root, *folders]
    if not find_places(library, roots):
        raise SettingsError("library", f"nothing is found of {', '.join(library)}; is it installed?")
    tree = SourceTree(roots, [Path(each) for each in sys.path if each], library)
    names = PublicNames(tree, library, read_inventories(project.inventories()).callables)
    found = [
        link
        for file in progress(files, "Reading what tests use")
        for link in likely(_cases(tree, project, file), ran)
    ]
    return inferred(found, names, private=project.settings.private)


def _cases(tree: SourceTree, project: Project, file: SourceFile) -> list[StaticCase]:
    tests = [each.name for each in file.functions if each.is_test]
    return cases(tree, project.library, project.root / file.path, project.root, tests)


def _lines(links: Sequence[Inferred]) -> Iterator[str]:
    for test, found in groupby(links, key=lambda each: each[0].node_id):
        yield f"[bold]{shown(test)}[/]"
        yield from (f"  [green]{link.score:.2f}[/]  {shown(name.name)}" for link, name in found)


def _summary(links: Sequence[Inferred], files: Sequence[SourceFile], registry: str) -> str:
    tests = sum(each.is_test for file in files for each in file.functions)
    linked = len({link.node_id for link, _ in links})
    said = f"{counted(len(links), 'link')} for {linked:,} of {counted(tests, 'test')}"
    return f"{said}, written to {shown(registry)}." if registry else f"{said}."


def _data(found: Inferred) -> dict[str, object]:
    link, name = found
    return {
        "test": link.node_id,
        "callable": name.name,
        "receiver": name.receiver,
        "score": round(link.score, 2),
    }

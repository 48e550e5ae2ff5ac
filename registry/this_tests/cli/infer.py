"""``this-tests infer``."""

import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from ..errors import SettingsError
from ..infer import Code, Inferred, PublicNames, cases, inferred, likely, with_inferred
from ..names.inventory import read_inventories
from ..settings import Project, find_project
from ..source import SourceFile
from ..store import rewrite
from ..summary import counted
from .exits import CLEAN
from .options import Format, FormatOption, RegistryOption
from .suite import read_suite, registry_path, test_files
from .terminal import progress, tell, tell_json

__all__ = ["infer"]


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
    output: FormatOption = Format.TEXT,
    registry: RegistryOption = None,
) -> None:
    """Tell from the tests' source alone what they are likely to be about.

    Neither the tests nor the library are imported or run.

    [dim]$ this-tests infer tests/test_ops.py[/]
    """
    project = find_project(Path.cwd())
    files = read_suite(project, test_files(project, paths or ())).tests
    links = _links(project, files)
    path = registry_path(project, registry)
    if write:
        read = {each.path for each in files}
        rewrite(path, lambda known: with_inferred(known, links, read))
    if output is Format.JSON:
        tell_json([_data(each) for each in links])
    else:
        tell([*_lines(links), _summary(links, files, path.name if write else "")])
    raise typer.Exit(CLEAN)


def _links(project: Project, files: Sequence[SourceFile]) -> list[Inferred]:
    if not project.library:
        raise SettingsError(
            str(project.root / "pyproject.toml"),
            'the library under test is not known; set library = ["…"] in [tool.this-tests]',
        )
    # pytest puts the folders of the tests on `sys.path`.
    folders = sorted({(project.root / each.path).parent for each in files})
    roots = [project.root / "src", project.root, *folders]
    code = Code(roots, [Path(each) for each in sys.path if each], project.library)
    names = PublicNames(code, project.library, read_inventories(project.inventories()).callables)
    found = [
        link
        for file in progress(files, "Reading what tests use")
        for link in likely(cases(code, project.library, project.root / file.path, project.root, _tests(file)))
    ]
    return inferred(found, names, private=project.settings.private)


def _tests(file: SourceFile) -> list[str]:
    return [each.name for each in file.functions if each.is_test]


def _lines(links: Sequence[Inferred]) -> Iterator[str]:
    for test, found in groupby(links, key=lambda each: each[0].node_id):
        yield f"[bold]{escape(test)}[/]"
        yield from (f"  [green]{link.score:.2f}[/]  {escape(name.name)}" for link, name in found)


def _summary(links: Sequence[Inferred], files: Sequence[SourceFile], registry: str) -> str:
    tests = sum(each.is_test for file in files for each in file.functions)
    linked = len({link.node_id for link, _ in links})
    said = f"{counted(len(links), 'link')} for {linked:,} of {counted(tests, 'test')}"
    return f"{said}, written to {escape(registry)}." if registry else f"{said}."


def _data(found: Inferred) -> dict[str, object]:
    link, name = found
    return {
        "test": link.node_id,
        "callable": name.name,
        "receiver": name.receiver,
        "score": round(link.score, 2),
    }

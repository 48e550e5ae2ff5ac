"""The subcommand ``this-tests diff``."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ..errors import RepositoryError
from ..git import Repository
from ..observations.evidence import load
from ..registry.diff import difference
from ..registry.history import registry_then
from ..registry.model import Registry
from ..report.diff import difference_data, difference_lines, difference_markdown
from ..settings import Project
from .console import note, print_json, print_lines, print_text
from .options import RegistryOption
from .project import here, registry_path

__all__ = ["DifferenceFormat", "diff"]


class DifferenceFormat(StrEnum):
    """Output formats of differences."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


def diff(
    old: Annotated[str, typer.Argument(help="A registry file, or a commit.")],
    new: Annotated[
        str | None,
        typer.Argument(
            help="Another registry file or commit. Default: the project's registry.", show_default=False
        ),
    ] = None,
    *,
    output: Annotated[
        DifferenceFormat,
        typer.Option("--format", help="Output format: text, JSON, or a pull request comment in Markdown."),
    ] = DifferenceFormat.TEXT,
    registry: RegistryOption = None,
) -> None:
    """Report which callables gained, lost or changed tests between two registries.

    What runs observed counts if both are files, with a folder test_observations beside them: a commit has
    declarations only, so that only these are compared with it.

    Exit code 0: they were compared, with or without differences.

    [dim]$ this-tests diff origin/main[/]
    [dim]$ this-tests diff old.json new.json[/]
    [dim]$ this-tests diff origin/main --format markdown | gh pr comment --body-file -[/]
    """
    project = here()
    path = registry_path(project, registry)
    before, is_commit = _read(old, project, path)
    now, is_other_commit = (load(path, note), False) if new is None else _read(new, project, path)
    if is_commit or is_other_commit:
        before, now = before.declared(), now.declared()
    found = difference(before, now)
    match output:
        case DifferenceFormat.JSON:
            print_json(difference_data(found))
        case DifferenceFormat.MARKDOWN:
            print_text("\n".join(difference_markdown(found)))
        case DifferenceFormat.TEXT:
            print_lines(difference_lines(found))


def _read(source: str, project: Project, path: Path) -> tuple[Registry, bool]:
    """Return the registry of a file or, if there is no such file, of a commit, and whether it is one."""
    if Path(source).exists():
        return load(source, note), False
    repository = Repository(project.root)
    try:
        commit = repository.commit(source)
    except RepositoryError as error:
        raise RepositoryError(f"{error}, and no such file") from None
    return registry_then(repository, commit, project.root, path), True

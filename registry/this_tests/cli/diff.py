"""``this-tests diff``."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ..errors import RegistryNotFoundError, RepositoryError
from ..git import Repository
from ..registry.diff import difference
from ..registry.history import registry_then
from ..registry.model import Registry
from ..registry.store import load
from ..report.diff import difference_data, difference_lines, difference_markdown
from ..settings import Project
from .console import tell, tell_json, tell_plain
from .options import RegistryOption
from .project import here, registry_path

__all__ = ["diff"]


class DifferenceFormat(StrEnum):
    """How differences are printed."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


def diff(
    old: Annotated[str, typer.Argument(help="A registry file, or a commit.")],
    new: Annotated[
        str | None,
        typer.Argument(help="Another one. Default: the project's registry as it is.", show_default=False),
    ] = None,
    *,
    output: Annotated[
        DifferenceFormat,
        typer.Option("--format", help="Lines for people, JSON, or a comment for a pull request."),
    ] = DifferenceFormat.TEXT,
    registry: RegistryOption = None,
) -> None:
    """Tell which callables gained tests, lost them, or have others, between two registries.

    Exit code 0 says that they were compared, whatever came of it.

    [dim]$ this-tests diff origin/main[/]
    [dim]$ this-tests diff old.json new.json[/]
    [dim]$ this-tests diff origin/main --format markdown | gh pr comment --body-file -[/]
    """
    project = here()
    path = registry_path(project, registry)
    now = load(path) if new is None else _read(new, project, path)
    found = difference(_read(old, project, path), now)
    match output:
        case DifferenceFormat.JSON:
            tell_json(difference_data(found))
        case DifferenceFormat.MARKDOWN:
            tell_plain("\n".join(difference_markdown(found)))
        case DifferenceFormat.TEXT:
            tell(difference_lines(found))


def _read(asked: str, project: Project, path: Path) -> Registry:
    """Return the registry in a file, or, where there is no such file, in a commit."""
    try:
        return load(asked)
    except RegistryNotFoundError:
        repository = Repository(project.root)
    try:
        commit = repository.commit(asked)
    except RepositoryError as error:
        raise RepositoryError(f"{error}, and no file") from None
    return registry_then(repository, commit, project.root, path)

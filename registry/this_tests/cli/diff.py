"""The subcommand ``this-tests diff``."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ..errors import RepositoryError, ThisTestsError
from ..git import Repository
from ..observations.evidence import load, load_summary, with_observed
from ..prove.proven import Proven, proven_in, proven_then
from ..registry.api_diff import ApiDifference, Version, api_difference
from ..registry.diff import Difference, difference
from ..registry.history import public_then, registry_then
from ..registry.model import Registry
from ..report.diff import (
    api_difference_data,
    api_difference_lines,
    difference_data,
    difference_lines,
    difference_markdown,
)
from ..settings import OBSERVATIONS, Project
from ..source.public_api import public_callables
from .console import note, print_json, print_lines, print_text
from .inputs import places_of
from .options import RegistryOption
from .project import here, registry_path

__all__ = ["DifferenceFormat", "diff"]


class DifferenceFormat(StrEnum):
    """Output formats of differences."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


def diff(  # noqa: PLR0913  # the options of the command
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
    api: Annotated[
        bool, typer.Option("--api", help="Also compare the public API with that of the commit OLD.")
    ] = False,
    observed: Annotated[
        Path | None,
        typer.Option(
            "--observed",
            metavar="FOLDER",
            help="What runs observed at the commit OLD: a folder test_observations.",
            show_default=False,
        ),
    ] = None,
    registry: RegistryOption = None,
) -> None:
    """Report which callables gained, lost or changed tests between two registries.

    What runs observed counts if both are files, with a folder test_observations beside them. A commit has
    declarations only, so that only these are compared with it, unless --observed has the rest.

    Exit code 0: they were compared, with or without differences.

    [dim]$ this-tests diff origin/main[/]
    [dim]$ this-tests diff old.json new.json[/]
    [dim]$ this-tests diff origin/main --format markdown | gh pr comment --body-file -[/]
    """
    project = here()
    path = registry_path(project, registry)
    then = _side(old, project, path)
    now = _of_file(path, project) if new is None else _side(new, project, path)
    if observed is not None:
        then = _with_observed(then, observed)
    found = _with_proofs(difference(*_comparable(then, now)), then, now)
    api_found = _api_difference(project, then, now) if api else None
    match output:
        case DifferenceFormat.JSON:
            print_json({**difference_data(found), **api_difference_data(api_found)})
        case DifferenceFormat.MARKDOWN:
            print_text("\n".join(difference_markdown(found, api_found)))
        case DifferenceFormat.TEXT:
            print_lines([*api_difference_lines(api_found), *difference_lines(found)])


@dataclass(frozen=True)
class _Side:
    """One of the two registries.

    Attributes:
        commit: The commit that it is from, if it is from one.
        whole: Whether what runs observed is in it.
        proven: What is proven; nothing if it is not `whole`.
    """

    registry: Registry
    commit: str = ""
    whole: bool = True
    proven: Proven = field(default_factory=lambda: Proven({}))


def _side(source: str, project: Project, path: Path) -> _Side:
    """Return the registry of a file or, if there is no such file, of a commit."""
    if Path(source).exists():
        return _of_file(Path(source), project)
    repository = Repository(project.root)
    try:
        commit = repository.commit(source)
    except RepositoryError as error:
        raise RepositoryError(f"{error}, and no such file") from None
    return _Side(registry_then(repository, commit, project.root, path), commit, whole=False)


def _of_file(path: Path, project: Project) -> _Side:
    folder = path.parent / OBSERVATIONS
    # The code that other observations are of is not here.
    is_ours = folder.absolute() == project.observations.absolute()
    proven = proven_in(folder, project) if is_ours else proven_then(folder)
    return _Side(load(path, note), proven=proven)


def _with_proofs(found: Difference, then: _Side, now: _Side) -> Difference:
    """Return what differs, with the callables whose proofs are new or gone.

    Where nothing is proven at all, nobody tried.
    """
    if not (then.proven and now.proven):
        return found
    before, after = then.proven.names(), now.proven.names()
    # What lost its last test, or is gone, is told already.
    gone = (name for name in before - after if now.registry.evidence(name))
    return replace(found, proven=tuple(sorted(after - before)), unproven=tuple(sorted(gone)))


def _with_observed(side: _Side, folder: Path) -> _Side:
    if not folder.is_dir():
        note(f"{folder}: no such folder, so only declarations are compared")
        return side
    registry = with_observed(side.registry, load_summary(folder, note))
    return replace(side, registry=registry, whole=True, proven=proven_then(folder))


def _comparable(then: _Side, now: _Side) -> tuple[Registry, Registry]:
    if then.whole and now.whole:
        return then.registry, now.registry
    return then.registry.declared(), now.registry.declared()


def _api_difference(project: Project, then: _Side, now: _Side) -> ApiDifference:
    if not then.commit or now.commit:
        raise ThisTestsError("--api compares the project's files with a commit: this-tests diff --api OLD")
    places = places_of(project)
    api = public_then(Repository(project.root), then.commit, project.root, places)
    return api_difference(
        Version(api, then.registry), Version(public_callables(places, note), now.registry), whole=then.whole
    )

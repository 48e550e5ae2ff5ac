"""The subcommand ``this-tests html``."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import SettingsError, ThisTestsError
from ..gc_pause import collector_paused
from ..git import Repository
from ..observations.evidence import load
from ..registry.history import registry_then
from ..registry.model import Registry
from ..settings import Project
from ..source.public_api import PublicCallable
from ..text import counted
from .console import note, print_text, progress
from .inputs import read_api
from .options import RegistryOption
from .project import here, registry_path

if TYPE_CHECKING:  # The extra may be missing.
    from ..html_site.lost import Lost
    from ..html_site.site import StaticSite

__all__ = ["html"]

# Beside the registry and what runs observed; git ignores it.
_FOLDER = "test_site"
_OF_THE_EXTRA = frozenset({"jinja2", "markupsafe", "pygments"})


def html(
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FOLDER",
            help=f"The folder to write. Default: {_FOLDER} in the project, which git ignores.",
            show_default=False,
        ),
    ] = None,
    since: Annotated[
        str,
        typer.Option(
            metavar="REV", help="Also show which callables lost declared tests since the commit REV."
        ),
    ] = "",
    opened: Annotated[bool, typer.Option("--open", help="Open the site in a browser.")] = False,
    registry: RegistryOption = None,
) -> None:
    """Write a site of static pages: which tests exercise each callable, and what each test exercises.

    It has an overview of the API with search and filters, a page for each callable, and one for each test
    file. It opens from the disk and needs no network, no server and, to be read, no JavaScript. The API is
    what `this-tests coverage` counts. It needs the extra html of this-tests.

    [dim]$ this-tests html --open[/]
    [dim]$ this-tests html -o public/tests --since origin/main[/]
    """
    project = here()
    path = registry_path(project, registry)
    site_of = _site_maker()
    library, api = project.needed_library(), read_api(project)
    if not api.callables:
        raise SettingsError("library", f"no public callable found in {', '.join(library)}")
    found = load(path, note)
    lost = _lost(since, project, path, found, api.callables)
    folder = project.root / _FOLDER if output is None else output
    with collector_paused():
        site = site_of(project, api, (path, found), lost, note)
        _write(site, folder, is_ignored=output is None)
    index = folder / "index.html"
    files = len(site.output.suite.files)
    print_text(f"{index}: {site.counts}; {counted(files, 'test file')}")
    if opened:
        import webbrowser

        webbrowser.open(index.absolute().as_uri())


def _site_maker() -> "Callable[..., StaticSite]":
    try:
        from ..html_site.made import site_of
    except ModuleNotFoundError as error:
        package = str(error.name).partition(".")[0]
        if package not in _OF_THE_EXTRA:
            raise
        raise ThisTestsError(f"html needs {package}: pip install 'this-tests[html]'") from None
    return site_of


def _lost(
    since: str, project: Project, path: Path, now: Registry, callables: Iterable[PublicCallable]
) -> "Lost":
    from ..html_site.lost import Lost, lost_since

    if not since:
        return Lost("", {})
    repository = Repository(project.root)
    then = registry_then(repository, repository.commit(since), project.root, path)
    return lost_since(since, then, now, callables)


def _write(site: "StaticSite", folder: Path, *, is_ignored: bool) -> None:
    from ..html_site.folder import SiteFolder

    writer = SiteFolder(folder)
    if is_ignored:
        writer.write(".gitignore", b"*\n")
    for name, data in site.assets():
        writer.write(name, data)
    for page in progress(site.pages, "Writing pages"):
        # What no encoding has, such as half of a surrogate pair in a node id, is written as its number.
        writer.write(page.path, page.make().encode("utf-8", "xmlcharrefreplace"))
    writer.remove_others()
    for name, reason in sorted(site.output.sources.problems.items()):
        note(f"{name}: {reason}, so that the sources of its tests are missing")

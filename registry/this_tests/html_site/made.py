"""Makes the site of a project from its files."""

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from pygments.formatters import HtmlFormatter

from ..check.api import Api
from ..docs.render.output import Output
from ..docs.settings import PageSettings
from ..docs.snippets.folder import Folder
from ..docs.source_links import Links
from ..docs.template_loader import templates
from ..observations.executed import executed
from ..prove.proven import proven_in
from ..registry.model import Registry
from ..settings import OBSERVATIONS, Project
from ..source.observable import ObservableCode
from ..source.origins import FileOrigins
from ..suite.conventions import configured_options
from .described import described
from .lost import Lost
from .page_files import OVERVIEW, PageFiles
from .site import TEMPLATES, StaticSite

__all__ = ["site_of"]


def site_of(
    project: Project, api: Api, evidence: tuple[Path, Registry], lost: Lost, notice: Callable[[str], object]
) -> StaticSite:
    """Return the site of *project*.

    Args:
        evidence: The registry, with the path of its file, which need not exist.
        lost: The tests that are lost since a commit, if one was named.
        notice: Called with a message for each file of observations that cannot be read.
    """
    path, registry = evidence
    origins = FileOrigins(api.places)
    output = Output(
        site=PageFiles(),
        names=described(api.callables),
        registry=registry,
        settings=PageSettings(overview=OVERVIEW),
        folder=Folder(project.root),
        origins=origins,
        observable=ObservableCode(origins),
        executed=cache(partial(executed, path, notice)),
        templates=lambda: templates([TEMPLATES]),
        formatter=lambda: HtmlFormatter(wrapcode=True),
        links=Links(),
        proven=proven_in(path.parent / OBSERVATIONS, project).of,
        private=project.settings.private,
        options=configured_options(project.root),
    )
    return StaticSite(output, api.callables, project.root, ", ".join(project.library), lost)

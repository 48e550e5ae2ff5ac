"""What a build starts with: the settings, the registry, the sources, the templates."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment
from sphinx.application import Sphinx
from sphinx.util import logging

from this_tests import Registry, RegistryError, RegistryNotFoundError, load

from . import links, render, settings, warnings
from .snippets import Sources

__all__ = ["Inputs", "read"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Inputs:
    """What a build starts with.

    Attributes:
        registry: ``None`` where none can be read; then no page shows sections.
        path: The registry's file, and `digest` that of its content.
    """

    settings: settings.Settings
    registry: Registry | None
    path: Path
    digest: str
    sources: Sources
    links: links.Links
    templates: Environment


def read(app: Sphinx) -> Inputs:
    """Return what the build of *app* starts with, warning of what is wrong with it."""
    chosen = settings.read(app.config)
    paths = settings.paths(chosen, Path(app.confdir))
    registry = _registry(paths)
    return Inputs(
        settings=chosen,
        registry=registry,
        path=paths.registry,
        digest="" if registry is None else hashlib.sha256(paths.registry.read_bytes()).hexdigest(),
        sources=Sources(paths.root),
        links=_links(chosen, paths.root),
        templates=render.templates([Path(app.confdir, each) for each in app.config.templates_path]),
    )


def _registry(paths: settings.Paths) -> Registry | None:
    try:
        return load(paths.registry)
    except RegistryNotFoundError as error:
        if paths.chosen:
            warnings.registry(error)
        else:
            logger.info("this_tests: %s; no tests are shown", error)
    except RegistryError as error:
        warnings.registry(error)
    return None


def _links(chosen: settings.Settings, root: Path) -> links.Links:
    if problem := links.problem_with(chosen.source_url):
        warnings.settings(f"this_tests_source_url = {chosen.source_url!r}: {problem}")
        return links.Links()
    found = links.Links(chosen.source_url, chosen.commit)
    if not found.needs_commit or found.commit:
        return found
    if commit := links.commit_of(root):
        return links.Links(chosen.source_url, commit)
    warnings.settings(
        f"this_tests_source_url names a commit, but git knows none for {root}; set this_tests_commit"
    )
    return links.Links()

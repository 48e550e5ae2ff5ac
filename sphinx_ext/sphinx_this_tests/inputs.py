"""Inputs of a build: settings, registry, sources and templates."""

import contextlib
import hashlib
import os
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from jinja2 import Environment
from sphinx.application import Sphinx
from sphinx.util import logging

from this_tests import Registry, RegistryError, RegistryNotFoundError, load
from this_tests.docs import built_commit, source_links, template_loader
from this_tests.docs.checkout import NoCheckoutError
from this_tests.docs.monorepo import ExecutedInAll, Package, joined, owners
from this_tests.docs.snippets.folder import Folder
from this_tests.support import (
    Executed,
    ObservableCode,
    Origins,
    Proven,
    configured_options,
    evidence_files,
    executed,
    proven_for_docs,
)

from . import build_warnings
from .config import ConfValues, PackagePaths, ProjectPaths
from .config import paths as find_paths
from .config import read as read_settings

__all__ = ["Inputs", "read"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Inputs:
    """The inputs of a build; those that are slow to read are read on first use.

    Attributes:
        digest: The digest of the registry file and of the observations.
        folders: The folders of the project's own templates.
    """

    settings: ConfValues
    paths: ProjectPaths
    digest: str
    links: source_links.Links
    folders: Sequence[Path]
    _packages: list[tuple[PackagePaths, Package]] = field(default_factory=list, repr=False)

    @property
    def registry(self) -> Registry | None:
        """The registry; ``None`` if it cannot be read, and then no page shows sections."""
        return self._evidence[0]

    @property
    def unread(self) -> Sequence[str]:
        """Messages on the files of observations that cannot be read."""
        return self._evidence[1]

    @cached_property
    def _evidence(self) -> tuple[Registry | None, Sequence[str]]:
        problems: list[str] = []
        registry = self._of_packages(problems.append) or self._load(problems.append)
        build_warnings.observations(problems)
        return registry, problems

    def _of_packages(self, notice: Callable[[str], object]) -> Registry | None:
        """Return the registry of several packages, of those whose registry can be read."""
        self._packages.clear()
        for paths in self.paths.packages:
            try:
                found = load(paths.registry, notice)
            except RegistryError as error:
                build_warnings.registry(error, several=True)
            else:
                self._packages.append((paths, Package(paths.prefix, paths.library, found)))
        if not self._packages:
            return None
        whole = joined([package for _, package in self._packages])
        return Registry(whole.callables, whole.tests, self.origins.of)

    def _load(self, notice: Callable[[str], object]) -> Registry | None:
        if self.paths.packages:
            return None
        try:
            found = load(self.paths.registry, notice)
        except RegistryNotFoundError as error:
            if self.paths.chosen:
                build_warnings.registry(error)
            else:
                logger.info("this_tests: %s; no tests are shown", error)
        except RegistryError as error:
            build_warnings.registry(error)
        else:
            # Read through our folder, which knows afterwards which sources decide what is shown.
            return Registry(found.callables, found.tests, self.origins.of)
        return None

    @cached_property
    def executed(self) -> Executed:
        """All tests that executed each function, of which the registry lists only the most relevant."""
        if self._packages:
            return ExecutedInAll((package, executed(paths.registry)) for paths, package in self._packages)
        return executed(self.paths.registry)

    def proven(self, name: str) -> Collection[str]:
        """Return the tests that are proven to fail without a callable."""
        having = [package for package, _ in self._proven_in_packages if name in package.registry.callables]
        owning = owners(name, having)
        return {
            *self._proven.of(name),
            *(
                package.node_id(test)
                for package, part in self._proven_in_packages
                if any(package is owner for owner in owning)
                for test in part.of(name)
            ),
        }

    @cached_property
    def _proven(self) -> Proven:
        if self.paths.packages:
            return Proven({})
        return proven_for_docs(self.paths.registry, self.paths.project, self.library.read_file)

    @cached_property
    def _proven_in_packages(self) -> Sequence[tuple[Package, Proven]]:
        return [
            (package, proven_for_docs(paths.registry, paths.root, self.library.read_file))
            for paths, package in self._packages
        ]

    @cached_property
    def observable(self) -> ObservableCode:
        """What in the library's sources an observed run is certain to see."""
        return ObservableCode(self.origins)

    @cached_property
    def origins(self) -> Origins:
        """Where names in the library's sources come from."""
        return Origins(self.library.read, self.roots)

    @cached_property
    def folder(self) -> Folder:
        """The folder of the tests."""
        return Folder(self.paths.root)

    @cached_property
    def library(self) -> Folder:
        """The folder of the library's sources."""
        return Folder(self.paths.project)

    @cached_property
    def roots(self) -> tuple[str, ...]:
        """The folders of the project that may contain modules: the usual ones, and those on ``sys.path``."""
        project, installed = self.paths.project.resolve(), Path(sys.prefix).resolve()
        inside = [folder for path in sys.path if (folder := Path(path).resolve()).is_relative_to(project)]
        if installed.is_relative_to(project):
            inside = [folder for folder in inside if not folder.is_relative_to(installed)]
        prefixes = [package.prefix for package in self.paths.packages] or [""]
        usual = [root for prefix in prefixes for root in (f"{prefix}src", prefix.rstrip("/"))]
        return tuple(
            dict.fromkeys([*usual, *("/".join(folder.relative_to(project).parts) for folder in inside)])
        )

    @cached_property
    def options(self) -> tuple[str, ...]:
        """The options that the configuration of the tests gives to pytest; of several, those of all."""
        first, *others = map(configured_options, self.paths.roots)
        return tuple(option for option in first if all(option in other for other in others))

    @cached_property
    def templates(self) -> Environment:
        """The templates."""
        return template_loader.templates(self.folders)

    @cached_property
    def look(self) -> tuple[str, ...]:
        """What changes every page: the templates and the URLs of sources."""
        # The commit is left out: a page that is still correct keeps the commit that it was built at,
        # and its links lead to the same lines. Otherwise each commit would write all pages again.
        return (*template_loader.source(self.folders), self.links.template)


def read(app: Sphinx) -> Inputs:
    """Return the inputs of the build of *app*; warn of invalid settings."""
    chosen = read_settings(app.config, app.env.found_docs)
    paths = find_paths(chosen, Path(app.confdir))
    return Inputs(
        settings=chosen,
        paths=paths,
        digest=_digest([file for registry in paths.registries for file in evidence_files(registry)]),
        # A builder without a format writes no pages, and follows links: linkcheck asks for each of them.
        links=_links(chosen, paths.root) if app.builder.format else source_links.Links(),
        folders=[Path(app.confdir, folder) for folder in app.config.templates_path],
    )


def _digest(paths: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        # Loading the registry reports what cannot be read.
        with contextlib.suppress(OSError):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _links(chosen: ConfValues, root: Path) -> source_links.Links:
    if problem := source_links.problem_with(chosen.source_url):
        build_warnings.settings(f"this_tests_source_url = {chosen.source_url!r}: {problem}")
        return source_links.Links()
    try:
        return built_commit.links(chosen.source_url, chosen.commit, root, os.environ)
    except NoCheckoutError as reason:
        build_warnings.commit(str(reason))
        return source_links.Links()

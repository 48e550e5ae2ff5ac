"""Inputs of a build: registry, sources and links."""

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from this_tests import Registry, RegistryError, SettingsError, load
from this_tests.docs import built_commit, source_links
from this_tests.docs.checkout import NoCheckoutError
from this_tests.docs.snippets.folder import Folder
from this_tests.support import (
    Executed,
    ObservableCode,
    Origins,
    Proven,
    configured_options,
    evidence_files,
    executed,
    find_places,
    find_project,
    proven_for_docs,
    public_callables,
)

from .options import PluginSettings
from .placeholders import UNKNOWN, Described

__all__ = ["Inputs", "read"]

Say = Callable[[str], object]


@dataclass(frozen=True)
class Inputs:
    """The inputs of a build; those that are slow to read are read on first use.

    Attributes:
        root: The folder that node ids are relative to.
        project: The folder with the library's sources.
        file: The registry's file.
        library: The folder or file of each top-level package or module of the library, by name.
        private: Whether the registry includes private callables.
        told: What the registry's file and the observations say.
    """

    settings: PluginSettings
    root: Path
    project: Path
    file: Path
    library: Mapping[str, Path]
    private: bool
    told: Registry
    links: source_links.Links

    @cached_property
    def registry(self) -> Registry:
        """The registry, which knows where names in the library's sources come from."""
        return Registry(self.told.callables, self.told.tests, self.origins.of)

    @cached_property
    def executed(self) -> Executed:
        """All tests that executed each function, of which the registry lists only the most relevant."""
        return executed(self.file)

    def proven(self, name: str) -> Collection[str]:
        """Return the tests that are proven to fail without a callable."""
        return self._proven.of(name)

    @cached_property
    def _proven(self) -> Proven:
        return proven_for_docs(self.file, self.project, Folder(self.project).read_file)

    @cached_property
    def observable(self) -> ObservableCode:
        """What in the library's sources an observed run is certain to see."""
        return ObservableCode(self.origins)

    @cached_property
    def origins(self) -> Origins:
        """Where names in the library's sources come from."""
        return Origins(Folder(self.project).read, ("src", ""))

    @cached_property
    def kinds(self) -> Mapping[str, str]:
        """What each public callable of the library is, by all of its names: ``function``, ``method``, …."""
        return {name: found.role for found in public_callables(self.library) for name in found.names}

    def is_known(self, name: str) -> bool:
        """Return whether *name* is one of the library's public callables or modules, or in the registry."""
        return name in self.kinds or bool(self.registry.names(name)) or self.origins.scope(name) is not None

    def with_kind(self, described: Described) -> Described:
        """Return an object with the kind that the sources show, where the page does not tell."""
        if described.kind != UNKNOWN:
            return described
        return described._replace(kind=self.kinds.get(described.name, UNKNOWN))

    @cached_property
    def folder(self) -> Folder:
        """The folder of the tests."""
        return Folder(self.root)

    @cached_property
    def options(self) -> tuple[str, ...]:
        """The options that the configuration of the tests gives to pytest."""
        return tuple(configured_options(self.root))

    @property
    def watched(self) -> list[Path]:
        """The files and folders whose change changes pages: the evidence, and the tests."""
        tops = sorted({test.partition("::")[0].partition("/")[0] for test in self.told.linked_tests()})
        paths = (*evidence_files(self.file), *(self.root / top for top in tops))
        return [path for path in paths if path.exists()]


def read(settings: PluginSettings, folder: Path, say: Say) -> Inputs | None:
    """Return the inputs of docs whose mkdocs.yml is in *folder*; ``None`` without a registry.

    Args:
        say: Is told what is missing or cannot be read.
    """
    try:
        found = find_project(folder)
        project, registry, private = found.root, found.registry, found.settings.private
        library = find_places(found.library, found.roots)
    except SettingsError as error:
        say(str(error))
        project, registry, private = folder, folder / "test_registry.json", False
        library = {}
    root = Path(os.path.normpath(folder / settings.root)) if settings.root else project
    registry = folder / settings.registry if settings.registry else registry
    try:
        told = load(registry, say)
    except RegistryError as error:
        say(f"{error}; no tests are shown")
        return None
    return Inputs(settings, root, project, registry, library, private, told, _links(settings, root, say))


def _links(settings: PluginSettings, root: Path, say: Say) -> source_links.Links:
    if problem := source_links.problem_with(settings.source_url):
        say(f"source_url: {settings.source_url!r}: {problem}")
        return source_links.Links()
    try:
        return built_commit.links(settings.source_url, settings.commit, root, os.environ)
    except NoCheckoutError as reason:
        say(f"no links to sources: {reason}")
        return source_links.Links()

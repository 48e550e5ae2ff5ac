"""Sphinx configuration values: their declarations, defaults, types and checks."""

import os
from collections.abc import Collection
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args

from sphinx.application import Sphinx
from sphinx.config import Config

from this_tests import SettingsError
from this_tests.docs.settings import PageSettings, described, problem_of
from this_tests.docs.source_links import is_external
from this_tests.support import find_project

from . import build_warnings

__all__ = ["ConfValues", "PackagePaths", "ProjectPaths", "paths", "problems", "read", "register"]

PREFIX = "this_tests_"

Indexed = Literal["files", "all", "none"]


@dataclass(frozen=True)
class ConfValues(PageSettings):
    """The values of all ``this_tests_…`` settings.

    No setting makes Sphinx rebuild anything by itself: a setting that changes a page changes the
    page's digest, and the digests alone decide which pages are written again.
    """

    registry: str | tuple[str, ...] = field(
        default="",
        metadata={
            "help": "The registry file, relative to the folder of conf.py; or a list of them, of several "
            "packages. Default: the registry of the project that this folder belongs to.",
            "list": True,
        },
    )
    root: str = field(
        default="",
        metadata={
            "help": "The folder that node ids are relative to, pytest's rootdir, relative to the folder of "
            "conf.py. Default: the root of the project that this folder belongs to."
        },
    )
    source_url: str = field(
        default="",
        metadata={
            "help": "URL of the source of a test, with the fields {commit}, {path}, {line} and {end}: "
            "https://github.com/me/pkg/blob/{commit}/{path}#L{line}-L{end}. Default: no links."
        },
    )
    commit: str = field(
        default="",
        metadata={
            "help": "The commit, tag or branch for {commit}. Default: the commit that git has checked out."
        },
    )
    index: Indexed = field(
        default="files",
        metadata={
            "help": "What the group of tests in the general index has, after the letters: test "
            '"files", "all" tests or "none".'
        },
    )


@dataclass(frozen=True)
class PackagePaths:
    """The paths of one of several packages.

    Attributes:
        prefix: The path of its root from the common folder, with ``/`` at the end, or empty.
        library: Its import packages.
    """

    root: Path
    registry: Path
    prefix: str = ""
    library: tuple[str, ...] = ()


@dataclass(frozen=True)
class ProjectPaths:
    """The paths of the project, and whether its registry holds private callables.

    Attributes:
        root: The folder that node ids are relative to.
        project: The folder of the project, with the library's sources.
        private: Whether the registry includes private callables.
        chosen: Whether conf.py names the registry, so that its absence is an error.
        packages: The packages, if conf.py lists registries. Then `root` and `project` are the folder that
            they and the docs have in common, and `registry` is the first.
    """

    root: Path
    registry: Path
    chosen: bool
    project: Path
    private: bool = False
    packages: tuple[PackagePaths, ...] = ()

    @property
    def registries(self) -> tuple[Path, ...]:
        """All registries."""
        return tuple(package.registry for package in self.packages) or (self.registry,)

    @property
    def roots(self) -> tuple[Path, ...]:
        """The folders that pytest's configurations are in."""
        return tuple(package.root for package in self.packages) or (self.root,)


def register(app: Sphinx) -> None:
    """Register the settings with Sphinx."""
    for setting in fields(ConfValues):
        default, text = setting.default, setting.metadata["help"]
        types = (list, tuple) if isinstance(default, tuple) else (type(default),)
        if setting.metadata.get("list"):
            types = (*types, list, tuple)
        app.add_config_value(PREFIX + setting.name, default, "", types, text)


def read(config: Config, pages: Collection[str]) -> ConfValues:
    """Return the settings of conf.py, with the default for each invalid value.

    Args:
        pages: The names of all pages of these docs.
    """
    values = {setting.name: _frozen(getattr(config, PREFIX + setting.name)) for setting in fields(ConfValues)}
    for name, problem in problems(values, pages).items():
        build_warnings.settings(f"{PREFIX}{name} = {values.pop(name)!r}: {problem}")
    return ConfValues(**values)


def problems(values: dict[str, Any], pages: Collection[str]) -> dict[str, str]:
    """Return what is wrong with *values*, by the setting's name."""
    found = {
        # Sphinx warns of a wrong type as well, but keeps the value. (A bool is an int.)
        setting.name: f"must be {described(setting.default)}"
        for setting in fields(ConfValues)
        if described(values[setting.name]) != described(setting.default)
        and not (setting.metadata.get("list") and described(values[setting.name]) == "a list of str")
    }
    if values["registry"] == ():
        found["registry"] = "must name a file"
    for name in values.keys() - found.keys():
        if problem := problem_of(name, values[name]):
            found[name] = problem
    if "index" not in found and values["index"] not in get_args(Indexed):
        found["index"] = 'must be "files", "all" or "none"'
    if "how_to_url" not in found and not _leads_somewhere(values["how_to_url"], pages):
        found["how_to_url"] = "neither a page of these docs nor an http or https URL"
    return found


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _leads_somewhere(target: str, pages: Collection[str]) -> bool:
    return not target or target.partition("#")[0] in pages or is_external(target)


def paths(settings: ConfValues, confdir: Path) -> ProjectPaths:
    """Return where the tests and the registry are; what conf.py does not set comes from the project."""
    if isinstance(settings.registry, tuple):
        return _of_several(settings.registry, settings.root, confdir)
    try:
        project = find_project(confdir)
        root, registry, private = project.root, project.registry, project.settings.private
    except SettingsError as error:
        build_warnings.settings(str(error))
        root, registry, private = confdir, confdir / "test_registry.json", False
    folder = root
    if settings.root:
        root = confdir / settings.root
        folder = _project_around(root) or folder
    if settings.registry:
        registry = confdir / settings.registry
    return ProjectPaths(root, registry, bool(settings.registry), folder, private)


def _project_around(root: Path) -> Path | None:
    """Return the folder of the project that the tests in *root* belong to; the docs may be in another."""
    try:
        found = find_project(Path(os.path.normpath(root.absolute()))).root
    except SettingsError as error:
        build_warnings.settings(str(error))
        return None
    return found if (found / "pyproject.toml").is_file() else None


def _of_several(registries: tuple[str, ...], root: str, confdir: Path) -> ProjectPaths:
    """Return the paths of several packages: each has the root of the project that its registry is in."""
    packages: list[PackagePaths] = []
    private = False
    # Without `..`, so that a folder is the same however it is written.
    for path in dict.fromkeys(Path(os.path.normpath(confdir.absolute() / name)) for name in registries):
        try:
            project = find_project(path.parent)
            library = project.settings.library or project.packages
            packages.append(PackagePaths(project.root, path, library=tuple(library)))
            private = private or project.settings.private
        except SettingsError as error:
            build_warnings.settings(str(error))
            packages.append(PackagePaths(path.parent, path))
    # Of a repository with `docs/` beside `packages/`, it is the folder of both, as in URLs of sources.
    common = Path(os.path.commonpath([confdir.absolute(), *(package.root for package in packages)]))
    if root:
        chosen = Path(os.path.normpath(confdir.absolute() / root))
        if all(package.root.is_relative_to(chosen) for package in packages):
            common = chosen
        else:
            build_warnings.settings(
                f"{PREFIX}root = {root!r}: must be above the packages of {PREFIX}registry"
            )
    placed = tuple(
        replace(package, prefix=f"{package.root.relative_to(common).as_posix()}/".removeprefix("./"))
        for package in packages
    )
    return ProjectPaths(common, packages[0].registry, True, common, private, placed)

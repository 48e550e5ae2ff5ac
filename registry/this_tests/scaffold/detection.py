"""Finds what a project has: library, tests, docs, CI and git, by reading its files."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import SettingsError, ThisTestsError
from ..files import read_bounded
from ..settings import Project, Settings, read_project
from ..suite.conventions import read_conventions
from ..suite.declarations import NAME
from .build_files import BUILD_FILES, BuildFiles, read_build_files, read_toml
from .import_packages import find_import_packages, find_members

__all__ = ["Ci", "Detected", "detect", "find_root"]

_CONF_FOLDERS = ("docs", "doc", "docs/source", "doc/source", "docs/src", "documentation", "sphinx", ".")
_MKDOCS = ("mkdocs.yml", "mkdocs.yaml", "zensical.toml")
# Words of workflows that run tests.
_RUNNERS = (b"pytest", b"tox", b"nox", b"hatch test", b"make test")


@dataclass(frozen=True)
class Ci:
    """A project's CI.

    Attributes:
        github: Whether the project is on GitHub.
        gitlab: Whether the project is on GitLab.
        knows_us: Whether a file of it names this-tests.
        tested_by: The files of it that run tests.
    """

    github: bool = False
    gitlab: bool = False
    knows_us: bool = False
    tested_by: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Detected:
    """What a project has.

    Attributes:
        project: Its settings; the default ones if they cannot be read.
        build: What its build files say.
        library: The import packages that its pyproject.toml does not name.
        members: The projects of a monorepo, whose packages are the library.
        tests: Its test files.
        declares: Whether one of them declares something.
        conf_files: The conf.py files of its Sphinx docs.
        mkdocs: The configuration of its MkDocs docs.
        repository: The top folder of its git repository.
        ci: Its CI.
    """

    project: Project
    build: BuildFiles
    library: tuple[str, ...]
    members: tuple[Path, ...]
    tests: tuple[Path, ...]
    declares: bool
    conf_files: tuple[Path, ...]
    mkdocs: Path | None
    repository: Path | None
    ci: Ci

    @property
    def root(self) -> Path:
        """The project's root."""
        return self.project.root

    @property
    def names(self) -> tuple[str, ...]:
        """The import names of the library."""
        return self.library or self.project.library

    @property
    def is_installable(self) -> bool:
        """Whether pip can install the project, as far as can be seen."""
        return bool(self.build.names) or (self.root / "setup.py").is_file()


def find_root(start: Path) -> Path:
    """Return the root of the project around a folder: the nearest one with a build file.

    In a repository without one at its top, it is the only project below, or else the top.
    """
    for folder in (start, *start.parents):
        if any((folder / name).is_file() for name in BUILD_FILES):
            return folder
        if (folder / ".git").exists():
            members = find_members(folder)
            return members[0] if len(members) == 1 and not find_import_packages(folder) else folder
    return start


def detect(root: Path) -> Detected:
    """Return what the project at *root* has.

    Raises:
        ThisTestsError: No library is there, or a setting is wrong.
    """
    project = _project(root)
    build = read_build_files(root)
    members = _members(project, build)
    library = _library(project, members)
    if not (library or project.library):
        read_project(root)  # Raises if the cause is a pyproject.toml that cannot be read.
        raise ThisTestsError(f"{root}: no import package was found; run it in the folder of a project")
    tests = _tests(root)
    repository = next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), None)
    return Detected(
        project=project,
        build=build,
        library=library,
        members=members,
        tests=tests,
        declares=any(_names(path, NAME.encode()) for path in tests),
        conf_files=tuple(_conf_files(root)),
        mkdocs=next((root / name for name in _MKDOCS if (root / name).is_file()), None),
        repository=repository,
        ci=_ci(repository or root),
    )


def _project(root: Path) -> Project:
    """Return a project, with default settings if its pyproject.toml cannot be read.

    Raises:
        SettingsError: It can be read, and a setting in it is wrong.
    """
    try:
        return read_project(root)
    except SettingsError:
        if read_toml(root / "pyproject.toml"):
            raise
        return Project(root=root, settings=Settings())


def _members(project: Project, build: BuildFiles) -> tuple[Path, ...]:
    """Return the projects of a monorepo: those of a workspace, or of a root without a package."""
    if build.members or not (project.library or find_import_packages(project.root)):
        return find_members(project.root)
    return ()


def _library(project: Project, members: Iterable[Path]) -> tuple[str, ...]:
    """Return the packages for the setting `library`; empty if it is set, or the default is right."""
    others = [package for member in members for package in _packages(member)]
    if project.settings.library or (project.packages and not others):
        return ()
    own = project.packages or find_import_packages(project.root)
    return tuple(dict.fromkeys((*own, *others)))


def _packages(root: Path) -> tuple[str, ...]:
    return _project(root).library or find_import_packages(root)


def _tests(root: Path) -> tuple[Path, ...]:
    try:
        return tuple(read_conventions(root).test_files(root))
    except SettingsError:
        return ()


def _names(path: Path, *words: bytes) -> bool:
    try:
        content = read_bounded(path)
    except OSError:
        return False
    return any(word in content for word in words)


def _conf_files(root: Path) -> Iterator[Path]:
    for folder in _CONF_FOLDERS:
        path = root / folder / "conf.py"
        if path.is_file() and _is_of_sphinx(path):
            yield path
            return


def _is_of_sphinx(path: Path) -> bool:
    beside = {file.stem for file in path.parent.iterdir()}
    return bool(beside & {"index", "contents"}) or _names(path, b"extensions", b"sphinx", b"html_theme")


def _ci(top: Path) -> Ci:
    workflows = sorted((top / ".github" / "workflows").glob("*.y*ml"))
    gitlab = top / ".gitlab-ci.yml"
    files = [*workflows, *([gitlab] if gitlab.is_file() else [])]
    remotes = _text(top / ".git" / "config")
    return Ci(
        github=(top / ".github").is_dir() or "github.com" in remotes,
        gitlab=gitlab.is_file() or "gitlab" in remotes,
        knows_us=any(_names(path, b"this-tests") for path in files),
        tested_by=tuple(path for path in files if _names(path, *_RUNNERS)),
    )


def _text(path: Path) -> str:
    try:
        return os.fsdecode(read_bounded(path))
    except OSError:
        return ""

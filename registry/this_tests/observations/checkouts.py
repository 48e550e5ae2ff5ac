"""The files of a project and its library, in one git repository or several, or in none."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from ..errors import RepositoryError
from ..git import Repository
from ..source.packages import INSTALLED
from .snapshots import blob_of, files_of, read_content

__all__ = ["Checkouts", "Former"]

# Of a larger file that is not Python, only size and time are compared.
_LARGEST = 8_000_000


@dataclass(frozen=True)
class Former:
    """What other repositories than the project's had at a commit.

    Attributes:
        contents: The former content of each file that changed since; None for new ones.
        submodules: The submodules that are compared by file.
        uncompared: The folders and files of the library that no commit is known for.
    """

    contents: Mapping[str, bytes | None] = field(default_factory=dict)
    submodules: frozenset[str] = frozenset()
    uncompared: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Other:
    """Another repository; the one that it is in, if it may be a submodule; and its folder."""

    repository: Repository
    around: Path | None
    folder: str


class Checkouts:
    """The repositories that the files of a project and its library lie in. Paths are relative to *root*.

    A submodule is listed by file if the library lies in it. Of a repository beside the project, only
    the folder of the library's project is; and what no repository lists is read from the disk.

    Args:
        root: The project's root.
        places: The folders and files of the library, with symbolic links resolved.
        project: The project's repository, if it is known.

    Raises:
        RepositoryError: git is missing, or the project is in no repository.
    """

    def __init__(self, root: Path, places: Iterable[Path] = (), project: Repository | None = None) -> None:
        self._root = root.resolve()
        self._project = project or Repository(root)
        self._places = tuple(sorted(set(places)))

    @cached_property
    def _others(self) -> Mapping[Path, _Other]:
        """The other repositories, by their topmost folders, each after the one around it."""
        wanted: dict[Path, set[Path]] = {}
        around: dict[Path, Path | None] = {}
        for place in self._places:
            top = self._top_of(place)
            inside = top is not None and top.is_relative_to(self._project.top)
            while top is not None and top != self._project.top:
                below = [] if inside else [_project_folder(place, top)]
                wanted.setdefault(top, set()).update(below)
                around[top] = self._top_of(top.parent) if inside else None
                top = around[top]
        found = {}
        for top in sorted(wanted):
            try:
                repository = Repository(self._root, top, below=sorted(wanted[top]))
            except RepositoryError:
                continue  # Then its files are in none, as far as we know.
            found[top] = _Other(repository, around[top], self._inward(top))
        return found

    def _top_of(self, place: Path) -> Path | None:
        """Return the topmost folder of the repository that *place* lies in; None if it is in none."""
        for folder in (place, *place.parents):
            if folder == self._project.top or (folder / ".git").exists():
                return folder
        return None

    @cached_property
    def listed(self) -> Mapping[str, str]:
        """The current files that repositories list, as in `Snapshot.files`.

        Raises:
            RepositoryError: git fails.
        """
        files = files_of(self._project, self._root)
        for other in self._others.values():
            # Git lists a submodule like a file, and another checkout in it with a slash.
            files.pop(other.folder, None)
            files.pop(f"{other.folder}/", None)
            files |= files_of(other.repository, self._root)
        files.pop(".", None)
        return files

    @cached_property
    def _loose(self) -> Sequence[Path]:
        """The places of the library that no repository lists."""
        return [place for place in self._places if not self._is_listed(place)]

    def _is_listed(self, place: Path) -> bool:
        path = self._inward(place)
        below = f"{path}/"
        return path in self.listed or any(file.startswith(below) for file in self.listed)

    def files(self) -> Mapping[str, str]:
        """Return the current files, as in `Snapshot.files`.

        Raises:
            RepositoryError: git fails.
        """
        if not self._loose:
            return self.listed
        files = dict(self.listed)
        for place in self._loose:
            files |= self._read(place, files)
        return files

    def _read(self, place: Path, files: Mapping[str, str]) -> Mapping[str, str]:
        found = {}
        for path in _files_below(place):
            name = self._inward(path.resolve())
            if name not in files and (blob := _blob(path)):
                found[name] = blob
        return found

    def blobs(self, blobs: Iterable[str]) -> Mapping[str, bytes | None]:
        """Return contents by git's identifier, which may be shortened; None where they are not known.

        Raises:
            RepositoryError: git fails.
        """
        found = dict(self._project.blobs(blobs))
        for other in self._others.values():
            unknown = [blob for blob, content in found.items() if content is None]
            found |= other.repository.blobs(unknown)
        return found

    def former(self, rev: str) -> Former:
        """Return what the other repositories had when the project's repository had the commit *rev*.

        A commit names the commits of its submodules. Any other repository has its own HEAD.

        Raises:
            RepositoryError: git fails, or the project's repository has no such commit.
        """
        if not (self._others or self._loose):
            return Former()
        commits = {self._project.top: (self._project, self._project.commit(rev))}
        contents: dict[str, bytes | None] = {}
        submodules: set[str] = {"."}  # If the project is one itself, as that around it lists it.
        for top, other in self._others.items():
            try:
                commit, listed_as = self._commit_of(other, rev, commits)
                contents |= other.repository.contents(commit, other.repository.changed_since(commit))
            except RepositoryError:
                continue
            commits[top] = (other.repository, commit)
            submodules.add(listed_as)
        return Former(
            {path: content for path, content in contents.items() if path not in submodules},
            frozenset(submodules),
            tuple(self._uncompared(commits.keys())),
        )

    @staticmethod
    def _commit_of(
        other: _Other, rev: str, commits: Mapping[Path, tuple[Repository, str]]
    ) -> tuple[str, str]:
        """Return the commit to compare *other* with, and how the repository around it lists it."""
        if other.around is not None and other.around in commits:
            around, commit = commits[other.around]
            try:
                found = around.submodule(commit, other.folder)
            except RepositoryError:
                found = ""  # A checkout that happens to lie there.
            if found:
                return other.repository.commit(found), other.folder
        if rev not in ("HEAD", "@"):
            raise RepositoryError(f"{other.folder} has nothing to do with {rev!r}")
        return other.repository.commit("HEAD"), f"{other.folder}/"

    def _uncompared(self, compared: Iterable[Path]) -> Iterator[str]:
        known = set(compared)
        for place in self._places:
            top = self._top_of(place)
            if top not in known:
                yield self._inward(place)

    def _inward(self, path: Path) -> str:
        return Path(os.path.relpath(path, self._root)).as_posix()


def _project_folder(place: Path, top: Path) -> Path:
    """Return the folder of the project that *place* belongs to, in the repository at *top*; else *place*."""
    if INSTALLED.intersection(place.parts):
        return place
    for folder in place.parents:
        if (folder / "pyproject.toml").is_file() or (folder / "setup.py").is_file():
            return folder
        if folder == top:
            break
    return place


def _files_below(place: Path) -> Iterator[Path]:
    if not place.is_dir():
        yield place
    for folder, folders, names in os.walk(place):
        folders[:] = [name for name in folders if name != "__pycache__"]
        yield from (Path(folder, name) for name in names if not name.endswith(".pyc"))


def _blob(path: Path) -> str:
    """Return an identifier of a file's content, as git's; empty if it cannot be read."""
    try:
        found = path.stat()
    except OSError:
        return ""
    if found.st_size > _LARGEST and path.suffix != ".py":
        return blob_of(b"%d %d" % (found.st_size, found.st_mtime_ns))
    data = read_content(path.resolve())
    return "" if data is None else blob_of(data)

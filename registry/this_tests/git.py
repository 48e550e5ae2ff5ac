"""Runs git: which files differ from a commit, and their content in it."""

import os
import subprocess
from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path

from .errors import RepositoryError

__all__ = ["Repository"]


# Git sets them for its hooks. They are about the repository that the process works for, and no other.
_OF_ONE_REPOSITORY = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR")


class Repository:
    """The git repository that contains a folder. Paths are relative to that folder, with ``/``.

    Args:
        root: The folder.
        checkout: A folder in the repository, if that is another one than that of *root*.
        below: The only files and folders to look at; all if there are none.

    Raises:
        RepositoryError: git is missing, or the folder is in no repository.
    """

    def __init__(self, root: Path, checkout: Path | None = None, *, below: Iterable[Path] = ()) -> None:
        self._root = root.resolve()
        self._below = tuple(map(str, below))
        self._without = () if checkout is None else _OF_ONE_REPOSITORY
        self._top = self._root if checkout is None else checkout
        self._top = Path(os.fsdecode(self._git("rev-parse", "--show-toplevel")).rstrip("\n"))

    @property
    def top(self) -> Path:
        """The topmost folder of the checkout."""
        return self._top

    def configure(self, key: str, value: str) -> None:
        """Set *key* in this clone's configuration.

        Raises:
            RepositoryError: git fails.
        """
        self._git("config", "--local", key, value)

    def commit(self, rev: str) -> str:
        """Return the full name of the commit *rev*.

        Raises:
            RepositoryError: There is no such commit.
        """
        try:
            found = self._git("rev-parse", "--quiet", "--verify", "--end-of-options", f"{rev}^{{commit}}")
        except RepositoryError:
            raise RepositoryError(f"{rev!r} is no commit of the repository {self._top}") from None
        return found.decode().strip()

    def submodule(self, commit: str, folder: str) -> str:
        """Return the commit of the submodule in *folder* that *commit* has.

        Raises:
            RepositoryError: It has none.
        """
        found = self._git("rev-parse", "--quiet", "--verify", f"{commit}:{self._outward(folder)}")
        return found.decode().strip()

    def changed_since(self, commit: str) -> tuple[str, ...]:
        """Return the files that differ from *commit*, including new ones that git does not ignore."""
        return self._changed(commit)

    def _changed(self, *commit: str) -> tuple[str, ...]:
        # A rename is a file gone and a file come; a user's own way of showing diffs does not matter.
        options = ("--name-only", "-z", "--no-renames", "--no-ext-diff", "--ignore-submodules=none")
        changed = self._git("diff", *options, *commit, "--", *self._below)
        new = self._git("ls-files", "-z", "--others", "--exclude-standard", "--full-name", "--", *self._below)
        return tuple(sorted({self._inward(path) for path in (*_split(changed), *_split(new))}))

    def staged(self) -> dict[str, str]:
        """Return git's identifiers of the contents of the files in the index, by path."""
        listed = _split(self._git("ls-files", "-z", "--stage", "--full-name", "--", *self._below))
        entries = (entry.partition("\t") for entry in listed)
        return {self._inward(path): info.split(" ")[1] for info, _, path in entries}

    def changed_since_staged(self) -> tuple[str, ...]:
        """Return the files that differ from the index, including new ones that git does not ignore."""
        return self._changed()

    def ignored(self, paths: Iterable[str]) -> frozenset[str]:
        """Return those of *paths* that git ignores; those of folders end with ``/``."""
        asked = {self._outward(path) + path[len(path.rstrip("/")) :]: path for path in paths}
        request = b"".join(os.fsencode(path) + b"\0" for path in asked)
        # The exit code is 1 where it ignores none.
        found = self._git("check-ignore", "-z", "--stdin", stdin=request, good=(0, 1)) if asked else b""
        return frozenset(asked[path] for path in _split(found) if path in asked)

    def blobs(self, blobs: Iterable[str]) -> Mapping[str, bytes | None]:
        """Return contents by git's identifier, which may be shortened; None where they are not known."""
        wanted = list(blobs)
        request = b"".join(blob.encode("ascii") + b"\n" for blob in wanted)
        answers = self._git("cat-file", "--batch", stdin=request) if wanted else b""
        return dict(zip(wanted, _blobs(answers), strict=True))

    def contents(self, commit: str, paths: Iterable[str]) -> Mapping[str, bytes | None]:
        """Return the content of the files at *paths* in *commit*; None for those that it does not have."""
        wanted = list(paths)
        # A line break in a path would make two requests of one.
        askable = [path for path in wanted if "\n" not in path]
        request = b"".join(os.fsencode(f"{commit}:{self._outward(path)}\n") for path in askable)
        answers = self._git("cat-file", "--batch", stdin=request) if askable else b""
        return dict.fromkeys(wanted) | dict(zip(askable, _blobs(answers), strict=True))

    def files_below(self, commit: str, folder: str) -> tuple[str, ...]:
        """Return the files that *commit* has in *folder*, at any depth; for a file, the file itself."""
        listed = self._git(
            "ls-tree", "-r", "-z", "--name-only", "--full-tree", commit, "--", self._outward(folder)
        )
        return tuple(self._inward(path) for path in _split(listed))

    def _inward(self, path: str) -> str:
        if self._top == self._root:
            return path  # As in most projects, with many thousands of files.
        return Path(os.path.relpath(self._top / path, self._root)).as_posix()

    def _outward(self, path: str) -> str:
        return Path(os.path.relpath(self._root / path, self._top)).as_posix()

    def _git(self, *arguments: str, stdin: bytes = b"", good: Container[int] = (0,)) -> bytes:
        command = ["git", "-C", str(self._top), *arguments]
        environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
        for name in self._without:
            environment.pop(name, None)
        try:
            done = subprocess.run(command, input=stdin, capture_output=True, check=False, env=environment)  # noqa: S603  # the arguments are ours, a commit's name is verified
        except OSError as error:
            raise RepositoryError(f"git cannot be run: {error}") from None
        if done.returncode not in good:
            reason = done.stderr.decode(errors="replace").strip()
            raise RepositoryError(f"git {arguments[0]} failed in {self._top}: {reason}")
        return done.stdout


def _split(output: bytes) -> Iterator[str]:
    yield from (os.fsdecode(part) for part in output.split(b"\0") if part)


def _blobs(output: bytes) -> Iterator[bytes | None]:
    """Parse the output of ``git cat-file --batch``: ``name type size``, the content, a line break."""
    position = 0
    while position < len(output):
        end = output.index(b"\n", position)
        *_, kind, size = output[position:end].split(b" ")
        if kind in (b"blob", b"tree", b"commit", b"tag"):
            start, position = end + 1, end + 2 + int(size)
            yield output[start : position - 1] if kind == b"blob" else None
        else:
            # "… missing": the file is new. A submodule's commit is missing, too.
            position = end + 1
            yield None

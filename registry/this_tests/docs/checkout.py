"""The commit that git has checked out in a folder, and the files that differ from it."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Checkout", "NoCheckoutError"]

# Git sets them for its hooks. They name the repository of the hook, whatever folder git is asked about.
_OF_ONE_REPOSITORY = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR")
_TRUSTED = re.compile(r"safe\.directory (.+)")


class NoCheckoutError(Exception):
    """A folder is no checkout; the message says why, and what helps."""


@dataclass(frozen=True)
class Checkout:
    """A folder in which git has the commit `head` checked out; paths are relative to it, with ``/``.

    Of a commit that git does not have, as in a shallow clone, nothing is known.
    """

    folder: Path
    head: str

    @classmethod
    def of(cls, folder: Path) -> "Checkout":
        """Return the checkout that *folder* belongs to.

        Raises:
            NoCheckoutError: It belongs to none, or git refuses to say.
        """
        top, head = _git(folder, "rev-parse", "--show-toplevel", "HEAD").splitlines()
        found = cls(folder, head)
        if not found.files_in(head):
            # An unpacked archive, say, somewhere in a repository of other things.
            raise NoCheckoutError(f"no file in {folder} is part of the repository {top} around it")
        return found

    def files_in(self, commit: str) -> frozenset[str] | None:
        """Return the files below the folder that *commit* has; ``None`` if that is unknown."""
        try:
            return _listed(_git(self.folder, "ls-tree", "-r", "-z", "--name-only", commit))
        except NoCheckoutError:
            return None

    def changed_since(self, commit: str) -> frozenset[str] | None:
        """Return the files that differ from those in *commit*; ``None`` if that is unknown."""
        # A rename is a file gone and a file come; a user's own way of showing diffs does not matter.
        options = ("--name-only", "-z", "--no-renames", "--no-ext-diff", "--relative")
        try:
            return _listed(_git(self.folder, "diff", *options, commit, "--"))
        except NoCheckoutError:
            return None

    def only_adds_to(self, commit: str) -> bool:
        """Return whether what is checked out is *commit* and later commits that no other place has."""
        try:
            _git(self.folder, "merge-base", "--is-ancestor", commit, self.head)
            pushed = _git(self.folder, "for-each-ref", "--count=1", "--contains", self.head, "refs/remotes")
        except NoCheckoutError:
            return False
        return not pushed


def _listed(paths: str) -> frozenset[str]:
    return frozenset(paths.split("\0")) - {""}


def _git(folder: Path, *arguments: str) -> str:
    # Nothing is written, fetched or run for an answer, and messages are git's own, to be recognised.
    quiet = {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
    variables = {name: value for name, value in os.environ.items() if name not in _OF_ONE_REPOSITORY}
    try:
        result = subprocess.run(  # noqa: S603  # arguments are ours, and commits that hosts.py has checked
            ["git", "-c", "core.fsmonitor=false", *arguments],  # noqa: S607  # git is wherever the user has it
            cwd=folder,
            env={**variables, **quiet},
            capture_output=True,
            timeout=30,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        raise NoCheckoutError(_reason(folder, os.fsdecode(error.stderr))) from None
    except subprocess.TimeoutExpired:
        raise NoCheckoutError(f"git does not answer in {folder}") from None
    except OSError as error:
        missing = isinstance(error, FileNotFoundError) and folder.is_dir()
        reason = "there is no command git" if missing else f"git cannot run in {folder}: {error.strerror}"
        raise NoCheckoutError(reason) from None
    return os.fsdecode(result.stdout)


def _reason(folder: Path, said: str) -> str:
    if "dubious ownership" in said:
        found = _TRUSTED.search(said)
        trust = found[1] if found else folder
        return (
            f"git does not read {folder}, which belongs to another user, "
            f"before you run: git config --global --add safe.directory {trust}"
        )
    if "not a git repository" in said:
        return f"{folder} is in no git repository"
    if "must be run in a work tree" in said:
        return f"{folder} is in a bare repository, without files"
    if "argument 'HEAD'" in said:
        return f"the repository of {folder} has no commit yet"
    first = said.strip().partition("\n")[0].removeprefix("fatal: ")
    return f"git fails in {folder}: {first or 'without a reason'}"

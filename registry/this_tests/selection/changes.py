"""Compares a project's files with an earlier state: Python files by syntax, others by content."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from ..git import Repository
from ..observations.snapshots import Content, State, content_of, read_content
from ..source.fingerprint import Outline, ParsedFile, digest, parse

__all__ = ["FileChange", "changes_since", "compare"]


class FileChange(msgspec.Struct, frozen=True):
    """The changes in one file.

    Attributes:
        path: Relative to the project's root, with ``/``.
        functions: The functions whose bodies changed, by qualified name.
        added: New functions whose definition only binds a name.
        docstrings: Whether docstrings changed.
        beyond: A change outside of function bodies, which affects each importer of the file, in words;
            empty where there is none.
        now: The current file, parsed, where it is Python.
    """

    path: str
    functions: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    docstrings: bool = False
    beyond: str = ""
    now: ParsedFile | None = None

    @property
    def code(self) -> bool:
        """Whether more than docstrings changed."""
        return bool(self.functions or self.added or self.beyond)


def changes_since(state: State, repository: Repository, root: Path) -> tuple[FileChange, ...]:
    """Return the changes since *state*, by file.

    Raises:
        RepositoryError: git fails, or no longer has the state's commit.
    """
    commit = repository.commit(state.commit)
    paths = sorted({*repository.changed_since(commit), *state.edited})
    old_contents = repository.contents(commit, (path for path in paths if path not in state.edited))
    then = {path: content_of(path, data) for path, data in old_contents.items()} | dict(state.edited)
    compared = (compare(path, then[path], read_content(root / path)) for path in paths)
    return tuple(change for change in compared if change is not None)


def compare(path: str, old: Content, data: bytes | None) -> FileChange | None:
    """Return the change of the file at *path* from *old* to *data*; None if there is none."""
    if data is None:
        return None if old is None else FileChange(path, beyond="was deleted")
    now = parse(data) if path.endswith(".py") else None
    if old is None:
        return FileChange(path, beyond="is new", now=now)
    if now is None or isinstance(old, str):
        return None if old == digest(data) else FileChange(path, beyond="changed", now=now)
    return _compare_outlines(path, old, now)


def _compare_outlines(path: str, old: Outline, now: ParsedFile) -> FileChange | None:
    new = now.outline()
    added = tuple(sorted(now.free - old.functions.keys()))
    docstrings = old.docstrings != new.docstrings
    changed = [name for name, body in new.functions.items() if old.functions.get(name, body) != body]
    change = FileChange(
        path=path,
        functions=tuple(sorted(changed)),
        added=added,
        docstrings=docstrings,
        beyond=_beyond(old, new, now.without(added)),
        now=now,
    )
    return change if change.code or docstrings else None


def _beyond(old: Outline, new: Outline, frame: Iterable[str]) -> str:
    removed = sorted(old.functions.keys() - new.functions.keys())
    if removed:
        return f"no longer has {removed[0]}"
    if old.frame != tuple(frame):
        return "changed outside of functions"
    if old.docstrings != new.docstrings and (old.doc_is_read or new.doc_is_read):
        return "changed a docstring, and reads __doc__"
    return ""

"""Compares a project's files with an earlier state: Python files by syntax, others by content."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from ..git import Repository
from ..observations.snapshots import Content, content_of, read_content
from ..source.fingerprint import Outline, ParsedFile, digest, parse

__all__ = ["FileChange", "changes_between", "changes_since", "compare"]

# In the place of a digest: no content has it.
_DIFFERENT = ""


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


def changes_since(commit: str, repository: Repository, root: Path) -> tuple[FileChange, ...]:
    """Return the changes since *commit*, by file.

    Raises:
        RepositoryError: git fails, or has no such commit.
    """
    commit = repository.commit(commit)
    old = repository.contents(commit, repository.changed_since(commit))
    return _compared({path: content_of(path, data) for path, data in old.items()}, root)


def changes_between(
    then: Mapping[str, str],
    now: Mapping[str, str],
    outlines: Mapping[str, Outline],
    repository: Repository,
    root: Path,
) -> tuple[FileChange, ...]:
    """Return the changes of the files from *then* to *now*, both as in `Snapshot.files`.

    Args:
        outlines: The outlines of Python files, by content. What is missing is asked of git.

    Raises:
        RepositoryError: git fails.
    """
    changed = sorted(path for path in then.keys() | now.keys() if then.get(path) != now.get(path))
    unknown = {then[path] for path in changed if path in then and path.endswith(".py")} - outlines.keys()
    contents = repository.blobs(sorted(unknown))
    old: dict[str, Content] = {}
    for path in changed:
        blob = then.get(path)
        if blob is None:
            old[path] = None
        elif blob in outlines:
            old[path] = outlines[blob]
        else:
            data = contents.get(blob)
            old[path] = _DIFFERENT if data is None else content_of(path, data)
    return _compared(old, root)


def _compared(old: Mapping[str, Content], root: Path) -> tuple[FileChange, ...]:
    found = (compare(path, content, read_content(root / path)) for path, content in old.items())
    return tuple(change for change in found if change is not None)


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


def _beyond(old: Outline, new: Outline, frame: str) -> str:
    removed = sorted(old.functions.keys() - new.functions.keys())
    if removed:
        return f"no longer has {removed[0]}"
    if old.frame != frame:
        return "changed outside of functions"
    if old.docstrings != new.docstrings and (old.doc_is_read or new.doc_is_read):
        return "changed a docstring, and reads __doc__"
    return ""

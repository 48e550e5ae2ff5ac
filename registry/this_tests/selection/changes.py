"""What changed in a project's files between a state and now: compared as syntax where it is Python."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from ..git import Repository
from ..observations.snapshots import Content, State, content_of, read_content
from ..source.fingerprint import Outline, ParsedFile, digest, parse

__all__ = ["FileChange", "changes_since", "compare"]


class FileChange(msgspec.Struct, frozen=True):
    """What changed in one file.

    Attributes:
        path: Relative to the project's root, with ``/``.
        functions: The functions whose bodies changed, by qualified name.
        added: New functions whose definition does nothing but bind a name.
        docstrings: Whether docstrings changed.
        beyond: What else changed, which concerns everyone who imports the file; may be empty.
        now: The file as it is now, where it is Python.
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
    """Return what is different now, file by file.

    Raises:
        RepositoryError: git fails, or does not have the state's commit any more.
    """
    commit = repository.commit(state.commit)
    paths = sorted({*repository.changed_since(commit), *state.edited})
    olds = repository.contents(commit, (path for path in paths if path not in state.edited))
    then = {path: content_of(path, data) for path, data in olds.items()} | dict(state.edited)
    compared = (compare(path, then[path], read_content(root / path)) for path in paths)
    return tuple(change for change in compared if change is not None)


def compare(path: str, old: Content, data: bytes | None) -> FileChange | None:
    """Return what changed in the file at *path*, which held *old* and holds *data*; None for nothing."""
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
    gone = sorted(old.functions.keys() - new.functions.keys())
    if gone:
        return f"no longer has {gone[0]}"
    if old.frame != tuple(frame):
        return "changed outside of functions"
    if old.docstrings != new.docstrings and (old.doc_is_read or new.doc_is_read):
        return "changed a docstring, and reads __doc__"
    return ""

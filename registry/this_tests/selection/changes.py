"""Compares a project's files with an earlier state: Python files by syntax, others by content."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from ..git import Repository
from ..observations.checkouts import Checkouts
from ..observations.snapshots import Content, blob_of, content_of, read_content
from ..source.fingerprint import Outline, ParsedFile, digest, parse
from ..source.import_time import Statement
from ..source.packages import may_be_file_of
from ..source.pyproject import Pyproject, is_pyproject, read_pyproject

__all__ = [
    "FileChange",
    "changed_functions",
    "changes_between",
    "changes_of",
    "changes_since",
    "compare",
]

_NEW, _GONE = "is new", "was deleted"
# In the place of a digest: no content has it.
_DIFFERENT = ""


class FileChange(msgspec.Struct, frozen=True):
    """The changes in one file.

    Attributes:
        path: Relative to the project's root, with ``/``.
        functions: The functions whose bodies changed, by qualified name.
        statements: The statements outside of function bodies that changed, are new, gone or elsewhere.
        moved: Imports, functions and classes that only stand elsewhere among the others.
        names: The names that the file binds and did not bind before, or the other way round; those in
            a class are dotted.
        docstrings: Whether docstrings changed.
        beyond: A change of the file as a whole, in words; empty where there is none.
        now: The current file, parsed, where it is Python.
        compared: Whether both the former and the current content are known by syntax. That of
            a Python file which is new or deleted is, with nothing on the other side.
    """

    path: str
    functions: tuple[str, ...] = ()
    statements: tuple[Statement, ...] = ()
    moved: tuple[Statement, ...] = ()
    names: frozenset[str] = frozenset()
    docstrings: bool = False
    beyond: str = ""
    now: ParsedFile | None = None
    compared: bool = False
    inert: bool = False

    @property
    def whole(self) -> bool:
        """Whether the file is new or gone."""
        return self.beyond in (_NEW, _GONE)

    @property
    def code(self) -> bool:
        """Whether more than docstrings changed."""
        return bool(self.functions or self.statements or self.beyond)

    @property
    def textual(self) -> bool:
        """Whether no more than comments, formatting and the order of definitions changed."""
        return not self.code and not self.docstrings


def changes_since(commit: str, repository: Repository, root: Path) -> tuple[FileChange, ...]:
    """Return the changes since *commit*, by file.

    Raises:
        RepositoryError: git fails, or has no such commit.
    """
    commit = repository.commit(commit)
    return changes_of(repository.contents(commit, repository.changed_since(commit)), root)


def changed_functions(commit: str, repository: Repository, root: Path) -> Callable[[str], bool]:
    """Return whether the body of a function (``module:qualname``) is another one than at *commit*, or new.

    Raises:
        RepositoryError: git fails, or has no such commit.
    """
    paths: dict[str, set[str]] = {}
    for change in changes_since(commit, repository, root):
        for name in (*change.functions, *change.names):
            paths.setdefault(name, set()).add(change.path)

    def is_changed(function: str) -> bool:
        module, _, qualname = function.partition(":")
        return any(may_be_file_of(path, module) for path in paths.get(qualname, ()))

    return is_changed


def changes_of(old: Mapping[str, bytes | None], root: Path) -> tuple[FileChange, ...]:
    """Return the changes of the files with the former contents *old*, None for those that are new."""
    return _compared({path: content_of(path, data) for path, data in old.items()}, root)


def changes_between(
    then: Mapping[str, str],
    now: Mapping[str, str],
    outlines: Mapping[str, Outline],
    repository: Repository | Checkouts,
    root: Path,
) -> tuple[FileChange, ...]:
    """Return the changes of the files from *then* to *now*, both as in `Snapshot.files`.

    Args:
        outlines: The outlines of Python files, by content. What is missing is asked of git.

    Raises:
        RepositoryError: git fails.
    """
    changed = sorted(
        path
        for path in then.keys() | now.keys()
        if then.get(path) != now.get(path) and (path in now or not _is_still(then[path], root / path))
    )
    parsed = [path for path in changed if path in then and (path.endswith(".py") or is_pyproject(path))]
    unknown = {then[path] for path in parsed} - outlines.keys()
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


def _is_still(blob: str, path: Path) -> bool:
    """Return whether a file has its former content, although it is not listed: the library is another one."""
    data = read_content(path)
    return data is not None and blob_of(data) == blob


def _compared(old: Mapping[str, Content], root: Path) -> tuple[FileChange, ...]:
    """Return the changes of files of which git, or their digests, say that they differ."""
    return tuple(filter(None, (_compared_file(path, content, root) for path, content in old.items())))


def _compared_file(path: str, old: Content, root: Path) -> FileChange | None:
    data = read_content(root / path)
    change = compare(path, old, data)
    if change is None and data is not None and isinstance(old, Outline):
        return FileChange(path, compared=True)  # Tests may read the text.
    return change


def compare(path: str, old: Content, data: bytes | None) -> FileChange | None:
    """Return the change of the file at *path* from *old* to *data*; None if there is none."""
    if data is None:
        return None if old is None else _compare_outlines(path, old, None, _GONE)
    now = parse(data) if path.endswith(".py") else None
    if old is None:
        return _compare_outlines(path, None, now, _NEW)
    if isinstance(old, Pyproject):
        fresh = read_pyproject(data)
        inert = fresh.effective == old.effective
        return None if fresh.whole == old.whole else FileChange(path, beyond="changed", inert=inert)
    if now is None or isinstance(old, str):
        return None if old == digest(data) else FileChange(path, beyond="changed", now=now)
    return _compare_outlines(path, old, now, "")


def _compare_outlines(path: str, old: Content, now: ParsedFile | None, beyond: str) -> FileChange | None:
    before = old if isinstance(old, Outline) else Outline()
    after = now.outline() if now is not None else Outline()
    docstrings = before.docstrings != after.docstrings
    readers, reading = now.doc_readers() if docstrings and now is not None and not beyond else ((), ())
    gone, come = (
        before.functions.keys() - after.functions.keys(),
        after.functions.keys() - before.functions.keys(),
    )
    common = before.functions.keys() & after.functions.keys()
    change = FileChange(
        path=path,
        functions=tuple(
            sorted(
                {name for name in common if before.functions[name] != after.functions[name]}.union(readers)
            )
        ),
        statements=tuple(
            dict.fromkeys((*_changed_statements(before.statements, after.statements), *reading))
        ),
        moved=tuple(_moved_definitions(before.statements, after.statements)),
        names=frozenset(_names(before) ^ _names(after) | gone | come),
        docstrings=docstrings,
        beyond=beyond,
        now=now,
        compared=isinstance(old, Outline) or now is not None,
    )
    return None if change.textual and not change.moved else change


def _names(outline: Outline) -> set[str]:
    return {
        f"{statement.scope}.{name}" if statement.scope and statement.kind != "class" else name
        for statement in outline.statements
        if statement.kind in ("import", "bind", "class")
        for name in (statement.names[:1] if statement.kind == "class" else statement.names)
    }


def _changed_statements(old: Sequence[Statement], new: Sequence[Statement]) -> Iterator[Statement]:
    """Yield the statements that only one side has, and those whose order changed."""
    spare = Counter(statement.digest for statement in old)
    spare.subtract(statement.digest for statement in new)
    gone = Counter({key: number for key, number in spare.items() if number > 0})
    come = Counter({key: -number for key, number in spare.items() if number < 0})
    former = list(_taken_out(old, gone))
    current = list(_taken_out(new, come))
    yield from (statement for statement, out in (*former, *current) if out)
    # Where a name is bound once on one side only, the statement that binds it again is a change.
    loose = {statement.digest for statement in (*old, *new) if statement.loose}
    for scope in dict.fromkeys(statement.scope for statement in new):
        before, after = (
            [
                statement
                for statement, out in side
                if not out and statement.digest not in loose and statement.scope == scope
            ]
            for side in (former, current)
        )
        yield from _moved(before, after)


def _moved_definitions(old: Sequence[Statement], new: Sequence[Statement]) -> Iterator[Statement]:
    """Yield the imports, functions and classes whose order changed, where that does not matter to Python."""
    both = {statement.digest for statement in old} & {statement.digest for statement in new}
    before, after = (
        [
            statement
            for statement in side
            if statement.loose and statement.digest in both and statement.kind in ("import", "def", "class")
        ]
        for side in (old, new)
    )
    for scope in dict.fromkeys(map(_scope, after)):
        yield from _moved(
            [statement for statement in before if _scope(statement) == scope],
            [statement for statement in after if _scope(statement) == scope],
        )


def _scope(statement: Statement) -> tuple[str, bool]:
    return statement.scope, statement.kind == "import"


def _taken_out(side: Sequence[Statement], out: Counter[str]) -> Iterator[tuple[Statement, bool]]:
    for statement in side:
        taken = out[statement.digest] > 0
        out[statement.digest] -= taken
        yield statement, taken


def _moved(before: Sequence[Statement], after: Sequence[Statement]) -> Iterator[Statement]:
    """Yield the statements of *after* without the most that are in the order of *before*."""
    places: dict[str, list[int]] = {}
    for place, statement in enumerate(before):
        places.setdefault(statement.digest, []).append(place)
    order = [places[statement.digest].pop(0) if places.get(statement.digest) else -1 for statement in after]
    # The longest increasing subsequence, by patience sorting.
    tails: list[int] = []
    lengths = []
    for place in order:
        length = bisect_left(tails, place)
        tails[length : length + 1] = [place]
        lengths.append(length)
    wanted, below = len(tails) - 1, len(before)
    kept = set()
    for position in range(len(order) - 1, -1, -1):
        if lengths[position] == wanted and order[position] < below:
            kept.add(position)
            wanted, below = wanted - 1, order[position]
    yield from (statement for position, statement in enumerate(after) if position not in kept)

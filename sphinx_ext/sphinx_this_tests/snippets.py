"""The source of tests: read by `ast` from the project's files, never imported; and cut to what tells."""

import ast
import hashlib
import io
import os
import tokenize
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath, PureWindowsPath

from this_tests.syntax import read_bounded

from .cutting import cut
from .garbage import collector_paused
from .mentions import expecting, mentions, renames

__all__ = ["Snippet", "SourceFile", "Sources", "TestSource"]

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_Definition = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Snippet:
    """Lines of a test as a page shows them.

    Attributes:
        text: The lines, dedented, with comments of dots for what was left out.
        calls: The lines in `text`, from 1, in which the callable is used.
    """

    text: str
    calls: tuple[int, ...] = ()


@dataclass(frozen=True)
class TestSource:
    """The source of one test.

    Attributes:
        definition: Its ``def``.
        lines: The lines of the whole file.
        renamed: What names of the file mean that ``import … as`` made.
    """

    # Its name begins with Test because it is one; this keeps pytest from collecting it.
    __test__ = False

    definition: _Definition
    lines: tuple[str, ...] = field(repr=False)
    renamed: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def line(self) -> int:
        """The line of its ``def``, from 1."""
        return self.definition.lineno

    @property
    def end(self) -> int:
        """Its last line."""
        return self.definition.end_lineno or self.definition.lineno

    @property
    def doc(self) -> str:
        """The first line of its docstring."""
        said = (ast.get_docstring(self.definition) or "").strip()
        return said.partition("\n")[0].strip()

    def uses(self, name: str) -> list[int]:
        """Return the lines in which the test uses the callable *name*, sorted.

        A call counts, and where there is none, any mention: a property is not called.
        What stands in a ``this_tests(...)`` call is a declaration, not a use.
        """
        last = name.rpartition(".")[2]
        if not self._may_use(last):
            return []
        found = [(line, called) for each, line, called in self._names if each == last]
        calls = {line for line, called in found if called}
        return sorted(calls or {line for line, _ in found})

    def refused(self, name: str) -> bool:
        """Tell whether the test uses the callable *name* only where it expects an error or a warning."""
        uses = self.uses(name) if "aises" in self._text or "warns" in self._text else []
        return bool(uses) and all(any(line in lines for lines in self._expecting) for line in uses)

    def snippet(self, name: str, limit: int = 14) -> Snippet:
        """Return the test's lines, at most *limit*, with those that use *name* told apart."""
        text, calls = cut(self.definition, self.lines, self.uses(name), limit)
        return Snippet("\n".join(text), tuple(calls))

    @cached_property
    def _expecting(self) -> list[range]:
        return [lines for statement in self.definition.body for lines in expecting(statement)]

    def _may_use(self, last: str) -> bool:
        # Most tests of what they run by way of others never name it, and to look costs far less
        # than to walk their syntax.
        return last in self._text or last in self.renamed.values() or " as " in self._text

    @cached_property
    def _text(self) -> str:
        return "\n".join(self.lines[self.line - 1 : self.end])

    @cached_property
    def _names(self) -> list[tuple[str, int, bool]]:
        renamed = {
            **self.renamed,
            **{new: old for each in self.definition.body for new, old in renames(each)},
        }
        return [
            (renamed.get(name, name), line, called)
            for statement in self.definition.body
            for name, line, called in mentions(statement)
        ]


@dataclass(frozen=True)
class SourceFile:
    """A test file that was read."""

    tree: ast.Module
    lines: tuple[str, ...]

    def test(self, node_id: str) -> TestSource | None:
        """Return the source of a test of this file, or ``None`` where it stands elsewhere."""
        _, *scopes, name = node_id.split("::")
        found = self._scope.find(scopes, name)
        return TestSource(found, self.lines, self._renamed) if found else None

    @cached_property
    def _scope(self) -> "_Scope":
        return _Scope(self.tree.body)

    @cached_property
    def _renamed(self) -> Mapping[str, str]:
        return {new: old for each in _flat(self.tree.body) for new, old in renames(each)}


@dataclass(frozen=True, eq=False)
class _Scope:
    """A module, or a class with the names of its bases."""

    body: Sequence[ast.stmt]
    bases: tuple[str, ...] = ()

    def find(self, scopes: Sequence[str], name: str) -> _Definition | None:
        """Return the last definition of *name* in the classes *scopes*, or in their bases in this file."""
        if not scopes:
            return self._functions.get(name)
        for owner in self._lineage(scopes[0]):
            if found := owner.find(scopes[1:], name):
                return found
        return None

    def _lineage(self, name: str) -> Iterator["_Scope"]:
        waiting, seen = [name], set[str]()
        while waiting:
            current = waiting.pop(0)
            if current in self._classes and current not in seen:
                seen.add(current)
                yield self._classes[current]
                waiting += self._classes[current].bases

    @cached_property
    def _functions(self) -> Mapping[str, _Definition]:
        return {each.name: each for each in _flat(self.body) if isinstance(each, _DEFINITIONS)}

    @cached_property
    def _classes(self) -> Mapping[str, "_Scope"]:
        return {
            each.name: _Scope(each.body, tuple(base.id for base in each.bases if isinstance(base, ast.Name)))
            for each in _flat(self.body)
            if isinstance(each, ast.ClassDef)
        }


class Sources:
    """The test files under one folder, each read once; files outside it are never opened."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._files: dict[str, SourceFile | None] = {}
        self._tests: dict[str, TestSource | None] = {}
        self._folders: dict[PurePosixPath, Path] = {}
        self.problems: dict[str, str] = {}

    def test(self, node_id: str) -> TestSource | None:
        """Return the source of a test, or ``None`` where it cannot be shown."""
        if node_id not in self._tests:
            file = self._file(node_id.partition("::")[0]) if "::" in node_id else None
            self._tests[node_id] = file.test(node_id) if file else None
        return self._tests[node_id]

    def fingerprint(self, paths: Iterable[str]) -> str:
        """Return a digest of the test files at *paths*, without parsing them."""
        whole = hashlib.sha256()
        for path in sorted(paths):
            whole.update(path.encode("utf-8", "backslashreplace") + b"\0")
            with suppress(OSError, ValueError):
                whole.update(hashlib.sha256(read_bounded(self._inside(path))).digest())
        return whole.hexdigest()

    def _file(self, path: str) -> SourceFile | None:
        if path not in self._files:
            try:
                # A doctest in a text file is no Python, and nothing to complain of.
                self._files[path] = read(self._inside(path)) if path.endswith(".py") else None
            except (OSError, ValueError, RecursionError, MemoryError) as error:
                self._files[path] = None
                self.problems[path] = _reason(error)
        return self._files[path]

    def _inside(self, path: str) -> Path:
        """Return the file at *path* below the root.

        Raises:
            FileNotFoundError: There is none.
            ValueError: The path leads out of the root, be it by ``..`` or by a link.
        """
        pure = PurePosixPath(path)
        if pure.is_absolute() or ".." in pure.parts or "\\" in path or PureWindowsPath(path).drive:
            raise ValueError("not a path inside the project")
        file = self._folder(pure.parent) / pure.name
        if file.is_symlink():
            file = _real(file)
        if not file.is_relative_to(self._root):
            raise ValueError("leads out of the project")
        if not file.is_file():
            raise FileNotFoundError
        return file

    def _folder(self, pure: PurePosixPath) -> Path:
        # To follow links step by step takes longer than to read a file, and folders have many files.
        if pure not in self._folders:
            self._folders[pure] = _real(self._root / pure)
        return self._folders[pure]


def _real(path: Path) -> Path:
    # `Path.resolve` raises what is no OSError where links lead in a circle, before Python 3.13.
    return Path(os.path.realpath(path))


def read(path: Path) -> SourceFile:
    """Return the parsed file at *path*.

    Raises:
        OSError: It cannot be read.
        ValueError: It is no Python source.
    """
    data = read_bounded(path)
    try:
        # A tree has thousands of nodes.
        with warnings.catch_warnings(), collector_paused():
            # An invalid escape in a test is its author's affair, not the docs'.
            warnings.simplefilter("ignore")
            tree = ast.parse(data)
            # Before Python 3.12, a parsed file may still be no text.
            return SourceFile(tree, tuple(_lines(data)))
    except SyntaxError as error:
        raise ValueError(f"line {error.lineno or 1}: {error.msg}") from None


def _lines(data: bytes) -> list[str]:
    """Return the lines of a source file as Python counts them."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    text = data.decode(encoding, errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    # Python does not end a line at a form feed or at U+2028, as `str.splitlines` does.
    return text.split("\n")


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file"
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return str(error)


def _flat(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a scope, those under ``if``, ``try`` and ``with`` included."""
    # A chain of `elif` is as deep as it is long, so that nothing here may call itself.
    waiting = list(body)[::-1]
    while waiting:
        each = waiting.pop()
        yield each
        if not isinstance(each, (*_DEFINITIONS, ast.ClassDef)):
            blocks = [getattr(each, block, ()) for block in ("body", "orelse", "finalbody")]
            blocks += [handler.body for handler in getattr(each, "handlers", ())]
            waiting += [node for block in blocks for node in block][::-1]

"""Finds the definition of a test: in its file, or in another that it is inherited or imported from.

Files are parsed with `ast`; nothing is imported.
"""

import ast
import io
import sys
import tokenize
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

from ...gc_pause import collector_paused
from ...source.parsing import dotted, parsed, statements
from .folder import Folder
from .usage import calls_of_helpers, first_line, leading_to, words_of_names

__all__ = ["Definition", "Files", "Found", "SourceFile", "parse"]

Definition = ast.FunctionDef | ast.AsyncFunctionDef

_Named = Definition | ast.ClassDef
_NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
# Where a module may be, besides the folders around the file that imports it.
_ROOTS = ("src",)
# A module `testing` is usually a part of the library.
_TESTS = frozenset({"test", "tests", "conftest"})


@dataclass(frozen=True, eq=False)
class SourceFile:
    """A file that was read.

    Attributes:
        path: Its path, from the root.
        tree: Its syntax, without the bodies of tests except for their docstrings. The bodies would be half a
            million nodes for a hundred thousand lines of tests, and few of them are needed.
        lines: Its lines, as Python counts them.
    """

    path: str
    tree: ast.Module
    lines: tuple[str, ...] = field(repr=False)

    @cached_property
    def names(self) -> Mapping[str, "Found"]:
        """The functions and classes that it defines, the last of each name."""
        return {name: Found(self, node) for name, node in _named(self.tree.body).items()}

    @cached_property
    def imported(self) -> Mapping[str, tuple[ast.Import | ast.ImportFrom, str]]:
        """What each imported name comes from: the statement, and the name there; ``import a.b`` is ``a``."""
        found: dict[str, tuple[ast.Import | ast.ImportFrom, str]] = {}
        for statement in statements(self.tree.body):
            if isinstance(statement, ast.Import | ast.ImportFrom):
                for alias in statement.names:
                    whole = alias.name if alias.asname or isinstance(statement, ast.ImportFrom) else ""
                    found[alias.asname or alias.name.partition(".")[0]] = (statement, whole)
        return found

    @cached_property
    def stars(self) -> Sequence[ast.ImportFrom]:
        """The statements ``from … import *``, the last first."""
        imports = [
            statement for statement in statements(self.tree.body) if isinstance(statement, ast.ImportFrom)
        ]
        return [statement for statement in reversed(imports) if statement.names[0].name == "*"]

    def whole(self, test: Definition) -> Definition:
        """Return a test of this file with its complete body."""
        start = first_line(test)
        # Keeps the line numbers, and puts an indented test into a block.
        above = "\n" * (start - 2) + "if 1:\n" if test.col_offset else "\n" * (start - 1)
        try:
            tree = parsed(above + "\n".join(self.lines[start - 1 : test.end_lineno]))
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            # The file is not valid in its declared encoding, so the test's body cannot be read.
            return test
        return next(
            (statement for statement in statements(tree.body) if isinstance(statement, Definition)), test
        )

    @cached_property
    def calls_of_helpers(self) -> Mapping[str, frozenset[str]]:
        """The last names of what each function that is not a test calls."""
        return calls_of_helpers(self.tree)

    def names_leading_to(self, last: str) -> frozenset[str]:
        """Return the names in the file that may stand for what is called *last*, such as aliases of it."""
        if last not in self._leading:
            self._leading[last] = frozenset(leading_to({last}, self._words))
        return self._leading[last]

    @cached_property
    def _leading(self) -> dict[str, frozenset[str]]:
        return {}

    @cached_property
    def _words(self) -> Mapping[str, frozenset[str]]:
        return words_of_names(self.tree)


@dataclass(frozen=True, eq=False)
class Found:
    """A function or class, the file that defines it, and the classes that it is in."""

    file: SourceFile
    node: _Named
    around: "Found | None" = None

    @cached_property
    def inside(self) -> Mapping[str, "Found"]:
        """The definitions in the body of a class."""
        return {name: Found(self.file, node, self) for name, node in _named(self.node.body).items()}


class Files:
    """The Python files of a folder, each parsed once."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._parsed: dict[str, SourceFile | None] = {}
        self._modules: dict[tuple[str, str], SourceFile | None] = {}
        self._helpers: dict[tuple[str, str], SourceFile | None] = {}
        self._lineages: dict[Found, list[Found]] = {}
        self.problems: dict[str, str] = {}

    def find(self, node_id: str) -> Found | None:
        """Return the definition of a test, or ``None`` if it cannot be found."""
        path, *scopes = node_id.split("::")
        # A doctest in a text file has no Python source, which is no problem.
        file = self._file(path) if scopes and path.endswith(".py") else None
        try:
            found = self._in_file(file, scopes[0], frozenset()) if file else None
            for name in scopes[1:]:
                found = self._in_class(found, name) if found else None
        except RecursionError:
            # A thousand files that import from each other.
            return None
        return found

    def helpers(self, path: str, name: str) -> SourceFile | None:
        """Return the file of tests that the file at *path* imports as the module *name*, or ``None``.

        The library's own modules are not read: what they define is not a helper.
        """
        folder = str(PurePosixPath(path).parent)
        if (folder, name) not in self._helpers:
            bases = () if name in sys.stdlib_module_names else _places(folder, name)
            beside = "" if name.lstrip(".").count(".") or self._is_package(folder) else folder
            candidates = (
                f"{base}{end}"
                for base in bases
                for end in ("/__init__.py", ".py")
                if _holds_tests(f"{base}{end}") or str(PurePosixPath(base).parent) == beside
            )
            files = (self._file(candidate, wanted=False) for candidate in candidates)
            self._helpers[folder, name] = next((file for file in files if file), None)
        return self._helpers[folder, name]

    def conftests(self, path: str) -> Iterator[SourceFile]:
        """Yield the files ``conftest.py`` that pytest reads for the file at *path*, the nearest first."""
        for folder in PurePosixPath(path).parents:
            if file := self._file(str(folder / "conftest.py"), wanted=False):
                yield file

    def file(self, path: str) -> SourceFile | None:
        """Return the file at *path*, or ``None`` if it cannot be read."""
        return self._file(path)

    def text(self, path: str) -> str | None:
        """Return the text of a file that is no Python source, or ``None`` if it cannot be read."""
        try:
            return self._folder.read(path).decode("utf-8", "replace").replace("\r\n", "\n")
        except (OSError, ValueError):
            return None

    def _is_package(self, folder: str) -> bool:
        return self._file(str(PurePosixPath(folder) / "__init__.py"), wanted=False) is not None

    def _file(self, path: str, *, wanted: bool = True) -> SourceFile | None:
        """Return the file at *path*; unless it is *wanted*, it may be missing."""
        if path not in self._parsed:
            self._parsed[path] = None
            try:
                data = self._folder.read(path)
                wanted = True
                self._parsed[path] = parse(path, data)
            except (OSError, ValueError, RecursionError, MemoryError) as error:
                if wanted:
                    self.problems[path] = _reason(error)
        return self._parsed[path]

    def _in_file(self, file: SourceFile, name: str, seen: frozenset[tuple[str, str]]) -> Found | None:
        """Return the definition of *name* in a file, defined there or imported."""
        if name in file.names or (file.path, name) in seen:
            return file.names.get(name)
        seen |= {(file.path, name)}
        sources = [file.imported[name]] if name in file.imported else [(star, name) for star in file.stars]
        for statement, original in sources:
            # A module is neither a class nor a function.
            if isinstance(statement, ast.ImportFrom):
                module = self._module(file.path, _module_of(statement))
                if module and (found := self._in_file(module, original, seen)):
                    return found
        return None

    def _in_class(self, owner: Found, name: str) -> Found | None:
        if name in owner.inside:
            return owner.inside[name]
        return next((cls.inside[name] for cls in self._lineage(owner) if name in cls.inside), None)

    def _lineage(self, owner: Found) -> list[Found]:
        """Return a class and those that it inherits from, in method resolution order."""
        if not isinstance(owner.node, ast.ClassDef):
            return []
        if owner not in self._lineages:
            self._lineages[owner] = [owner]
            bases = (self._base(owner, base) for base in owner.node.bases)
            found = [ancestor for base in bases if base for ancestor in self._lineage(base)]
            # A class that occurs twice belongs in its last position.
            last = {ancestor.node: ancestor for ancestor in reversed(found)}
            self._lineages[owner] += [
                ancestor for ancestor in reversed(last.values()) if ancestor.node is not owner.node
            ]
        return self._lineages[owner]

    def _base(self, owner: Found, base: ast.expr) -> Found | None:
        """Return the class that *base* refers to in the file of *owner*."""
        if isinstance(base, ast.Subscript):
            return self._base(owner, base.value)
        if isinstance(base, ast.Name):
            around = owner.around
            if around and base.id in around.inside and around.inside[base.id].node is not owner.node:
                return around.inside[base.id]
            return self._in_file(owner.file, base.id, frozenset())
        if not isinstance(base, ast.Attribute):
            return None
        if module := self._module_named(owner.file, base.value):
            return self._in_file(module, base.attr, frozenset())
        outer = self._base(owner, base.value)
        return self._in_class(outer, base.attr) if outer else None

    def _module_named(self, file: SourceFile, expression: ast.expr) -> SourceFile | None:
        """Return the module that an expression such as ``base`` or ``tests.base`` refers to in a file."""
        first, _, rest = dotted(expression).partition(".")
        if first not in file.imported:
            return None
        statement, original = file.imported[first]
        if isinstance(statement, ast.ImportFrom):
            module = _module_of(statement)
            original = f"{module}{original}" if module.endswith(".") else f"{module}.{original}"
        return self._module(file.path, f"{original or first}.{rest}".removesuffix("."))

    def _module(self, path: str, name: str) -> SourceFile | None:
        """Return the module that the file at *path* imports as *name*, where it is in the folder."""
        folder = str(PurePosixPath(path).parent)
        if (folder, name) not in self._modules:
            candidates = (f"{base}{end}" for base in _places(folder, name) for end in ("/__init__.py", ".py"))
            files = (self._file(candidate, wanted=False) for candidate in candidates)
            self._modules[folder, name] = next((file for file in files if file), None)
        return self._modules[folder, name]


def _module_of(statement: ast.ImportFrom) -> str:
    """Return the module that a statement imports from, with a dot for each step up."""
    return "." * statement.level + (statement.module or "")


def _places(folder: str, name: str) -> Iterator[str]:
    """Yield the possible paths of the module *name* for a file in *folder*, without the suffix."""
    around = [PurePosixPath(folder), *PurePosixPath(folder).parents]
    absolute = name.lstrip(".")
    inside = absolute.replace(".", "/")
    if level := len(name) - len(absolute):
        # Relative imports may not leave the project.
        bases = around[level - 1 : level]
    else:
        # pytest puts one of the folders around a test file on the path; which, depends on its settings.
        bases = [*around, *map(PurePosixPath, _ROOTS)]
    yield from (str(base / inside) for base in bases if inside or base.name)


def _holds_tests(path: str) -> bool:
    """Return whether a file is one of tests, by its name or that of a folder that it is in."""
    *folders, name = PurePosixPath(path).parts
    parts = [*folders, name.removesuffix(".py")]
    return any(
        part in _TESTS or part.startswith("test_") or part.endswith(("_test", "_tests")) for part in parts
    )


def parse(path: str, data: bytes) -> SourceFile:
    """Return the parsed file at *path* that holds *data*.

    Raises:
        ValueError: It is no Python source.
    """
    try:
        # A tree has thousands of nodes.
        with collector_paused():
            tree = parsed(data)
            _drop_test_bodies(tree)
            # Before Python 3.12, a file that parses may still be invalid text.
            return SourceFile(path, tree, tuple(_lines(data)))
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
    if isinstance(error, RecursionError | MemoryError):
        return "nested too deeply"
    return str(error)


def _named(body: Iterable[ast.stmt]) -> dict[str, _Named]:
    return {statement.name: statement for statement in statements(body) if isinstance(statement, _NAMED)}


def _drop_test_bodies(tree: ast.Module) -> None:
    """Drop the bodies of a file's tests except for their docstrings; `SourceFile.whole` brings them back."""
    waiting = list(statements(tree.body))
    while waiting:
        statement = waiting.pop()
        if isinstance(statement, ast.ClassDef):
            waiting.extend(statements(statement.body))
        elif isinstance(statement, Definition) and statement.name.startswith("test"):
            del statement.body[1 if ast.get_docstring(statement, clean=False) is not None else 0 :]

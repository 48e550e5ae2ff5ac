"""Reads the tests, fixtures and declarations of a test file from its syntax tree."""

import ast
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import ThisTestsError
from ..files import read_bounded
from ..source.parsing import last_name, parsed, statements, why_unread
from .conventions import Conventions
from .declarations import (
    NAME,
    Declares,
    Definition,
    bare_markers,
    declared_by,
    declared_by_decorators,
    declared_by_pytestmark,
    is_autouse,
    is_fixture,
    uses,
)
from .suppressions import Suppression, in_head, suppressions

__all__ = [
    "UNREADABLE",
    "SourceError",
    "Suite",
    "SuiteFile",
    "SuiteFunction",
    "Target",
    "read_source",
    "source_file",
]

# What reading a source that Python cannot parse may raise.
UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError)


class SourceError(ThisTestsError):
    """A test file that cannot be read or parsed.

    Attributes:
        line: Counted from 1.
    """

    def __init__(self, path: Path, line: int, reason: str) -> None:
        super().__init__(f"{path}:{line}: {reason}")
        self.path = path
        self.line = line


@dataclass(frozen=True)
class Target:
    """A target written as a string, with its place."""

    name: str
    line: int


@dataclass(frozen=True)
class SuiteFunction:
    """A function or method of a test file: a test, a fixture or a helper.

    Attributes:
        name: Qualified by its classes with ``::``, as in node ids.
        is_test: Whether pytest would collect it.
        declares: Whether it calls ``this_tests`` itself or is marked with it, by its own
            decorators, those of a class around it, or the module's ``pytestmark``.
        na: Whether it declares only ``"na"``.
        uses: The names that it calls, and those of its parameters and used fixtures.
        autouse: Whether it is a fixture that every test in reach uses, or a setup method.
    """

    name: str
    line: int
    is_test: bool
    declares: bool
    uses: frozenset[str]
    autouse: bool = False
    suppression: Suppression | None = None
    na: bool = False

    @property
    def short_name(self) -> str:
        """The name without its classes."""
        return self.name.rpartition("::")[2]


@dataclass(frozen=True)
class SuiteFile:
    """The content of a test file.

    Attributes:
        path: Relative to the root, with ``/``.
        functions: In the order of the file.
        names: The names bound at module level and, with ``::``, inside classes.
        open_scopes: The scopes that may have names that the file does not show: ``""`` for the
            module (a star import, a ``__getattr__``), or a class with bases from other files.
        imported: The names that the file imports.
        strings: The targets written as strings.
        bare_markers: Lines where the marker is called with one bare callable, which then
            decorates the callable and marks no test.
    """

    path: str
    functions: tuple[SuiteFunction, ...]
    names: frozenset[str]
    open_scopes: frozenset[str]
    imported: frozenset[str]
    strings: tuple[Target, ...]
    bare_markers: tuple[int, ...]

    def may_hold(self, name: str) -> bool:
        """Return whether the file may contain the test of this name (``Class::method``)."""
        scope, _, _ = name.rpartition("::")
        if scope and not self.may_hold(scope):
            return False
        return name in self.names or scope in self.open_scopes


def read_source(path: Path, root: Path, conventions: Conventions) -> SuiteFile:
    """Return the content of the test file at *path*.

    Raises:
        SourceError: It cannot be read, or this version of Python cannot parse it.
    """
    try:
        if not path.resolve().is_relative_to(root.resolve()):
            raise ValueError("it leads out of the project")
        return source_file(read_bounded(path), path.relative_to(root).as_posix(), conventions)
    except (OSError, *UNREADABLE) as error:
        raise SourceError(path, *why_unread(error)) from None


def source_file(source: bytes, path: str, conventions: Conventions) -> SuiteFile:
    """Return the content of a test file, which may be of an editor and not of the disk.

    Args:
        path: Relative to the root, with ``/``.

    Raises:
        SyntaxError: It cannot be parsed; also each other error of `UNREADABLE`.
    """
    tree = parsed(source)
    # What can be parsed may still have no tokens, or be deeper than what walks it.
    return _SuiteFileReader(conventions, suppressions(source)).read(tree, path)


class _SuiteFileReader:
    """The reader of one module's syntax tree."""

    def __init__(self, conventions: Conventions, suppressions: dict[int, Suppression]) -> None:
        self._conventions = conventions
        self._suppressions = suppressions
        self._recorders = {NAME}
        self._classes: dict[str, ast.ClassDef] = {}
        self._functions: list[SuiteFunction] = []
        self._names: set[str] = set()
        self._open: set[str] = set()
        self._imported: set[str] = set()

    def read(self, tree: ast.Module, path: str) -> SuiteFile:
        nodes = list(ast.walk(tree))  # A walk is what takes the time.
        calls = [node for node in nodes if isinstance(node, ast.Call)]
        self._learn_imports(nodes)
        self._read_body(tree.body, scope="", tests=True, marked=declared_by_pytestmark(tree.body))
        return SuiteFile(
            path=path,
            functions=tuple(self._functions),
            names=frozenset(self._names),
            open_scopes=frozenset(self._open),
            imported=frozenset(self._imported),
            strings=tuple(self._strings(calls)),
            bare_markers=tuple(bare_markers(calls)),
        )

    def _learn_imports(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            if isinstance(node, ast.ImportFrom):
                self._imported.update(alias.asname or alias.name for alias in node.names)
                self._recorders.update(
                    alias.asname or alias.name for alias in node.names if alias.name == NAME
                )

    def _read_body(self, body: list[ast.stmt], *, scope: str, tests: bool, marked: Declares) -> None:
        for node in statements(body):
            self._bind(node, scope)
            if isinstance(node, ast.ClassDef):
                self._read_class(node, scope, marked=marked)
            elif isinstance(node, Definition):
                self._functions.append(self._function(node, scope, tests=tests, marked=marked))

    def _bind(self, node: ast.stmt, scope: str) -> None:
        names = set(_bound_names(node))
        if "*" in names or (not scope and "__getattr__" in names):
            self._open.add(scope)
        self._names.update(_joined(scope, name) for name in names)

    def _read_class(self, node: ast.ClassDef, scope: str, *, marked: Declares) -> None:
        name = _joined(scope, node.name)
        self._classes[name] = node
        known = [base.id for base in node.bases if isinstance(base, ast.Name) and base.id in self._classes]
        if len(known) < len(node.bases) or node.keywords or node.decorator_list:
            self._open.add(name)
        for base in known:
            self._names |= {
                f"{name}{known_name[len(base) :]}"
                for known_name in self._names
                if known_name.startswith(f"{base}::")
            }
            self._open |= {name} if base in self._open else set()
        self._read_body(
            node.body,
            scope=name,
            tests=self._conventions.is_test_class(node.name) or self._is_testcase(node),
            marked=marked | declared_by_decorators(node) | declared_by_pytestmark(node.body),
        )

    def _is_testcase(self, node: ast.ClassDef) -> bool:
        return any(
            last_name(base).endswith("TestCase")
            or (
                isinstance(base, ast.Name)
                and base.id in self._classes
                and self._classes[base.id] is not node  # `class It(It)`, after an import of the other
                and self._is_testcase(self._classes[base.id])
            )
            for base in node.bases
        )

    def _function(self, node: Definition, scope: str, *, tests: bool, marked: Declares) -> SuiteFunction:
        calls = [part for part in ast.walk(node) if isinstance(part, ast.Call)]
        declares = marked | declared_by_decorators(node) | declared_by(self._recording(calls))
        return SuiteFunction(
            name=_joined(scope, node.name),
            line=node.lineno,
            is_test=tests and self._conventions.is_test_function(node.name) and not is_fixture(node),
            declares=bool(declares),
            uses=frozenset(uses(node, calls)),
            autouse=is_autouse(node) or node.name in _SETUP,
            suppression=in_head(node, self._suppressions),
            na=declares == {"na"},
        )

    def _recording(self, calls: Iterable[ast.Call]) -> Iterator[ast.Call]:
        yield from (call for call in calls if last_name(call.func) in self._recorders)

    def _strings(self, calls: Iterable[ast.Call]) -> Iterator[Target]:
        # Markers are calls of the same last name.
        for call in self._recording(calls):
            for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
                for part in argument.elts if isinstance(argument, (ast.List, ast.Tuple)) else (argument,):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value != "na":
                        yield Target(part.value, part.lineno)


_SETUP = frozenset(
    {"setUp", "setup_method", "asyncSetUp", "setUpClass", "setup_class", "setup_module", "setUpModule"}
)


def _joined(scope: str, name: str) -> str:
    return f"{scope}::{name}" if scope else name


def _bound_names(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, (Definition, ast.ClassDef)):
        yield node.name
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from ((alias.asname or alias.name).partition(".")[0] for alias in node.names)
    elif isinstance(node, (ast.Assign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name))


@dataclass(frozen=True)
class Suite:
    """The sources to check.

    Attributes:
        tests: The test files.
        support: Other files whose fixtures and helpers the tests may use: conftest files.
    """

    tests: Sequence[SuiteFile]
    support: Sequence[SuiteFile] = ()

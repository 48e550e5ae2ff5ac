"""Cuts the source of a test out of its file, without importing it or reading outside of the project."""

import ast
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..files import read_bounded, stays_inside
from ..source.docstrings import summary
from ..source.parsing import parsed, statements

__all__ = ["Excerpt", "Excerpts"]

_Definition = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Excerpt:
    """The source of one test.

    Attributes:
        line: The line of its ``def``, from 1.
        doc: The first sentence of its docstring.
        text: Its lines, decorators included, dedented.
    """

    line: int
    doc: str
    text: str


class Excerpts:
    """The sources of the tests below a folder; each file is read once."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._files: dict[str, tuple[ast.Module, str] | None] = {}

    def of(self, node_id: str) -> Excerpt | None:
        """Return the source of a test, or None if its file does not show it."""
        path, *scopes = node_id.split("::")
        if path not in self._files:
            self._files[path] = _read(self._root, path)
        file = self._files[path]
        if file is None or not scopes:
            return None
        tree, text = file
        found = _find(tree.body, scopes)
        return None if found is None else _excerpt(found, text)


def _read(root: Path, path: str) -> tuple[ast.Module, str] | None:
    if not path.endswith(".py") or not stays_inside(path):
        return None
    file = (root / path).resolve()
    if not file.is_relative_to(root):
        return None  # A link that leads out of the project.
    try:
        data = read_bounded(file)
        return parsed(data), data.decode("utf-8", errors="replace")
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _find(body: Sequence[ast.stmt], scopes: Sequence[str]) -> _Definition | None:
    """Return the last definition of the last of *scopes* in the classes before it, or in their bases."""
    name, *inner = scopes
    if not inner:
        named = [
            statement
            for statement in statements(body)
            if isinstance(statement, _Definition) and statement.name == name
        ]
        return named[-1] if named else None
    classes = {
        statement.name: statement for statement in statements(body) if isinstance(statement, ast.ClassDef)
    }
    line = _lineage(classes, name)
    return next((found for cls in line if (found := _find(cls.body, inner))), None)


def _lineage(classes: dict[str, ast.ClassDef], name: str) -> Iterator[ast.ClassDef]:
    waiting, seen = [name], set[str]()
    for cls in waiting:
        if cls in classes and cls not in seen:
            seen.add(cls)
            yield classes[cls]
            waiting += [base.id for base in classes[cls].bases if isinstance(base, ast.Name)]


def _excerpt(node: _Definition, text: str) -> Excerpt:
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    # Python ends no line at a form feed or at U+2028, as `str.splitlines` does.
    lines = text.replace("\r\n", "\n").split("\n")[first - 1 : node.end_lineno]
    return Excerpt(node.lineno, summary(node), textwrap.dedent("\n".join(lines)))

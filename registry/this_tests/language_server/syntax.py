"""Parses the text of an editor piece by piece, so that a change parses only what it touched."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from ..source.docstrings import summary
from ..source.parsing import dotted, parsed, statements
from ..suite.declarations import is_fixture

__all__ = ["Definition", "Kind", "Piece", "Syntax", "lines_of", "read_syntax"]

Kind = str  # "function", "method" or "class"

# Where a piece may begin: at a definition of the module, or at its first decorator.
_START = re.compile(r"^(?:@|(?:async[ \t]+)?def[ \t]|class[ \t])", re.MULTILINE)
_HEAD = re.compile(r"(?:async\s+def|def|class)\s+")
# Editors, like Python, know no other line ends; `str.splitlines` does.
_LINE_END = re.compile(r"\r\n|\r")


def lines_of(text: str) -> list[str]:
    """Return the lines of a text, as editors count them."""
    return _LINE_END.sub("\n", text).split("\n") if "\r" in text else text.split("\n")


class Definition(msgspec.Struct, frozen=True):
    """A function or class: one of the module, or of a class.

    Attributes:
        name: Qualified by its classes with dots.
        kind: ``function``, ``method`` or ``class``.
        line: That of its name; all lines begin at 0.
        column: Where its name begins, in characters.
        last: Its last line.
        first: Its first line, which may be that of a decorator.
        bases: The last names of the bases of a class.
        fixture: Whether it is a fixture of pytest.
        docstring: The first sentence of a function's docstring.
    """

    name: str
    kind: Kind
    line: int
    column: int
    first: int
    last: int
    bases: tuple[str, ...] = ()
    fixture: bool = False
    docstring: str = ""

    @property
    def short_name(self) -> str:
        """The name without its classes."""
        return self.name.rpartition(".")[2]

    @property
    def end(self) -> int:
        """The column after its name."""
        return self.column + len(self.short_name)

    def at(self, line: int, column: int) -> "Definition":
        """Return it with another place of its name."""
        moved = line - self.line
        return Definition(
            self.name, self.kind, line, column, self.first + moved, self.last + moved,
            self.bases, self.fixture, self.docstring,
        )  # fmt: skip


@dataclass(frozen=True)
class Piece:
    """A part of a module that is one by itself: the lines from one definition to the next.

    Attributes:
        definitions: Those in the piece; their lines are counted from its first.
    """

    tree: ast.Module
    definitions: tuple[Definition, ...]


@dataclass(frozen=True)
class Syntax:
    """The syntax of a text.

    Attributes:
        pieces: By their text.
        order: The first line of each piece, and the piece.
    """

    pieces: Mapping[str, Piece]
    order: Sequence[tuple[int, Piece]]

    def definitions(self) -> Iterator[Definition]:
        """Yield all functions and classes but those inside of functions, in the order of the text."""
        for first, piece in self.order:
            for found in piece.definitions:
                yield found.at(found.line + first, found.column) if first else found

    def body(self) -> list[ast.stmt]:
        """Return the statements of the module; their lines are those of their pieces."""
        return [statement for _, piece in self.order for statement in piece.tree.body]

    def piece_at(self, line: int) -> tuple[int, Piece]:
        """Return the piece of a line, and its first line."""
        return [found for found in self.order if found[0] <= line][-1]


def read_syntax(text: str, known: Mapping[str, Piece]) -> Syntax:
    """Return the syntax of *text*, whose line ends are line feeds.

    Pieces that can be parsed alone have no open bracket or string, and so are parsed to the same as a part
    of the whole text. If one cannot, the text is parsed as a whole.

    Args:
        known: Pieces that need not be parsed again.

    Raises:
        SyntaxError: It is not valid Python; also the other errors of `parsed`.
    """
    try:
        return _by_pieces(list(_pieces(text)), known)
    except SyntaxError:
        return _by_pieces([text], known)


def _by_pieces(texts: Sequence[str], known: Mapping[str, Piece]) -> Syntax:
    pieces: dict[str, Piece] = {}
    order = []
    line = 0
    for text in texts:
        pieces[text] = piece = pieces.get(text) or known.get(text) or _read(text)
        order.append((line, piece))
        line += text.count("\n")
    return Syntax(pieces, order)


def _pieces(text: str) -> Iterator[str]:
    begin, decorated = 0, False
    for found in _START.finditer(text):
        if not decorated and found.start():
            yield text[begin : found.start()]
            begin = found.start()
        decorated = found[0] == "@"
    yield text[begin:]


def _read(text: str) -> Piece:
    tree = parsed(text)
    return Piece(tree, tuple(_definitions(tree.body, lines_of(text))))


def _definitions(body: Sequence[ast.stmt], lines: Sequence[str]) -> Iterator[Definition]:
    # Classes may be nested too deeply for functions that call themselves.
    waiting: list[tuple[str, ast.stmt]] = [("", node) for node in statements(body)][::-1]
    while waiting:
        scope, node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield _definition(node, scope, lines)
        if isinstance(node, ast.ClassDef):
            inner = f"{scope}{node.name}."
            waiting += [(inner, statement) for statement in statements(node.body)][::-1]


def _definition(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, scope: str, lines: Sequence[str]
) -> Definition:
    line, column = _place_of_name(node, lines)
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) - 1
    last = (node.end_lineno or node.lineno) - 1
    name = f"{scope}{node.name}"
    if isinstance(node, ast.ClassDef):
        bases = tuple(dotted(base).rpartition(".")[2] for base in node.bases)
        return Definition(name, "class", line, column, first, last, bases)
    kind = "method" if scope else "function"
    return Definition(name, kind, line, column, first, last, (), is_fixture(node), summary(node))


def _place_of_name(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, lines: Sequence[str]
) -> tuple[int, int]:
    line = lines[node.lineno - 1]
    begin = len(line.encode("utf-8", "surrogatepass")[: node.col_offset].decode("utf-8", "replace"))
    found = _HEAD.match(line, begin)
    # It may be on another line than its `def`, behind a backslash, or spelled in another way (NFKC).
    is_there = found is not None and line.startswith(node.name, found.end())
    return node.lineno - 1, found.end() if found and is_there else begin

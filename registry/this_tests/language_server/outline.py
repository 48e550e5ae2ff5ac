"""The functions and classes of a text that is being edited, also while it is not valid Python."""

import ast
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from ..gc_pause import collector_paused
from ..source.scopes import Scope, bound_in
from .syntax import Definition, Syntax, lines_of, read_syntax

__all__ = ["Outline", "outline"]

# Larger texts, in characters, are not parsed while somebody types; files of this size are data.
_LARGEST = 4 * 2**20


@dataclass(frozen=True)
class Outline:
    """The outline of one version of a text.

    Attributes:
        lines: Those of the text.
        definitions: In the order of the text.
        syntax: That of the text, or while this is not valid, that of the last version that was.
        valid: Whether this text is valid Python.
    """

    lines: Sequence[str]
    definitions: tuple[Definition, ...] = ()
    syntax: Syntax | None = None
    valid: bool = False

    @cached_property
    def by_name(self) -> dict[str, Definition]:
        """The definitions by name; of several with one name, the last counts, as in Python."""
        return {definition.name: definition for definition in self.definitions}

    @property
    def text(self) -> str:
        """The text, with line feeds as its line ends."""
        return "\n".join(self.lines)

    def around(self, line: int) -> Definition | None:
        """Return the innermost definition around a line."""
        inside = [found for found in self.definitions if found.first <= line <= found.last]
        return max(inside, key=lambda found: found.first, default=None)

    def named_at(self, line: int, column: int) -> Definition | None:
        """Return the definition whose name is at a place."""
        on_line = (found for found in self.definitions if found.line == line)
        return next((found for found in on_line if found.column <= column <= found.end), None)

    def scope(self, package: str) -> Scope:
        """Return what the module binds; *package* is where its relative imports start from."""
        body = self.syntax.body() if self.syntax else []
        return bound_in(ast.Module(body, []), package)

    def expression_at(self, line: int, column: int) -> str:
        """Return the dotted name at a place, up to the part that is there; also one in a string."""
        if not self.valid or self.syntax is None:
            return ""
        first, piece = self.syntax.piece_at(line)
        text = self.lines[line] if line < len(self.lines) else ""
        offset = len(text[:column].encode("utf-8", "surrogatepass"))
        return next(_names_at(piece.tree, line - first + 1, offset), "")


def outline(text: str, before: Outline | None = None) -> Outline:
    """Return the outline of *text*.

    Args:
        before: That of an earlier version: what did not change is not parsed again. Where *text* is not
            valid, its definitions are kept, as far as the text still has them, at their present lines.
    """
    text = text.removeprefix("\ufeff")
    lines = lines_of(text)
    known = before.syntax if before else None
    if len(text) <= _LARGEST:
        try:
            with collector_paused():
                syntax = read_syntax("\n".join(lines), known.pieces if known else {})
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            pass
        else:
            return Outline(lines, tuple(syntax.definitions()), syntax, valid=True)
    kept = tuple(_found_again(before.definitions, lines)) if before else ()
    return Outline(lines, kept, known)


_HEAD = re.compile(r"[ \t]*(?:(?:async[ \t]+)?def|class)[ \t]+(\w+)")


def _found_again(definitions: Sequence[Definition], lines: Sequence[str]) -> Iterator[Definition]:
    """Yield *definitions* at the lines that now begin them, in the same order."""
    places: dict[tuple[str, int], list[int]] = {}
    for number, line in enumerate(lines):
        if found := _HEAD.match(line):
            places.setdefault((found[1], found.start(1)), []).append(number)
    after = -1
    for definition in definitions:
        numbers = places.get((definition.short_name, definition.column), [])
        position = bisect_right(numbers, after)
        if position < len(numbers):
            after = numbers[position]
            yield definition.at(after, definition.column)


def _names_at(tree: ast.Module, line: int, offset: int) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name, end_lineno=end, end_col_offset=int(last)) if end == line:
                if last - len(name.encode()) <= offset <= last:
                    yield _dotted(node)
            case ast.Name(id=name, lineno=begin, col_offset=int(first), end_col_offset=int(last)):
                if begin == line and first <= offset <= last:
                    yield name
            case ast.Constant(value=str(text), lineno=begin, col_offset=int(first)):
                inside = begin == line == node.end_lineno and first <= offset <= (node.end_col_offset or 0)
                if inside and all(part.isidentifier() for part in text.split(".")):
                    yield text


def _dotted(node: ast.expr) -> str:
    """Return a dotted expression; a call in it counts as the class that it makes: ``Graph().add``."""
    parts: list[str] = []
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        else:
            return ""
    return ".".join((node.id, *reversed(parts)))

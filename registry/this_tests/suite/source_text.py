"""The text of a source file, edited without touching the rest: encoding and line ends stay."""

import ast
import codecs
import io
import re
import tokenize
from collections.abc import Iterator, Sequence
from itertools import accumulate

from ..source.parsing import parsed

__all__ = ["SourceText"]

# Python's line ends; unlike `str.splitlines`, which also knows form feeds.
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")


class SourceText:
    """A source file with its syntax tree. Lines count from 1, offsets are in characters of the file.

    Args:
        source: The content of the file.

    Raises:
        SyntaxError: It is not valid Python.
        ValueError: Its encoding is unknown, or not the one that it says.
    """

    def __init__(self, source: bytes) -> None:
        self.tree: ast.Module = parsed(source)
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
        self._mark = codecs.BOM_UTF8 if source.startswith(codecs.BOM_UTF8) else b""
        self._encoding = encoding.removesuffix("-sig")
        self.text = source[len(self._mark) :].decode(self._encoding)
        self._lines: list[str] = _LINE.findall(self.text)
        self._starts = [0, *accumulate(map(len, self._lines))]
        self.newline = next((end for end in map(_line_end, self._lines) if end), "\n")
        self._edits: list[tuple[int, int, str]] = []

    @property
    def count(self) -> int:
        """The number of lines."""
        return len(self._lines)

    def line(self, number: int) -> str:
        """Return a line without its end; an empty one if the file has no such line."""
        if not 1 <= number <= len(self._lines):
            return ""
        return self._lines[number - 1].rstrip("\r\n")

    def line_start(self, number: int) -> int:
        """Return the offset of a line; of one behind the last, that of the end."""
        return self._starts[min(number, len(self._starts)) - 1]

    def start(self, node: ast.expr | ast.stmt | ast.alias) -> int:
        """Return the offset of a node."""
        return self._offset(node.lineno, node.col_offset)

    def end(self, node: ast.expr | ast.stmt | ast.alias) -> int:
        """Return the offset behind a node."""
        return self._offset(node.end_lineno or node.lineno, node.end_col_offset or 0)

    def _offset(self, number: int, column: int) -> int:
        # The parser counts in bytes of UTF-8.
        return self._starts[number - 1] + len(self.line(number).encode()[:column].decode())

    def insert_lines(self, number: int, texts: Sequence[str]) -> None:
        """Add lines before a line, which may be the one behind the last."""
        new = "".join(text + self.newline for text in texts)
        if number > self.count and self.text and not _line_end(self._lines[-1]):
            new = self.newline + new.removesuffix(self.newline)
        self.replace(self.line_start(number), self.line_start(number), new)

    def remove_lines(self, first: int, last: int) -> None:
        """Take lines out."""
        self.replace(self.line_start(first), self.line_start(last + 1), "")

    def replace(self, start: int, end: int, text: str) -> None:
        """Put *text* in the place of what is between two offsets."""
        self._edits.append((start, end, text))

    def tokens(self) -> Iterator[tokenize.TokenInfo]:
        """Yield the tokens of the file."""
        yield from tokenize.generate_tokens(io.StringIO(self.text, newline="").readline)

    def encoded(self) -> bytes:
        """Return the content of the file with all changes; of two that overlap, the longer one counts."""
        found, position = [], 0
        for start, end, text in sorted(self._edits, key=lambda edit: (edit[0], -edit[1])):
            if start >= position:
                found += [self.text[position:start], text]
                position = end
        return self._mark + "".join([*found, self.text[position:]]).encode(self._encoding)


def _line_end(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]

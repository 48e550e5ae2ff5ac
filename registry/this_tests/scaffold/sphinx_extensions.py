"""Adds the Sphinx extension to ``extensions`` in a conf.py, whose other text stays as it is."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..source.parsing import parsed, statements, why_unread
from .edits import NotEditableError, newline_of

__all__ = ["EXTENSION", "with_extension"]

EXTENSION = "sphinx_this_tests"
_VARIABLE = "extensions"
_BY_HAND = f'{_VARIABLE} = [*{_VARIABLE}, "{EXTENSION}"]'
_INDENT = "    "

_Binding = ast.Assign | ast.AnnAssign | ast.AugAssign
_Literal = ast.List | ast.Tuple


def with_extension(source: str) -> str:
    """Return the *source* of a conf.py with the extension, unless it names it already.

    It becomes the last item of the list, or of the tuple; where that is worked out, a line below does it.

    Raises:
        NotEditableError: It cannot be parsed, or where the list comes from cannot be seen.
    """
    tree = _parsed(source)
    if any(isinstance(node, ast.Constant) and node.value == EXTENSION for node in ast.walk(tree)):
        return source
    bindings = _bindings(tree)
    for new in _candidates(source, bindings):
        if _adds_only_that(tree, new):
            return new
    raise NotEditableError(f"its {_VARIABLE} cannot be edited safely", _BY_HAND)


def _parsed(source: str) -> ast.Module:
    try:
        return parsed(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line, reason = why_unread(error)
        raise NotEditableError(f"line {line}: {reason}", _BY_HAND) from None


def _bindings(tree: ast.Module) -> list[_Binding]:
    """Return the statements that decide on the list: the last assignment of it, and additions after that.

    Raises:
        NotEditableError: The last assignment depends on a condition, or on another file.
    """
    found = [statement for statement in statements(tree.body) if _binds(statement)]
    assigned = [number for number, each in enumerate(found) if not isinstance(each, ast.AugAssign)]
    if assigned and found[assigned[-1]] not in tree.body:
        raise NotEditableError(f"its {_VARIABLE} depends on a condition", _BY_HAND)
    decisive = found[assigned[-1] :] if assigned else found
    top = [each for each in decisive if isinstance(each, _Binding) and each in tree.body]
    if not top and (found or _has_star_import(tree)):
        raise NotEditableError(f"its {_VARIABLE} may come from another place", _BY_HAND)
    return top


def _binds(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Assign):
        return any(_is_variable(target) for target in statement.targets)
    if isinstance(statement, ast.AnnAssign):
        return statement.value is not None and _is_variable(statement.target)
    return (
        isinstance(statement, ast.AugAssign)
        and isinstance(statement.op, ast.Add)
        and _is_variable(statement.target)
    )


def _is_variable(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == _VARIABLE


def _has_star_import(tree: ast.Module) -> bool:
    imports = (each for each in statements(tree.body) if isinstance(each, ast.ImportFrom))
    return any(alias.name == "*" for each in imports for alias in each.names)


def _candidates(source: str, bindings: list[_Binding]) -> Iterator[str]:
    """Yield new sources, the best first. A list may be written in a form that makes them invalid."""
    text = _Text(source)
    for binding in bindings:
        if isinstance(binding.value, _Literal):
            yield text.with_item(binding.value)
    if bindings:
        yield text.with_line_below(bindings[-1], _BY_HAND)
    else:
        yield text.with_last_line(f'{_VARIABLE} = ["{EXTENSION}"]')


def _adds_only_that(before: ast.Module, source: str) -> bool:
    """Return whether *source* differs by one more statement, or by the extension at the end of a list."""
    try:
        after = parsed(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    old, new = [ast.dump(each) for each in before.body], [ast.dump(each) for each in after.body]
    if len(new) == len(old) + 1:
        return any(new[:place] + new[place + 1 :] == old for place in range(len(new)))
    for statement in after.body:
        if isinstance(statement, _Binding) and _binds(statement) and isinstance(statement.value, _Literal):
            last = statement.value.elts[-1:]
            if last and ast.dump(last[0]) == ast.dump(ast.Constant(EXTENSION)):
                statement.value.elts.pop()
                return [ast.dump(each) for each in after.body] == old
    return False


@dataclass(frozen=True)
class _Text:
    """A source whose places are those of the syntax tree: lines, and bytes of UTF-8 in them."""

    source: str

    def with_item(self, literal: _Literal) -> str:
        """Return the source with the extension as the last item of *literal*, in the list's own format."""
        data = self._data
        close = self._end(literal) - 1
        begin = data.rfind(b"\n", 0, close) + 1
        closes_on_own_line = not data[begin:close].strip() and self._begin(literal) < begin
        if closes_on_own_line:
            return self._on_line_of_its_own(literal, begin, close)
        return self._inserted([(self._after_items(literal), self._item_in_line(literal))])

    def with_line_below(self, statement: ast.stmt, line: str) -> str:
        """Return the source with *line* below *statement*."""
        place = self._line_starts[statement.end_lineno or 1] if self._has_line_after(statement) else None
        if place is None:
            return self.with_last_line(line, between=False)
        return self._inserted([(place, line + newline_of(self.source))])

    def with_last_line(self, line: str, *, between: bool = True) -> str:
        """Return the source with *line* at its end, after an empty line."""
        newline = newline_of(self.source)
        end = "" if not self.source or self.source.endswith(("\n", "\r")) else newline
        gap = newline if between and self.source.strip() else ""
        return f"{self.source}{end}{gap}{line}{newline}"

    def _has_line_after(self, statement: ast.stmt) -> bool:
        return len(self._line_starts) > (statement.end_lineno or 1)

    def _on_line_of_its_own(self, literal: _Literal, begin: int, close: int) -> str:
        newline = newline_of(self.source)
        if not literal.elts:
            indent = self._data[begin:close].decode() + _INDENT
            return self._inserted([(begin, f'{indent}"{EXTENSION}",{newline}')])
        end = self._after_items(literal)
        has_comma = b"," in re.sub(rb"#[^\r\n]*", b"", self._data[end:close])
        indent = self._indent(literal.elts[-1]) or self._data[begin:close].decode() + _INDENT
        line = f"{indent}{self._quoted(literal)}{',' if has_comma else ''}{newline}"
        return self._inserted([(end, "" if has_comma else ","), (begin, line)])

    def _item_in_line(self, literal: _Literal) -> str:
        if not literal.elts:
            return f'"{EXTENSION}"' + ("," if isinstance(literal, ast.Tuple) else "")
        indent = self._indent(literal.elts[-1])
        between = ", " if indent is None else f",{newline_of(self.source)}{indent}"
        return between + self._quoted(literal)

    def _after_items(self, literal: _Literal) -> int:
        return self._end(literal.elts[-1]) if literal.elts else self._begin(literal) + 1

    def _indent(self, item: ast.expr) -> str | None:
        """Return the white space before an item that is the first of its line; else None."""
        place = self._begin(item)
        before = self._data[self._data.rfind(b"\n", 0, place) + 1 : place]
        return None if before.strip() else before.decode()

    def _quoted(self, literal: _Literal) -> str:
        place = self._begin(literal.elts[-1])
        quote = "'" if self._data[place : place + 1] == b"'" else '"'
        return f"{quote}{EXTENSION}{quote}"

    def _inserted(self, insertions: Iterable[tuple[int, str]]) -> str:
        data = self._data
        for place, text in sorted(insertions, reverse=True):
            data = data[:place] + text.encode() + data[place:]
        return data.decode()

    def _begin(self, node: ast.expr) -> int:
        return self._line_starts[node.lineno - 1] + node.col_offset

    def _end(self, node: ast.expr) -> int:
        return self._line_starts[(node.end_lineno or 1) - 1] + (node.end_col_offset or 0)

    @property
    def _data(self) -> bytes:
        return self.source.encode()

    @property
    def _line_starts(self) -> list[int]:
        starts = [0]
        for line in self._data.splitlines(keepends=True):
            starts.append(starts[-1] + len(line))
        return starts[:-1] or [0]

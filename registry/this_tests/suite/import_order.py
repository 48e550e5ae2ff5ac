"""Adds an import to a file where isort and Ruff would put it, and takes it out again.

The lines are placed by the groups that the file's imports have, so that a file which is sorted stays
sorted. Both linters put ``import x`` before ``from x import y``, or sort both by module.
"""

import ast
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from .declarations import NAME
from .source_text import SourceText

__all__ = ["Order", "lines_of_import", "with_import"]

_LINE: Final = f"from {NAME} import {NAME}"

_Import = ast.Import | ast.ImportFrom


@dataclass(frozen=True)
class Order:
    """How a project sorts its imports.

    Attributes:
        is_first_party: Returns whether a top-level module is the project's own.
        mixed: Whether ``import x`` and ``from x import y`` are sorted together by module; None where
            the project has no such setting, and the file shows it.
        apart: Whether there is a blank line between the two forms.
    """

    is_first_party: Callable[[str], bool] = lambda _: False
    mixed: bool | None = None
    apart: bool = False


@dataclass(frozen=True)
class _Statement:
    """An import at module level, with the lines of the comments right above it."""

    node: _Import
    start: int

    @property
    def module(self) -> str:
        if isinstance(self.node, ast.Import):
            return self.node.names[0].name
        return "." * self.node.level + (self.node.module or "")

    @property
    def is_from(self) -> bool:
        return isinstance(self.node, ast.ImportFrom)

    @property
    def end(self) -> int:
        return self.node.end_lineno or self.node.lineno


def with_import(text: SourceText, order: Order) -> None:
    """Add an import of ``this_tests`` to the imports at the top of a file."""
    groups = _groups(text)
    if not groups:
        _add_first_import(text)
        return
    kinds = [_kind(group, order) for group in groups]
    if _THIRD in kinds:
        mixed = _is_mixed(groups) if order.mixed is None else order.mixed
        theirs = [group for group, kind in zip(groups, kinds, strict=True) if kind == _THIRD]
        _add_to_section(text, _first_section(theirs, apart=order.apart and not mixed), mixed=mixed)
    elif any(kind > _THIRD for kind in kinds):
        later = next(group for group, kind in zip(groups, kinds, strict=True) if kind > _THIRD)
        text.insert_lines(later[0].start, [_LINE, ""])
    else:
        text.insert_lines(groups[-1][-1].end + 1, ["", _LINE])


# The sections, in the order that isort and Ruff have by default.
_STANDARD, _THIRD, _FIRST = range(3)


def _kind(group: Sequence[_Statement], order: Order) -> int:
    # A group that has one third-party module is theirs, whatever else looks like the project's own.
    kinds = {_section(statement.module, order) for statement in group}
    return _THIRD if _THIRD in kinds else max(kinds)


def _section(module: str, order: Order) -> int:
    top = module.partition(".")[0]
    if not top or order.is_first_party(top):
        return _FIRST
    return _STANDARD if top == "__future__" or top in sys.stdlib_module_names else _THIRD


def _groups(text: SourceText) -> list[list[_Statement]]:
    """Return the imports at the top of the file, as groups between blank text."""
    body = text.tree.body[1 if _has_docstring(text.tree) else 0 :]
    groups: list[list[_Statement]] = []
    end = 0
    for node in body:
        if not isinstance(node, _Import):
            break
        if node.lineno <= end:  # `import a; import b`
            continue
        statement = _Statement(node, _comment_start(text, node.lineno, end))
        if groups and statement.start == end + 1:
            groups[-1].append(statement)
        else:
            groups.append([statement])
        end = statement.end
    return groups


def _has_docstring(tree: ast.Module) -> bool:
    return ast.get_docstring(tree, clean=False) is not None


def _comment_start(text: SourceText, line: int, end: int) -> int:
    """Return the first line of the comments right above *line*, unless they are the file's first."""
    start = line
    while start - 1 > end and text.line(start - 1).lstrip().startswith("#"):
        start -= 1
    return line if start == 1 else start


def _first_section(groups: Sequence[list[_Statement]], *, apart: bool) -> list[_Statement]:
    """Return the first group, with those that only a comment, or their form, sets apart from it."""
    section = list(groups[0])
    for group in groups[1:]:
        is_commented = group[0].start < group[0].node.lineno
        if not (is_commented or (apart and group[0].is_from and not section[-1].is_from)):
            break
        section += group
    return section


def _add_to_section(text: SourceText, section: Sequence[_Statement], *, mixed: bool) -> None:
    """Add the import to those of third parties, which comments and their two forms may set apart."""
    number = sum(_key(item, mixed=mixed) < _our_key(mixed=mixed) for item in section)
    before = section[number - 1] if number else None
    after = section[number] if number < len(section) else None
    if before is not None and not _begins_froms(before, after):
        text.insert_lines(before.end + 1, [_LINE])
    elif after is not None:
        # Ruff sets an import with comments apart, unless it is the first.
        is_commented = after.start < after.node.lineno
        text.insert_lines(after.start, [_LINE, ""] if is_commented else [_LINE])


def _begins_froms(before: _Statement, after: _Statement | None) -> bool:
    """Return whether a blank line sets ``from x import y`` apart from ``import x``."""
    return (
        after is not None
        and after.is_from
        and not before.is_from
        and after.start == after.node.lineno > before.end + 1
    )


def _key(item: _Statement, *, mixed: bool) -> tuple[object, ...]:
    section = _section(item.module, Order())
    name = _natural(item.module)
    return (section == _FIRST, name, item.is_from) if mixed else (section == _FIRST, item.is_from, name)


def _our_key(*, mixed: bool) -> tuple[object, ...]:
    return (False, _natural(NAME), True) if mixed else (False, True, _natural(NAME))


def _natural(module: str) -> list[tuple[bool, int, str]]:
    """Return what sorts names without regard to case, and numbers in them by their value."""
    parts = re.split(r"(\d+)", module.lower())
    return [(not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts if part]


def _is_mixed(groups: Sequence[Sequence[_Statement]]) -> bool:
    """Return whether ``import x`` follows a ``from x import y`` in one of the groups."""
    pairs = (pair for group in groups for pair in pairwise(group))
    return any(one.is_from and not two.is_from for one, two in pairs)


def _add_first_import(text: SourceText) -> None:
    """Add the import to a file that has none at its top: after the docstring, or the first comments."""
    if _has_docstring(text.tree):
        text.insert_lines((text.tree.body[0].end_lineno or 1) + 1, ["", _LINE])
        return
    first = text.tree.body[0] if text.tree.body else None
    end = _first_comments(text)
    if end and text.line(end + 1).strip() == "":
        text.insert_lines(end + 1, ["", _LINE])
    else:
        text.insert_lines(_cookies(text) + 1, [_LINE, *[""] * _blank_lines_before(first)])


def _first_comments(text: SourceText) -> int:
    end = 0
    while text.line(end + 1).lstrip().startswith("#"):
        end += 1
    return end


def _cookies(text: SourceText) -> int:
    """Return the number of first lines that must stay first: ``#!``, and the encoding."""
    return next((line for line in (2, 1) if re.match(r"#!|#.*coding[:=]", text.line(line))), 0)


def _blank_lines_before(node: ast.stmt | None) -> int:
    """Return how many lines formatters leave between imports and the file's first statement."""
    return 2 if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) else 1


def lines_of_import(text: SourceText, node: ast.Import | ast.ImportFrom) -> tuple[int, int]:
    """Return the first and the last line of an import at module level, and of its blank lines.

    They are the lines that `with_import` would have added.
    """
    first, last = node.lineno, node.end_lineno or node.lineno
    number = text.tree.body.index(node)
    before, after = (_at(text.tree.body, place) for place in (number - 1, number + 1))
    if isinstance(before, _Import) and text.line(first - 1).strip():
        return first, last
    if isinstance(after, _Import):
        return first, _blank_lines_below(text, last, 1)
    if first > _cookies(text) + 1 and not text.line(first - 1).strip():
        return first - 1, last
    return first, _blank_lines_below(text, last, _blank_lines_before(after))


def _at(body: Sequence[ast.stmt], number: int) -> ast.stmt | None:
    return body[number] if 0 <= number < len(body) else None


def _blank_lines_below(text: SourceText, line: int, most: int) -> int:
    """Return the last of at most so many blank lines below a line."""
    while most and line < text.count and not text.line(line + 1).strip():
        line, most = line + 1, most - 1
    return line

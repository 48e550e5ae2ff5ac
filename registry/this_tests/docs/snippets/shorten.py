"""Shortens a test to its head and the lines around the calls."""

import ast
import textwrap
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .usage import first_line

__all__ = ["cut"]

_ELLIPSIS = "# …"
# A line that fills a page several times over is no use to a reader, and colouring it takes long.
_LONGEST = 300


@dataclass(frozen=True)
class _Unit:
    """Lines that are kept or omitted together: a simple statement, or the head of a compound one.

    Attributes:
        start: The first line of the statement itself, after its comments.
        inside: The indices of the compound statements around it, whose heads it needs.
    """

    first: int
    last: int
    start: int
    inside: tuple[int, ...]

    def __contains__(self, line: int) -> bool:
        return self.first <= line <= self.last


def cut(
    definition: ast.FunctionDef | ast.AsyncFunctionDef,
    lines: Sequence[str],
    wanted: Collection[int],
    limit: int,
) -> tuple[list[str], list[int]]:
    """Return the lines of a function, at most *limit*, and where in them the *wanted* ones are.

    Args:
        lines: The lines of the whole file.
        wanted: Lines to keep first, counted in the file from 1.
    """
    end, start = definition.end_lineno or definition.lineno, first_line(definition)
    if end - start < limit:
        return _shown(list(range(start, end + 1)), end, lines, wanted)
    above = _of_decorators(definition, wanted, limit // 2)
    room = limit - (_height(above, definition.lineno - 1) if above else 0)
    if end - definition.lineno < room:
        kept = list(range(definition.lineno, end + 1))
    else:
        units = _units(definition)
        kept = _chosen(units, lines, wanted, room)
        if _height(kept, end) > room:
            kept = _thinned(kept, {unit.start for unit in units}, wanted, room, end)
    return _shown([*above, *kept], end, lines, wanted)


def _of_decorators(
    definition: ast.FunctionDef | ast.AsyncFunctionDef, wanted: Collection[int], limit: int
) -> list[int]:
    """Return the lines of the decorators to show, at most *limit*: none if no line of them is *wanted*."""
    kept = list(range(first_line(definition), definition.lineno))
    if len(kept) > limit:
        kept = _thinned(
            kept, {decorator.lineno for decorator in definition.decorator_list}, wanted, limit, kept[-1]
        )
    return kept if any(line in wanted for line in kept) else []


def _units(definition: ast.FunctionDef | ast.AsyncFunctionDef) -> list[_Unit]:
    """Return the units that partition the function's lines, the head first."""
    body_start = first_line(definition.body[0])
    head = _Unit(definition.lineno, max(body_start - 1, definition.lineno), definition.lineno, ())
    units = [head]
    _add_units(definition.body, (0,), units)
    return units


def _add_units(body: Sequence[ast.stmt], inside: tuple[int, ...], units: list[_Unit]) -> None:
    # Without recursion, because a chain of `elif` is as deep as it is long.
    waiting = [(statement, inside, False) for statement in reversed(body)]
    while waiting:
        statement, around, is_elif = waiting.pop()
        # Comments and blank lines belong to what follows them, and so does an `else:`.
        first = units[-1].last + 1
        last = _head_end(statement)
        if last < first:  # a second statement on the line
            continue
        deeper = (*around, len(units))
        units.append(_Unit(first, last, first_line(statement), around))
        inner = [(part, deeper, False) for block in _blocks(statement) for part in block]
        if inner and _has_elif(statement):
            # It needs the `if` that the chain begins with, and no `elif` between them.
            inner[-1] = (inner[-1][0], around if is_elif else deeper, True)
        waiting += reversed(inner)


def _has_elif(statement: ast.stmt) -> bool:
    match statement:
        case ast.If(col_offset=column, orelse=[ast.If() as other]):
            return other.col_offset == column
    return False


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    if _head_end(statement) == statement.end_lineno:
        return
    if isinstance(statement, ast.Match):
        yield from (case.body for case in statement.cases)
        return
    yield statement.body  # type: ignore[attr-defined]  # only compound statements end after their head
    for handler in getattr(statement, "handlers", ()):
        yield handler.body
    for name in ("orelse", "finalbody"):
        yield getattr(statement, name, [])


def _head_end(statement: ast.stmt) -> int:
    """Return the last line of a simple statement, or of the head of a compound one."""
    whole: int = statement.end_lineno or statement.lineno
    if isinstance(statement, ast.Match):
        start: int = statement.cases[0].pattern.lineno
        return start - 1
    body = getattr(statement, "body", None)
    if not isinstance(body, list) or not body:
        return whole
    start = first_line(body[0])
    return whole if start <= statement.lineno else start - 1


def _chosen(units: Sequence[_Unit], lines: Sequence[str], wanted: Collection[int], limit: int) -> list[int]:
    """Return the lines to keep: the head, the units wanted, and their neighbours while they fit."""
    centres = [index for index, unit in enumerate(units) if any(line in unit for line in wanted)]

    def fits(kept: Collection[int]) -> bool:
        return _height(_lines_of(kept, units, lines), units[-1].last) <= limit

    kept = {0}
    for index in sorted(range(len(units)), key=lambda index: _preference(index, centres)):
        if fits(more := kept | {index, *units[index].inside}):
            kept = more
        elif index in centres and len(kept) == 1:
            # If it does not fit, the heads around it are omitted, the outermost first; then its own end.
            heads = units[index].inside
            choices = ({0, index, *heads[start:]} for start in range(len(heads)))
            kept = next(filter(fits, choices), {0, index})
    return _lines_of(kept, units, lines)


def _thinned(
    kept: Sequence[int], starts: Collection[int], wanted: Collection[int], limit: int, end: int
) -> list[int]:
    """Return some lines of a unit that is too long by itself: the first, those wanted, and lines near them.

    Args:
        starts: The first lines of statements.
    """
    centres = [line for line in kept if line in wanted]
    # The first line of the statement around the first use.
    beginning = max((line for line in kept if line in starts and line <= min(centres, default=0)), default=0)
    order = sorted(kept, key=lambda line: min((abs(line - centre) for centre in centres), default=line))
    found = {kept[0]}
    for line in (*centres[:1], beginning, *order):
        more = {*found, line} - {0}
        if _height(sorted(more), end) <= limit:
            found = more
    return sorted(found)


def _preference(index: int, centres: Sequence[int]) -> tuple[int, int]:
    # Without a use, the beginning of the test is the most relevant.
    distance = min((abs(index - centre) for centre in centres), default=index)
    return distance, index


def _lines_of(kept: Collection[int], units: Sequence[_Unit], lines: Sequence[str]) -> list[int]:
    found: list[int] = []
    for index in sorted(kept):
        unit = units[index]
        own = list(range(unit.first, unit.last + 1))
        if index and index - 1 not in kept:
            # After a gap, blank lines would only widen it.
            while len(own) > 1 and not lines[own[0] - 1].strip():
                own.pop(0)
        found += own
    return found


def _height(kept: Sequence[int], end: int) -> int:
    """Return how many lines *kept* takes, with an ellipsis in each gap, and one if they stop before *end*."""
    gaps = sum(after - before > 1 for before, after in pairwise(kept))
    return len(kept) + gaps + (kept[-1] < end)


def _shown(
    kept: Sequence[int], end: int, lines: Sequence[str], wanted: Collection[int]
) -> tuple[list[str], list[int]]:
    text: list[str] = []
    marked: list[int] = []
    before = kept[0] - 1
    for number in kept:
        if number - before > 1:
            text.append(_ellipsis(lines[before : number - 1]))
        text.append(_shortened(lines[number - 1].rstrip()))
        if number in wanted:
            marked.append(len(text))
        before = number
    if before < end:
        text.append(_ellipsis(lines[before:end]))
    return textwrap.dedent("\n".join(text)).split("\n"), marked


def _shortened(line: str) -> str:
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _ellipsis(omitted: Sequence[str]) -> str:
    """Return the comment in the place of omitted lines, indented as the first of them."""
    first = next((line for line in omitted if line.strip()), "")
    return first[: len(first) - len(first.lstrip())][:_LONGEST] + _ELLIPSIS

"""Closing lines of a pytest session, as text. Pure functions: they print nothing."""

from collections.abc import Iterator, Sequence

from ..registry.model import KINDS, Registry
from ..registry.update import Changes
from ..text import counted
from .session_log import UndeclaredTest

__all__ = ["change_lines", "reminder_lines", "suggestion_lines", "summary_line", "undeclared_lines"]

# Limit of undeclared tests that are listed where no test declares anything.
_UNUSED = 5


def summary_line(name: str, registry: Registry, changes: Changes) -> str:
    """Return the line that summarizes a session.

    Args:
        name: The registry's path as shown to the user.
    """
    links = sum(len(entry.links(kind)) for entry in registry.callables.values() for kind in KINDS)
    parts = [counted(len(registry.callables), "callable"), counted(links, "link")]
    parts += [f"{len(changes.new):,} new"] if changes.new else []
    parts += [f"{len(changes.gone):,} gone"] if changes.gone else []
    return f"{name}: {', '.join(parts)}"


def change_lines(changes: Changes, limit: int | None) -> Iterator[str]:
    """Yield a line for each change, with ``+`` for new and ``-`` for gone; at most *limit* lines."""
    lines = [
        *(f"+ {name}  {kind} by  {test}" for name, kind, test in changes.new),
        *(f"- {name}  {kind} by  {test}" for name, kind, test in changes.gone),
        *(f"~ {name}" for name in changes.other),
    ]
    yield from _limited(lines, limit, "more change")


def undeclared_lines(undeclared: Sequence[UndeclaredTest], limit: int | None) -> Iterator[str]:
    """Yield a line for each test without a ``this_tests`` call, at most *limit* lines."""
    lines = [f"{test.file}:{test.line}: {test.test.partition('::')[2] or test.test}" for test in undeclared]
    yield from _limited(lines, limit, "more test")


def reminder_lines(
    undeclared: Sequence[UndeclaredTest], limit: int | None, *, guide: str, only_observed: bool
) -> Iterator[str]:
    """Yield the lines that list the tests without a ``this_tests`` call and tell what to do.

    Args:
        limit: The maximum number of tests to list; None lists all.
        guide: The address of a page about declaring; may be empty.
        only_observed: Whether the project observes its tests, and none of them declares anything.
    """
    yield "Tests that passed without this_tests(…):"
    if only_observed and limit is not None:
        limit = min(limit, _UNUSED)
    yield from (f"  {line}" for line in undeclared_lines(undeclared, limit))
    # A colon, but no full stop: terminals make both a part of the link.
    link = f": {guide}" if guide else "."
    yield f"Declare what each test exercises, or 'na' if it exercises nothing{link}"
    if only_observed:
        yield 'To observe only, and not to declare, set missing = "ignore" in [tool.this-tests].'


def suggestion_lines(links: Sequence[tuple[str, str]], limit: int | None) -> Iterator[str]:
    """Yield a line for each link of a test and a callable, at most *limit* lines."""
    yield from _limited([f"{test}: {name}" for test, name in links], limit, "more suggestion")


def _limited(lines: Sequence[str], limit: int | None, more: str) -> Iterator[str]:
    yield from lines[:limit]
    if limit is not None and len(lines) > limit:
        yield f"… and {counted(len(lines) - limit, more)} (-v lists all)"

"""What a session of pytest tells at its end, as lines of text: no terminal, no disk."""

from collections.abc import Iterator, Sequence

from ..registry.model import KINDS, Registry
from ..registry.update import Changes
from ..text import counted
from .session_log import Overlooked

__all__ = ["change_lines", "overlooked_lines", "pair_lines", "summary_line"]


def summary_line(name: str, registry: Registry, changes: Changes) -> str:
    """Return the line that ends a session.

    Args:
        name: The registry's path as the user knows it.
    """
    links = sum(len(entry.links(kind)) for entry in registry.callables.values() for kind in KINDS)
    parts = [counted(len(registry.callables), "callable"), counted(links, "link")]
    parts += [f"{len(changes.new):,} new"] if changes.new else []
    parts += [f"{len(changes.gone):,} gone"] if changes.gone else []
    return f"{name}: {', '.join(parts)}"


def change_lines(changes: Changes, limit: int | None) -> Iterator[str]:
    """Yield a line for each change, ``+`` for new and ``-`` for gone, at most *limit* of them."""
    lines = [
        *(f"+ {name}  {kind} by  {test}" for name, kind, test in changes.new),
        *(f"- {name}  {kind} by  {test}" for name, kind, test in changes.gone),
        *(f"~ {name}" for name in changes.other),
    ]
    yield from _limited(lines, limit, "more change")


def overlooked_lines(overlooked: Sequence[Overlooked], limit: int | None) -> Iterator[str]:
    """Yield a line for each test without a ``this_tests`` call, at most *limit* of them."""
    lines = [f"{each.file}:{each.line}: {each.test.partition('::')[2] or each.test}" for each in overlooked]
    yield from _limited(lines, limit, "more test")


def pair_lines(pairs: Sequence[tuple[str, str]], limit: int | None) -> Iterator[str]:
    """Yield a line for each pair of a test and a callable, at most *limit* of them."""
    yield from _limited([f"{test}: {name}" for test, name in pairs], limit, "more suggestion")


def _limited(lines: Sequence[str], limit: int | None, more: str) -> Iterator[str]:
    yield from lines[:limit]
    if limit is not None and len(lines) > limit:
        yield f"… and {counted(len(lines) - limit, more)} (-v lists all)"

"""Escaping of untrusted text in rich's markup and in Markdown."""

import re

from rich.markup import escape

from ..text import printable

__all__ = ["code", "shown"]

_BACKTICKS = re.compile("`+")


def shown(text: str) -> str:
    """Return rich markup that shows *text* literally, with control characters escaped."""
    return escape(printable(text))


def code(text: str) -> str:
    """Return *text* as inline code in Markdown, safe inside a table cell."""
    inner = printable(text).replace("|", "\\|")
    fence = "`" * (1 + max((len(run) for run in _BACKTICKS.findall(inner)), default=0))
    space = " " if "`" in inner else ""
    return f"{fence}{space}{inner}{space}{fence}"

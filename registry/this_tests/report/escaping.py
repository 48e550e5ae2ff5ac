"""Escaping of untrusted text in Markdown."""

import re

from ..text import printable

__all__ = ["code"]

_BACKTICKS = re.compile("`+")


def code(text: str) -> str:
    """Return *text* as inline code in Markdown, safe inside a table cell."""
    inner = printable(text).replace("|", "\\|")
    fence = "`" * (1 + max((len(run) for run in _BACKTICKS.findall(inner)), default=0))
    space = " " if "`" in inner else ""
    return f"{fence}{space}{inner}{space}{fence}"

"""Text of strangers inside of rich's markup and of Markdown."""

import re

from rich.markup import escape

from ..text import printable

__all__ = ["code", "shown"]

_BACKTICKS = re.compile("`+")


def shown(text: str) -> str:
    """Return the markup that shows *text* as it is; what a terminal would obey is spelled."""
    return escape(printable(text))


def code(text: str) -> str:
    """Return *text* as code of Markdown, in a cell of a table, too."""
    inner = printable(text).replace("|", "\\|")
    fence = "`" * (1 + max((len(run) for run in _BACKTICKS.findall(inner)), default=0))
    space = " " if "`" in inner else ""
    return f"{fence}{space}{inner}{space}{fence}"

"""Escaping of untrusted text in Markdown."""

import re

from ..text import printable

__all__ = ["code", "plain"]

_BACKTICKS = re.compile("`+")
# All ASCII punctuation may be escaped. What is also in plain addresses keeps them from becoming links.
_MARKUP = re.compile(r"[!-/:-@\[-`{-~]")


def code(text: str) -> str:
    """Return *text* as inline code in Markdown, safe inside a table cell."""
    inner = printable(text).replace("|", "\\|")
    fence = "`" * (1 + max((len(run) for run in _BACKTICKS.findall(inner)), default=0))
    space = " " if "`" in inner else ""
    return f"{fence}{space}{inner}{space}{fence}"


def plain(text: str) -> str:
    """Return *text* as one line of Markdown in which nothing is markup: no link, no HTML, no emphasis."""
    return _MARKUP.sub(r"\\\g<0>", printable(text))

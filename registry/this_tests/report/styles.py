"""Styled text for terminals: ANSI escape sequences, which are left out where they are not wanted.

Untrusted text is shown with its control characters escaped (`printable`), so that all sequences are ours.
"""

import os
import re
from typing import TextIO

from ..text import printable

__all__ = ["adapted", "is_terminal", "styled"]

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
_COLOURS = frozenset(code for code in _CODES.values() if code.startswith("3"))
_STYLED = re.compile(r"\x1b\[([\d;]+)m(.*?)\x1b\[0m")


def styled(text: str, *styles: str) -> str:
    """Return *text* with *styles* such as ``"bold"`` and ``"red"``, and its control characters escaped."""
    return _with_codes(printable(text), [_CODES[style] for style in styles])


def adapted(line: str, stream: TextIO) -> str:
    """Return *line* as *stream* is to show it: styles are for terminals, and NO_COLOR wants no colours."""
    if not is_terminal(stream) or os.environ.get("TERM", "").strip().lower() in ("dumb", "unknown"):
        return _STYLED.sub(r"\2", line)
    return _STYLED.sub(_without_colour, line) if os.environ.get("NO_COLOR") else line


def is_terminal(stream: TextIO) -> bool:
    """Return whether *stream* is a terminal, or is to be taken for one, as rich does, which draws tables."""
    if (compatible := os.environ.get("TTY_COMPATIBLE")) in ("0", "1"):
        return compatible == "1"
    forced = os.environ.get("FORCE_COLOR")
    return stream.isatty() if forced is None else forced != ""


def _without_colour(found: re.Match[str]) -> str:
    return _with_codes(found[2], [code for code in found[1].split(";") if code not in _COLOURS])


def _with_codes(text: str, codes: list[str]) -> str:
    return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if codes else text

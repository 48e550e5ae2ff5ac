"""Texts within a number of tokens, and names from files as data in them."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..text import printable

__all__ = ["Extent", "Item", "Page", "page", "quoted", "tokens"]

# Of one name.
_MOST_TOKENS = 80
# Tokenizers differ. Letters come in pieces of about four, digits of up to three; others mostly alone, and a
# blank with what follows it.
_PIECE = re.compile(r"[A-Za-z]{1,4}|[0-9]{1,3}|\s{2,}|[^A-Za-z0-9 ]")


def tokens(text: str) -> int:
    """Return how many tokens a text takes, rather too many than too few."""
    return sum(map(_tokens_of_piece, _PIECE.findall(text)))


def _tokens_of_piece(piece: str) -> int:
    return 1 if piece.isascii() else len(piece.encode(errors="replace"))


def quoted(text: str) -> str:
    """Return a text from a file as a string in JSON, on one line; of a long one, its beginning."""
    line, used = printable(text), 0
    for found in _PIECE.finditer(line):
        used += _tokens_of_piece(found[0])
        if used > _MOST_TOKENS:
            line = f"{line[: found.start()]}…"
            break
    return json.dumps(line, ensure_ascii=False)


@dataclass(frozen=True)
class Extent:
    """How much of an answer is asked for.

    Attributes:
        offset: How many items are left out.
        tokens: The most tokens.
    """

    offset: int = 0
    tokens: int = 1000


@dataclass(frozen=True)
class Item:
    """An item of a list.

    Attributes:
        text: Its line.
        group: What it has in common with the items around it.
    """

    text: str
    group: str = ""


@dataclass(frozen=True)
class Page:
    """A part of a list.

    Attributes:
        lines: Its items, and before the first of each group, the group.
        start: The position of the first item in the list.
        end: The position after the last one.
        total: The length of the list.
    """

    lines: Sequence[str]
    start: int
    end: int
    total: int

    @property
    def footer(self) -> str:
        """Which items these are, and how to get the next ones; empty if these are all."""
        if self.start == self.end:
            return f"No items from {self.start} on; there are {self.total}." if self.total else ""
        more = f" Next: offset={self.end}." if self.end < self.total else ""
        part = f"Items {self.start + 1} to {self.end} of {self.total}."
        return f"{part}{more}" if more or self.start else ""


def page(items: Sequence[Item], start: int, budget: int) -> Page:
    """Return as many *items* from the one at *start* on as take at most *budget* tokens, but at least one."""
    lines: list[str] = []
    group, end = "", start
    for item in items[start:]:
        new = [f"{item.group}:"] if item.group != group else []
        new.append(f"- {item.text}")
        budget -= sum(tokens(line) + 1 for line in new)
        if budget < 0 and lines:
            break
        lines += new
        group, end = item.group, end + 1
    return Page(lines, min(start, len(items)), min(end, len(items)), len(items))

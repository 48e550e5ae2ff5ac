"""Positions in a text as editors count them: in UTF-16 units, unless they agree on others."""

from typing import Literal

__all__ = ["Encoding", "column_of", "units_of"]

Encoding = Literal["utf-8", "utf-16", "utf-32"]


def units_of(line: str, column: int, encoding: Encoding = "utf-16") -> int:
    """Return how many units the first *column* characters of a line have."""
    head = line[:column]
    if encoding == "utf-32" or head.isascii():
        return len(head)
    if encoding == "utf-8":
        return len(head.encode("utf-8", "surrogatepass"))
    return len(head) + sum(character > "\uffff" for character in head)


def column_of(line: str, units: int, encoding: Encoding = "utf-16") -> int:
    """Return the number of characters in the first *units* of a line; of a cut one, those before it.

    Beyond the end of the line it is the line's length, as the protocol wants it.
    """
    if encoding == "utf-32" or line.isascii():
        return max(0, min(units, len(line)))
    used = 0
    for column, character in enumerate(line):
        used += units_of(character, 1, encoding)
        if used > units:
            return column
    return len(line)

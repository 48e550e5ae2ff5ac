"""Reads the comments ``# this-tests: off (reason)``, which suppress findings."""

import io
import re
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass

from .declarations import Definition

__all__ = ["SUPPRESSION", "Suppression", "in_head", "suppressions"]

SUPPRESSION = re.compile(r"#\s*this-tests:\s*off\b\s*(?:\((?P<reason>[^)]*)\))?")


@dataclass(frozen=True)
class Suppression:
    """A comment ``# this-tests: off (reason)``."""

    line: int
    reason: str


def suppressions(source: bytes) -> dict[int, Suppression]:
    """Return the comments that suppress findings, by line.

    Raises:
        tokenize.TokenError: It has no tokens, as for `SyntaxError`.
    """
    found: dict[int, Suppression] = {}
    if b"this-tests:" in source:  # Most files have none, and reading tokens takes its time.
        for token in tokenize.tokenize(io.BytesIO(source).readline):
            if token.type == tokenize.COMMENT and (match := SUPPRESSION.search(token.string)):
                found[token.start[0]] = Suppression(token.start[0], (match["reason"] or "").strip())
    return found


def in_head(node: Definition, known: Mapping[int, Suppression]) -> Suppression | None:
    """Return the one of *known* that is in the decorators, or the head, of a function."""
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    head = range(first, max(node.body[0].lineno, node.lineno + 1))
    return next((known[line] for line in head if line in known), None)

"""Declares what the parts of the interpreter ask of the whole, so that none has to import another."""

import ast
from collections.abc import Sequence
from typing import Protocol

from .frames import Frame
from .values import Values

__all__ = ["Evaluator"]


class Evaluator(Protocol):
    """Evaluates expressions and walks through statements; `Interpreter` does both with its parts."""

    def value(self, node: ast.expr, frame: Frame) -> Values:
        """Return what an expression is worth."""

    def run(self, body: Sequence[ast.stmt], frame: Frame) -> None:
        """Walk through statements in their order, each once."""

"""The interface of the interpreter that its parts use, so that they need not import each other."""

import ast
from collections.abc import Sequence
from typing import Protocol

from .frames import Frame
from .values import Values

__all__ = ["Evaluator"]


class Evaluator(Protocol):
    """Evaluates expressions and walks through statements; `Interpreter` does both with its parts."""

    def value(self, node: ast.expr, frame: Frame) -> Values:
        """Return the possible values of an expression."""

    def run(self, body: Sequence[ast.stmt], frame: Frame) -> None:
        """Walk through statements in their order, each once."""

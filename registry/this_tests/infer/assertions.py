"""Evaluates assertions: ``assert`` and unittest's methods, and recognizes what catches exceptions."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from ..source.parsing import dotted
from .evaluator import Evaluator
from .frames import Frame
from .values import FunctionValue

__all__ = ["Assertions", "attribute_or_name", "is_assertion_call", "is_raises"]


@dataclass(eq=False, kw_only=True)
class Assertions:
    """Evaluates assertions, with the uses in them recorded as asserted."""

    evaluator: Evaluator

    def evaluate(self, test: ast.expr, frame: Frame) -> None:
        """Evaluate the condition of an ``assert``."""
        if frame.trace is None:
            return
        before = frame.trace.latest(0)
        start = len(frame.trace)
        with frame.trace.with_assert_role("asserted"):
            self.evaluator.value(test, frame)
        frame.trace.mark(frame.trace.latest(start) or before, "last")

    def evaluate_call(self, node: ast.Call, frame: Frame) -> None:
        """Evaluate ``assertEqual(a, b)`` and similar calls as ``assert a == b``."""
        callees = self.evaluator.value(node.func, frame)
        self.evaluate(_comparison(node), frame)
        is_helper = any(isinstance(callee, FunctionValue) for callee in callees)
        if is_helper and frame.trace is not None:
            with frame.trace.with_assert_role("asserted"):
                self.evaluator.value(node, frame)


def _comparison(node: ast.Call) -> ast.expr:
    arguments: Sequence[ast.expr] = [*node.args, *(keyword.value for keyword in node.keywords)]
    if not arguments:
        return node.func
    first, *others = arguments
    return ast.Compare(first, [ast.Is()] * len(others), others) if others else first


def attribute_or_name(node: ast.expr) -> str:
    """Return the last name of an expression, whatever it is an attribute of."""
    return node.attr if isinstance(node, ast.Attribute) else dotted(node)


def is_assertion_call(node: ast.Call) -> bool:
    """Return whether a call asserts, as unittest's ``assertEqual`` does."""
    name = attribute_or_name(node.func)
    return name.lower().startswith("assert") and not name.startswith(
        ("assertRaises", "assertWarns", "assertLogs")
    )


def is_raises(node: ast.expr) -> bool:
    """Return whether a context manager catches an exception or a warning, as ``pytest.raises`` does."""
    name = attribute_or_name(node.func) if isinstance(node, ast.Call) else ""
    return name.endswith(("raises", "warns", "assertRaises", "assertRaisesRegex", "assertWarns"))

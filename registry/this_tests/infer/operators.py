"""Evaluates operators and comparisons."""

import ast
from dataclasses import dataclass

from ..source.parsing import dotted
from .evaluator import Evaluator
from .frames import Frame
from .special_methods import SpecialMethods
from .use_recorder import is_comparison, is_constructor
from .values import NOTHING, TextValue, Values, texts_of, united

__all__ = ["Operators", "operator_name"]

_NAMES: dict[type[ast.operator] | type[ast.cmpop], str] = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.MatMult: "matmul", ast.Div: "truediv",
    ast.FloorDiv: "floordiv", ast.Mod: "mod", ast.Pow: "pow", ast.LShift: "lshift",
    ast.RShift: "rshift", ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor", ast.Eq: "eq",
    ast.NotEq: "ne", ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge",
}  # fmt: skip
_REFLECTED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "eq": "eq", "ne": "ne"}


def operator_name(operator: ast.operator | ast.cmpop) -> str:
    """Return the name of an operator's special method, without underscores."""
    return _NAMES[type(operator)]


@dataclass(eq=False, kw_only=True)
class Operators:
    """Evaluates binary operators and comparisons."""

    special_methods: SpecialMethods
    evaluator: Evaluator

    def binary(self, left: Values, name: str, right_node: ast.expr, frame: Frame) -> Values:
        """Return the result of a binary operator.

        Args:
            name: The name of its special method, without underscores.
        """
        right = self.evaluator.value(right_node, frame)
        if name == "add" and (texts := _concatenated(left, right)):
            return texts
        found = self.special_methods.call(left, f"__{name}__", frame)
        if self.special_methods.has(left, f"__{name}__"):
            return found
        reflected = _REFLECTED.get(name, f"r{name}")
        return self.special_methods.call(right, f"__{reflected}__", frame)

    def compare(self, node: ast.Compare, frame: Frame) -> Values:
        """Return the result of a comparison; under an assert, one side of it is the expected value."""
        start = frame.position()
        left = self.evaluator.value(node.left, frame)
        left_uses = range(start, frame.position())
        is_left_tested = self._is_tested(node.left, start, frame)
        found = []
        for operator, right in zip(node.ops, node.comparators, strict=True):
            if frame.trace is not None and frame.is_asserting and is_left_tested:
                with frame.trace.with_assert_role("expected"):
                    found.append(self._compared(left, operator, right, frame))
            else:
                begin = frame.position()
                found.append(self._compared(left, operator, right, frame))
                if frame.trace is not None and frame.is_asserting and self._is_tested(right, begin, frame):
                    frame.trace.mark(left_uses, "expected")
        return united(found)

    def _compared(self, left: Values, operator: ast.cmpop, right: ast.expr, frame: Frame) -> Values:
        """Return the result of one comparison: of query builders and arrays, an object."""
        if isinstance(operator, ast.In | ast.NotIn):
            container = self.evaluator.value(right, frame)
            self.special_methods.call(container, "__contains__", frame, "read")
            return NOTHING
        if isinstance(operator, ast.Is | ast.IsNot):
            self.evaluator.value(right, frame)
            return NOTHING
        start = frame.position()
        found = self.binary(left, operator_name(operator), right, frame)
        if frame.trace is not None:
            # Nearly every assert compares, so few tests are about comparison.
            uses = range(start, frame.position())
            frame.trace.mark([use for use in uses if is_comparison(frame.trace.uses[use].function)], "read")
        return found

    def _is_tested(self, node: ast.expr, start: int, frame: Frame) -> bool:
        """Return whether one side of a comparison has a result of the library, and not only a new object."""
        uses = frame.trace.uses[start:] if frame.trace is not None else []
        if any(not is_constructor(use.function) and not is_comparison(use.function) for use in uses):
            return True
        return any(frame.makers(name) or frame.actors(name) for name in _variables(node))


def _concatenated(left: Values, right: Values) -> Values:
    ends = texts_of(right)
    return frozenset(TextValue(text + end) for text in texts_of(left) for end in ends)


def _variables(node: ast.expr) -> set[str]:
    names = (part for part in ast.walk(node) if isinstance(part, ast.Name | ast.Attribute))
    return set(map(dotted, names)) - {""}

"""Evaluates expressions, and records the functions of the library that they use."""

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..source.parsing import dotted
from .assignments import Assignments
from .calls import Calls
from .frames import Frame
from .lookup import Lookup
from .operators import Operators, operator_name
from .special_methods import SpecialMethods
from .use_recorder import is_constructor
from .values import NOTHING, ClassValue, CollectionValue, TextValue, TupleValue, Value, Values, items, united

__all__ = ["Expressions"]

_UNARY: dict[type[ast.unaryop], str] = {
    ast.Invert: "__invert__", ast.UAdd: "__pos__", ast.USub: "__neg__", ast.Not: "__bool__",
}  # fmt: skip
# The special method that a formatted string calls, by the conversion.
_CONVERSIONS = {ord("r"): "__repr__", ord("s"): "__str__"}


@dataclass(eq=False, kw_only=True)
class Expressions:
    """Evaluates expressions."""

    lookup: Lookup
    special_methods: SpecialMethods
    operators: Operators
    assignments: Assignments
    calls: Calls

    def value(self, node: ast.expr, frame: Frame) -> Values:  # noqa: PLR0911  # each form has its own
        """Return the possible values of an expression."""
        match node:
            case ast.Name(id=name):
                frame.mention(name)
                return self.lookup.name(name, frame)
            case ast.Attribute():
                return self._attribute(node, frame)
            case ast.Call():
                return self.calls.value(node, frame)
            case ast.Constant(value=str() as text):
                return frozenset({TextValue(text)})
            case ast.Subscript():
                return self._subscript(node, frame)
            case ast.BinOp(left=left, op=op, right=right):
                return self.operators.binary(self.value(left, frame), operator_name(op), right, frame)
            case ast.Compare():
                return self.operators.compare(node, frame)
            case _:
                return self._display(node, frame)

    def _display(self, node: ast.expr, frame: Frame) -> Values:
        """Return the collection that a display or a comprehension makes."""
        match node:
            case ast.Tuple(elts=elements):
                return frozenset({TupleValue(tuple(self.value(element, frame) for element in elements))})
            case ast.List(elts=elements) | ast.Set(elts=elements):
                found = [self.value(element, frame) for element in elements]
                is_row = isinstance(node, ast.List) and all(map(_is_text, found))
                return frozenset({TupleValue(tuple(found)) if is_row else CollectionValue(united(found))})
            case ast.Dict(keys=keys, values=values):
                self._united([key for key in keys if key is not None], frame)
                return frozenset({CollectionValue(self._united(values, frame))})
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                return frozenset({CollectionValue(self._comprehension(node.generators, [node.elt], frame))})
            case ast.DictComp():
                elements = [node.key, node.value]
                return frozenset({CollectionValue(self._comprehension(node.generators, elements, frame))})
        return self._alternatives(node, frame)

    def _alternatives(self, node: ast.expr, frame: Frame) -> Values:
        """Return the value of an expression that has the value of one of its parts."""
        match node:
            case ast.BoolOp(values=operands):
                return self._united(operands, frame)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.value(test, frame)
                return self._united([body, orelse], frame)
            case ast.NamedExpr(target=ast.Name(id=name), value=value):
                frame.names[name] = self.value(value, frame)
                return frame.names[name]
            case ast.Await(value=value) | ast.Starred(value=value):
                return self.value(value, frame)
        return self._unknown(node, frame)

    def _unknown(self, node: ast.expr, frame: Frame) -> Values:
        """Evaluate the parts of an expression whose own value is mostly unknown."""
        match node:
            case ast.Yield(value=ast.expr() as value):
                frame.yielded |= self.value(value, frame)
            case ast.YieldFrom(value=value):
                frame.yielded |= items(self.value(value, frame))
            case ast.UnaryOp(op=op, operand=operand):
                return self.special_methods.call(self.value(operand, frame), _UNARY[type(op)], frame)
            case ast.FormattedValue(value=value, conversion=conversion):
                method = _CONVERSIONS.get(conversion, "__format__")
                self.special_methods.call(self.value(value, frame), method, frame, "read")
            case _:
                parts = (part for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr))
                self._united(parts, frame)
        return NOTHING

    def _comprehension(
        self, generators: Sequence[ast.comprehension], elements: Sequence[ast.expr], frame: Frame
    ) -> Values:
        """Return the values of the last element."""
        for generator in generators:
            iterable = self.value(generator.iter, frame)
            element = self.special_methods.iterated(iterable, frame, is_async=bool(generator.is_async))
            self.assignments.bind(generator.target, element, frame)
            self._united(generator.ifs, frame)
        return [self.value(element, frame) for element in elements][-1]

    def _united(self, nodes: Iterable[ast.expr], frame: Frame) -> Values:
        return united([self.value(node, frame) for node in nodes])

    # Attributes and items.

    def _attribute(self, node: ast.Attribute, frame: Frame) -> Values:
        start, flowing = frame.position(), frame.flow_position()
        owners = self.value(node.value, frame)
        middle = frame.position()
        found = self.lookup.attribute_of_any(owners, node.attr, frame)
        if frame.position() > middle:
            frame.mark_given(start, middle, flowing)
            self._observe(node.value, frame)
        frame.mention(dotted(node))
        return found

    def _observe(self, node: ast.expr, frame: Frame) -> None:
        """Record that an assert checks the result of another use through a property."""
        if frame.trace is not None and frame.is_asserting:
            uses = frame.trace.uses
            makers = [use for use in frame.makers(dotted(node)) if not is_constructor(uses[use].function)]
            frame.trace.mark(makers, "observed")

    def _subscript(self, node: ast.Subscript, frame: Frame) -> Values:
        start, flowing = frame.position(), frame.flow_position()
        owners = self.value(node.value, frame)
        middle = frame.position()
        self.value(node.slice, frame)
        found = self.special_methods.call(owners, "__getitem__", frame)
        if frame.position() > middle:
            frame.mark_given(start, middle, flowing)
        generic = frozenset(owner for owner in owners if isinstance(owner, ClassValue))
        return found or generic or united(_item(owner, node.slice) for owner in owners)


def _is_text(values: Values) -> bool:
    return all(isinstance(value, TextValue) for value in values)


def _item(value: Value, index: ast.expr) -> Values:
    if isinstance(value, TupleValue) and isinstance(index, ast.Constant) and isinstance(index.value, int):
        place = index.value
        return value.items[place] if -len(value.items) <= place < len(value.items) else NOTHING
    if isinstance(index, ast.Slice):
        return frozenset({value}) if isinstance(value, CollectionValue | TupleValue) else NOTHING
    return items(frozenset({value}))

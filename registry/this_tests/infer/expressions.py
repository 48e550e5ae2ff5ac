"""What expressions are worth, and which functions of the library they use."""

import ast
from collections.abc import Iterable, Sequence

from ..names.source import dotted
from .annotations import Annotations
from .lookup import Frame, united
from .usage import Role
from .values import NOTHING, Class, Foreign, Function, Instance, Many, Row, Text, Value, Values

__all__ = ["OPERATORS", "Expressions", "items", "seen"]

OPERATORS: dict[type[ast.operator] | type[ast.cmpop], str] = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.MatMult: "matmul", ast.Div: "truediv",
    ast.FloorDiv: "floordiv", ast.Mod: "mod", ast.Pow: "pow", ast.LShift: "lshift",
    ast.RShift: "rshift", ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor", ast.Eq: "eq",
    ast.NotEq: "ne", ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge",
}  # fmt: skip
_UNARY: dict[type[ast.unaryop], str] = {
    ast.Invert: "__invert__", ast.UAdd: "__pos__", ast.USub: "__neg__", ast.Not: "__bool__",
}  # fmt: skip
# How a formatted string writes what it holds, by its conversion.
_WRITTEN = {ord("r"): "__repr__", ord("s"): "__str__"}
_REFLECTED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "eq": "eq", "ne": "ne"}


class Expressions(Annotations):
    """Evaluates expressions."""

    def called(self, node: ast.Call, frame: Frame) -> Values:
        """Return what a call gives."""
        raise NotImplementedError

    def call(
        self, function: Function, node: ast.Call | None, frame: Frame, given: Sequence[Values]
    ) -> Values:
        """Return what a call of a function gives."""
        raise NotImplementedError

    def callees(self, function: Function) -> Sequence[Function]:
        """Return the functions of the library that a function's own body calls."""
        raise NotImplementedError

    def named(self, function: Function, name: str) -> Values:
        """Return what a ``__getattr__`` gives for a name."""
        raise NotImplementedError

    def value(self, node: ast.expr, frame: Frame) -> Values:  # noqa: PLR0911  # each form has its own
        """Return what an expression is worth."""
        match node:
            case ast.Name(id=name):
                self._mention(name, frame)
                return self.name(name, frame)
            case ast.Attribute():
                return self._attribute_of(node, frame)
            case ast.Call():
                return self.called(node, frame)
            case ast.Constant(value=str() as text):
                return frozenset({Text(text)})
            case ast.Subscript():
                return self._subscript(node, frame)
            case ast.BinOp(left=left, op=op, right=right):
                return self._operator(self.value(left, frame), OPERATORS[type(op)], right, frame)
            case ast.Compare():
                return self._compare(node, frame)
            case _:
                return self._composed(node, frame)

    def _composed(self, node: ast.expr, frame: Frame) -> Values:
        match node:
            case ast.Tuple(elts=parts):
                return frozenset({Row(tuple(self.value(each, frame) for each in parts))})
            case ast.List(elts=parts) | ast.Set(elts=parts):
                found = [self.value(each, frame) for each in parts]
                is_words = isinstance(node, ast.List) and all(map(_is_word, found))
                return frozenset({Row(tuple(found)) if is_words else Many(united(found))})
            case ast.Dict(keys=keys, values=parts):
                self._all([each for each in keys if each is not None], frame)
                return frozenset({Many(self._all(parts, frame))})
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                return frozenset({Many(self._comprehension(node.generators, [node.elt], frame))})
            case ast.DictComp():
                return frozenset({Many(self._comprehension(node.generators, [node.key, node.value], frame))})
        return self._passed_on(node, frame)

    def _passed_on(self, node: ast.expr, frame: Frame) -> Values:
        """Return what an expression is worth that is worth what a part of it is."""
        match node:
            case ast.BoolOp(values=parts):
                return self._all(parts, frame)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.value(test, frame)
                return self._all([body, orelse], frame)
            case ast.NamedExpr(target=ast.Name(id=name), value=value):
                frame.names[name] = self.value(value, frame)
                return frame.names[name]
            case ast.Await(value=value) | ast.Starred(value=value):
                return self.value(value, frame)
        return self._silent(node, frame)

    def _silent(self, node: ast.expr, frame: Frame) -> Values:
        """Take note of the parts of an expression whose own worth is unknown."""
        match node:
            case ast.Yield(value=ast.expr() as value):
                frame.yielded |= self.value(value, frame)
            case ast.YieldFrom(value=value):
                frame.yielded |= items(self.value(value, frame))
            case ast.UnaryOp(op=op, operand=operand):
                return self.dunder(self.value(operand, frame), _UNARY[type(op)], frame)
            case ast.FormattedValue(value=value, conversion=conversion):
                self.dunder(self.value(value, frame), _WRITTEN.get(conversion, "__format__"), frame, "read")
            case _:
                self._all((each for each in ast.iter_child_nodes(node) if isinstance(each, ast.expr)), frame)
        return NOTHING

    def _comprehension(
        self, generators: Sequence[ast.comprehension], parts: Sequence[ast.expr], frame: Frame
    ) -> Values:
        for each in generators:
            values = self.value(each.iter, frame)
            self.bind(each.target, self.iterated(values, frame, is_async=bool(each.is_async)), frame)
            self._all(each.ifs, frame)
        return [self.value(each, frame) for each in parts][-1]

    def _all(self, nodes: Iterable[ast.expr], frame: Frame) -> Values:
        return united([self.value(each, frame) for each in nodes])

    # Who is told of what.

    def use(self, function: Function, frame: Frame, *roles: Role) -> None:
        """Note that the test uses a function, if it is one of the library's."""
        if frame.trace is not None and self.is_ours(function.module):
            frame.trace.add(function, *roles)

    def _mention(self, name: str, frame: Frame) -> None:
        """Note that what *name* holds, or was acted on, is asserted."""
        if frame.trace is not None and frame.trace.mood == "asserted":
            frame.trace.flow(seen(frame, name, acts=False))
            frame.trace.mark(seen(frame, name, acts=True), "subject")

    def dunder(self, values: Values, name: str, frame: Frame, *roles: Role) -> Values:
        """Return what a special method gives, where the class has it."""
        results = []
        for each in values:
            method = self.method(each.of, name) if isinstance(each, Instance) else None
            if method is not None:
                self.use(method, frame, *roles)
                results.append(self.call(method, None, Frame(frame.module), ()))
        return united(results)

    def read(self, function: Function, frame: Frame) -> Values:
        """Return what a property gives."""
        self.use(function, frame, "read")
        return self.call(function, None, Frame(frame.module), ())

    # Attributes and items.

    def _attribute_of(self, node: ast.Attribute, frame: Frame) -> Values:
        start, flowing = self._now(frame), self._flowing(frame)
        owners = self.value(node.value, frame)
        middle = self._now(frame)
        found = united(self.attribute(each, node.attr, frame) for each in owners)
        found = found or self._answered(owners, node.attr, frame) or self._guessed(owners, node.attr)
        if self._now(frame) > middle:
            self._take(start, middle, flowing, frame)
            self._look(node.value, frame)
        self._mention(dotted(node), frame)
        return found

    def _look(self, node: ast.expr, frame: Frame) -> None:
        """Note that an assert looks, by a property, at what another use made."""
        if frame.trace is not None and frame.trace.mood == "asserted":
            made = seen(frame, dotted(node), acts=False)
            frame.trace.mark(
                [each for each in made if not _makes(frame.trace.uses[each].function)], "observed"
            )

    def _answered(self, owners: Values, name: str, frame: Frame) -> Values:
        """Return what ``__getattr__`` gives for a name that no class has."""
        asked = [each.of for each in owners if isinstance(each, Instance)]
        if name.startswith("__") or any(self.has_attribute(each, name) for each in asked):
            return NOTHING
        methods = {method for each in asked if (method := self.method(each, "__getattr__"))}
        for each in methods:
            self.use(each, frame, "read")
        return united(self.named(each, name) for each in methods)

    def _guessed(self, owners: Values, name: str) -> Values:
        """Return the only method of the library with this name, where no object known has it."""
        is_known = any(not self._is_library(each) or self._has(each, name) for each in owners)
        return NOTHING if is_known else self.sole_method(name)

    def _has(self, value: Value, name: str) -> bool:
        return not isinstance(value, Instance) or self.has_attribute(value.of, name)

    def attribute(self, value: Value, name: str, frame: Frame) -> Values:
        """Return what an attribute of *value* is worth."""
        if isinstance(value, Instance):
            if name == "__class__":
                return frozenset({value.of})
            return self.of_instance(value.of, name, frame)
        if isinstance(value, Class):
            stored = united(self.stored.get((each, name), NOTHING) for each in self.line(value))
            return stored or self.in_class(value, name, value)
        if isinstance(value, Foreign):
            return frozenset({Foreign(f"{value.name}.{name}")})
        return self._static(value, name)

    def _subscript(self, node: ast.Subscript, frame: Frame) -> Values:
        start, flowing = self._now(frame), self._flowing(frame)
        owners = self.value(node.value, frame)
        middle = self._now(frame)
        self.value(node.slice, frame)
        found = self.dunder(owners, "__getitem__", frame)
        if self._now(frame) > middle:
            self._take(start, middle, flowing, frame)
        generic = frozenset(each for each in owners if isinstance(each, Class))
        return found or generic or united(_item(each, node.slice) for each in owners)

    def iterated(self, values: Values, frame: Frame, *, is_async: bool = False) -> Values:
        """Return what iterating over *values* gives."""
        start, step = ("__aiter__", "__anext__") if is_async else ("__iter__", "__next__")
        if found := items(values):
            return found
        iterator = self.dunder(values, start, frame, "read")
        return items(iterator) or self.dunder(iterator, step, frame, "read")

    # Operators.

    def _operator(self, left: Values, name: str, right_node: ast.expr, frame: Frame) -> Values:
        right = self.value(right_node, frame)
        if name == "add" and (texts := _joined_texts(left, right)):
            return texts
        found = self.dunder(left, f"__{name}__", frame)
        if any(isinstance(each, Instance) and self.method(each.of, f"__{name}__") for each in left):
            return found
        reflected = _REFLECTED.get(name, f"r{name}")
        return self.dunder(right, f"__{reflected}__", frame)

    def _compare(self, node: ast.Compare, frame: Frame) -> Values:
        start = self._now(frame)
        left = self.value(node.left, frame)
        made = range(start, self._now(frame))
        is_told = self._tells(node.left, start, frame)
        found = []
        for op, right in zip(node.ops, node.comparators, strict=True):
            trace = frame.trace
            if trace is not None and trace.mood == "asserted" and is_told:
                with trace.feeling("expected"):
                    found.append(self._compared(left, op, right, frame))
            else:
                begin = self._now(frame)
                found.append(self._compared(left, op, right, frame))
                if trace is not None and trace.mood == "asserted" and self._tells(right, begin, frame):
                    trace.mark(made, "expected")
        return united(found)

    def _compared(self, left: Values, op: ast.cmpop, right: ast.expr, frame: Frame) -> Values:
        """Return what a comparison gives: of query builders and arrays, an object."""
        found = NOTHING
        if isinstance(op, ast.In | ast.NotIn):
            self.dunder(self.value(right, frame), "__contains__", frame, "read")
        elif isinstance(op, ast.Is | ast.IsNot):
            self.value(right, frame)
        else:
            # Nearly every assert compares, so that comparing is seldom what it is about.
            start = self._now(frame)
            found = self._operator(left, OPERATORS[type(op)], right, frame)
            if frame.trace is not None:
                late = range(start, self._now(frame))
                frame.trace.mark(
                    [each for each in late if _compares(frame.trace.uses[each].function)], "read"
                )
        return found

    def _tells(self, node: ast.expr, start: int, frame: Frame) -> bool:
        """Return whether one side of a comparison holds what the test is about, and not a mere object."""
        uses = frame.trace.uses[start:] if frame.trace is not None else []
        if any(not _makes(each.function) and not _compares(each.function) for each in uses):
            return True
        return any(seen(frame, name, acts=acts) for name in _variables(node) for acts in (False, True))

    # Places in the trace.

    def _now(self, frame: Frame) -> int:
        return 0 if frame.trace is None else len(frame.trace)

    def _flowing(self, frame: Frame) -> int:
        return 0 if frame.trace is None else frame.trace.flowing

    def _take(self, start: int, end: int, flowing: int, frame: Frame) -> None:
        """Note that what was used between two places was for one use of the library after them."""
        if frame.trace is not None:
            frame.trace.mark(range(start, end), "given")
            frame.trace.unflow(flowing)

    def _is_library(self, value: Value) -> bool:
        match value:
            case Function(module=module) | Class(module=module) | Instance(of=Class(module=module)):
                return self.is_ours(module)
        return False

    def bind(self, target: ast.expr, values: Values, frame: Frame) -> None:
        """Let a target of an assignment hold *values*."""
        match target:
            case ast.Name(id=name):
                frame.names[name] = values
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for index, part in enumerate(parts):
                    self.bind(part, united(_part(each, index) for each in values), frame)
            case ast.Starred(value=inner):
                self.bind(inner, frozenset({Many(values)}), frame)
            case ast.Attribute(value=owner, attr=name):
                self._store(owner, name, values, frame)
            case ast.Subscript(value=owner):
                self.dunder(self.value(owner, frame), "__setitem__", frame, "act")

    def _store(self, owner: ast.expr, name: str, values: Values, frame: Frame) -> None:
        for each in self.value(owner, frame):
            cls = each.of if isinstance(each, Instance) else each
            if not isinstance(cls, Class):
                continue
            setter = self.method(cls, name) if isinstance(each, Instance) else None
            setter = setter or self.method(cls, "__setattr__")
            if setter is not None and self.is_ours(setter.module):
                self.use(setter, frame, "act")
            elif frame.trace is not None and not self.is_ours(cls.module):
                self.stored[cls, name] = frozenset(self.narrowed(one, cls) for one in values)
            elif values and not self.has_attribute(cls, name):
                self.noted[cls, name] = values


def _joined_texts(left: Values, right: Values) -> Values:
    ends = [each.text for each in right if isinstance(each, Text)]
    return frozenset(Text(each.text + end) for each in left if isinstance(each, Text) for end in ends)


def _is_word(values: Values) -> bool:
    return all(isinstance(each, Text) for each in values)


def _compares(function: Function) -> bool:
    return function.last.strip("_") in _REFLECTED


def _makes(function: Function) -> bool:
    return function.last in ("__init__", "__new__")


def _variables(node: ast.expr) -> set[str]:
    return {dotted(each) for each in ast.walk(node) if isinstance(each, ast.Name | ast.Attribute)} - {""}


def seen(frame: Frame, name: str, *, acts: bool) -> list[int]:
    """Return the uses that made what a variable holds, or that acted on it."""
    around: Frame | None = frame
    while around is not None:
        known = around.acted if acts else around.made
        if name in known:
            return known[name]
        around = around.outer
    return []


def items(values: Values) -> Values:
    """Return the items of the collections among *values*."""
    return united(
        each.items if isinstance(each, Many) else united(each.items)
        for each in values
        if isinstance(each, Many | Row)
    )


def _item(value: Value, index: ast.expr) -> Values:
    if isinstance(value, Row) and isinstance(index, ast.Constant) and isinstance(index.value, int):
        place = index.value
        return value.items[place] if -len(value.items) <= place < len(value.items) else NOTHING
    if isinstance(index, ast.Slice):
        return frozenset({value}) if isinstance(value, Many | Row) else NOTHING
    return items(frozenset({value}))


def _part(value: Value, index: int) -> Values:
    if isinstance(value, Row):
        return value.items[index] if index < len(value.items) else NOTHING
    return value.items if isinstance(value, Many) else NOTHING

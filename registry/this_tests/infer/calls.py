"""What calls give, and which functions of the library they use."""

import ast
from collections.abc import Sequence

from ..names.source import dotted
from .code import Definition
from .expressions import Expressions, items, seen
from .lookup import Frame, united
from .values import NOTHING, Class, Foreign, Function, Instance, Many, Row, Text, Value, Values

__all__ = ["Calls"]

# What hands on what it is given, or its items.
_SAME = frozenset({"copy", "copy.copy", "copy.deepcopy", "importlib.reload"})
_ITERATES = frozenset(
    {"list", "tuple", "set", "sorted", "frozenset", "iter", "reversed", "next", "sum", "any"}
)
_ASKS = {
    "len": "__len__", "str": "__str__", "repr": "__repr__", "hash": "__hash__", "bool": "__bool__",
    "int": "__int__", "float": "__float__", "abs": "__abs__", "bytes": "__bytes__", "dir": "__dir__",
    "format": "__format__", "iter": "__iter__", "list": "__iter__", "next": "__next__", "round": "__round__",
}  # fmt: skip
# What calls the function that it is given.
_CALLERS = frozenset(
    {"raises", "assertRaises", "assertRaisesRegex", "warns", "assertWarns", "deprecated_call"}
)


class Calls(Expressions):
    """Evaluates calls."""

    def local(self, node: Definition, frame: Frame, call: ast.Call | None) -> Values:
        """Return what a call of a function that *frame* defines gives."""
        raise NotImplementedError

    def loaded(self, values: Values, frame: Frame) -> None:
        """Note what modules call when they are loaded."""
        raise NotImplementedError

    def called(self, node: ast.Call, frame: Frame) -> Values:
        """Return what a call gives."""
        start, flowing = self._now(frame), self._flowing(frame)
        callees = self.value(node.func, frame)
        given = self._arguments(node, callees, frame)
        after = self._now(frame)
        if isinstance(node.func, ast.Name) and (inner := _closure(node.func.id, frame)) is not None:
            return self.local(inner, frame, node)
        if frame.trace is not None:
            frame.trace.site += 1
        found = united(self._called(each, node, frame, given) for each in self._fitting(callees, node))
        if isinstance(node.func, ast.Attribute) and node.func.attr == "invoke":
            self._invoke(given, frame)
        if self._now(frame) > after and any(self._is_library(each) for each in callees):
            self._take(start, after, flowing, frame)
            self._observe(node, after, frame)
        return found or self._of_collection(node, frame)

    def _arguments(self, node: ast.Call, callees: Values, frame: Frame) -> list[Values]:
        parts = [*node.args, *(each.value for each in node.keywords)]
        name = next((each.name for each in callees if isinstance(each, Foreign)), dotted(node.func))
        if name.rpartition(".")[2] in _CALLERS:
            return [self._handed(each, frame) for each in parts]
        given = [self.value(each, frame) for each in parts]
        for function in (each for values in given for each in values if isinstance(each, Function)):
            self.use(function, frame, "passed")
        return given

    def _handed(self, node: ast.expr, frame: Frame) -> Values:
        values = self.value(node, frame)
        for each in values:
            handed = self.method(each, "__init__") if isinstance(each, Class) else each
            if isinstance(handed, Function) and not self._is_error(each):
                self.use(handed, frame, "raises")
        return values

    def _is_error(self, value: Value) -> bool:
        line = self.line(value) if isinstance(value, Class) else ()
        return any(each.name.endswith(("Error", "Exception")) for each in line)

    def _called(self, value: Value, node: ast.Call, frame: Frame, given: Sequence[Values]) -> Values:
        match value:
            case Function():
                self.use(value, frame)
                return self.call(value, node, frame, given)
            case Class():
                return self._made(value, node, frame, given)
            case Instance(of=cls):
                method = self.method(cls, "__call__")
                return self._called(method, node, frame, given) if method else NOTHING
            case Foreign(name=name):
                return self._foreign(name, node, frame, given)
        return NOTHING

    def _made(self, cls: Class, node: ast.Call, frame: Frame, given: Sequence[Values]) -> Values:
        method = self.method(cls, "__init__") or self.method(cls, "__new__")
        self.use(method or Function(cls.module, f"{cls.name}.__init__", cls, bound=True), frame)
        if method is not None and frame.trace is not None and not self.is_ours(method.module):
            self.call(method, node, frame, given)
        return frozenset({Instance(cls)})

    def _foreign(self, name: str, node: ast.Call, frame: Frame, given: Sequence[Values]) -> Values:
        first = given[0] if given else NOTHING
        asked = self.dunder(first, _ASKS[name], frame) if name in _ASKS else NOTHING
        if name == "getattr" and len(node.args) > 1:
            names = [each.text for each in given[1] if isinstance(each, Text)]
            return united(self.attribute(each, one, frame) for each in first for one in names)
        if name in ("super", "type"):
            return self._super(frame) if name == "super" else classes(first)
        if name == "importlib.reload":
            self.loaded(first, frame)
        if name in _SAME or name.endswith("partial"):
            return first
        return _iterated(name, given, items(first) or items(asked))

    def _super(self, frame: Frame) -> Values:
        line = self.line(frame.owner)[1:2] if frame.owner is not None else ()
        return frozenset(Instance(each) for each in line)

    def _of_collection(self, node: ast.Call, frame: Frame) -> Values:
        """Return what ``items()``, ``values()``, ``get()`` and ``pop()`` of a collection give."""
        if not isinstance(node.func, ast.Attribute) or frame.trace is None:
            return NOTHING
        inner = items(
            self.value(node.func.value, Frame(frame.module, frame.names, frame.owner, outer=frame.outer))
        )
        match node.func.attr:
            case "get" | "pop" | "popitem":
                return inner
            case "values" | "copy":
                return frozenset({Many(inner)})
            case "items":
                return frozenset({Many(frozenset({Row((NOTHING, inner))}))})
        return NOTHING

    def _fitting(self, callees: Values, node: ast.Call) -> Values:
        """Return those of several callees whose parameters take what the call gives."""
        if len(callees) == 1:
            return callees
        fitting = frozenset(each for each in callees if self._takes(each, node))
        return fitting or callees

    def _takes(self, callee: Value, node: ast.Call) -> bool:
        definition = (
            self.code.function_node(callee.module, callee.name) if isinstance(callee, Function) else None
        )
        if definition is None or not isinstance(callee, Function):
            return True
        parameters = definition.args
        names = [each.arg for each in (*parameters.posonlyargs, *parameters.args)][int(callee.bound) :]
        known = {*names, *(each.arg for each in parameters.kwonlyargs)}
        filled = {*names[: len(node.args)], *(each.arg for each in node.keywords if each.arg)}
        needed = names[: len(names) - len(parameters.defaults)]
        if any(isinstance(each, ast.Starred) for each in node.args) or any(
            not each.arg for each in node.keywords
        ):
            needed = []
        has_all = parameters.kwarg is not None or {each.arg for each in node.keywords if each.arg} <= known
        return has_all and filled >= set(needed) and (bool(parameters.vararg) or len(node.args) <= len(names))

    def _observe(self, node: ast.Call, start: int, frame: Frame) -> None:
        """Note that an assert looks, by a call that takes nothing, at what another use made."""
        trace = frame.trace
        if trace is None or trace.mood != "asserted" or node.args or node.keywords:
            return
        subject = dotted(node.func.value) if isinstance(node.func, ast.Attribute) else ""
        made = [
            each for each in seen(frame, subject, acts=False) if trace.uses[each].function.last != "__init__"
        ]
        if made:
            trace.mark(made, "observed")
            trace.mark(trace.outermost(start), "observes")

    def _invoke(self, given: Sequence[Values], frame: Frame) -> None:
        """Note the command that a runner of click or typer is told to invoke: the object, or its name."""
        texts = [text for each in given for text in _texts(each)]
        named = [found for text in texts if (found := self.index.commands(text, texts))]
        handed = [each for values in given[:1] for each in values if isinstance(each, Function)]
        for function in (*(named or [()])[-1], *([] if named else handed)):
            self.use(function, frame)


def _closure(name: str, frame: Frame) -> Definition | None:
    around: Frame | None = frame
    while around is not None:
        if name in around.closures:
            return around.closures[name]
        around = around.outer
    return None


def classes(values: Values) -> Values:
    """Return the classes of the instances among *values*."""
    return frozenset(each.of for each in values if isinstance(each, Instance))


def _texts(values: Values) -> list[str]:
    rows = [each.items for each in values if isinstance(each, Row)]
    parts = [one for row in rows for values in row for one in values] or list(items(values))
    return [each.text for each in parts if isinstance(each, Text)]


def _iterated(name: str, given: Sequence[Values], inner: Values) -> Values:
    """Return what a built-in function gives that iterates over what it is given."""
    if name in _ITERATES:
        return inner if name == "next" else frozenset({Many(inner)})
    if name in ("zip", "enumerate"):
        columns = [NOTHING, inner] if name == "enumerate" else [items(each) for each in given]
        return frozenset({Many(frozenset({Row(tuple(columns))}))})
    return NOTHING

"""Evaluates calls, and records the functions of the library that they use."""

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..source.parsing import dotted
from .callees import CalleeFinder
from .class_members import ClassMembers
from .constructors import Constructors
from .definitions import accepts
from .evaluator import Evaluator
from .foreign_calls import ForeignCalls, takes_callable
from .frames import Frame
from .function_calls import FunctionCalls
from .library_modules import LibraryModules
from .lookup import Lookup
from .modules import SourceTree
from .use_recorder import UseRecorder
from .values import (
    NOTHING,
    CallableValue,
    ClassValue,
    CollectionValue,
    ForeignValue,
    FunctionValue,
    InstanceValue,
    TupleValue,
    Value,
    Values,
    in_order,
    items,
    texts_of,
    united,
)

__all__ = ["Calls"]

# The methods of collections that return their items.
_FROM_COLLECTIONS = frozenset({"copy", "get", "items", "pop", "popitem", "values"})


@dataclass(eq=False, kw_only=True)
class Calls:
    """Evaluates calls.

    Args:
        fixture: Returns the values of the fixture of a name, for ``request.getfixturevalue``.
    """

    tree: SourceTree
    library: LibraryModules
    lookup: Lookup
    classes: ClassMembers
    functions: FunctionCalls
    constructors: Constructors
    foreign: ForeignCalls
    callees: CalleeFinder
    recorder: UseRecorder
    fixture: Callable[[str, Frame], Values]
    evaluator: Evaluator

    def value(self, node: ast.Call, frame: Frame) -> Values:
        """Return what a call returns."""
        start, flowing = frame.position(), frame.flow_position()
        callees = self.evaluator.value(node.func, frame)
        arguments = self._arguments(node, callees, frame)
        after = frame.position()
        closure = frame.closure(node.func.id) if isinstance(node.func, ast.Name) else None
        if closure is not None:
            return self.functions.call_local(closure, frame, node, arguments)
        if frame.trace is not None:
            frame.trace.site += 1
        found = united(
            self._call(callee, node, frame, arguments) for callee in in_order(self._accepting(callees, node))
        )
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if method == "invoke":
            self._invoke(arguments, frame)
        if method == "getfixturevalue" and arguments:
            return united(self.fixture(name, frame) for name in texts_of(in_order(arguments[0])))
        if frame.position() > after and any(self.library.defines(callee) for callee in callees):
            frame.mark_given(start, after, flowing)
            self._observe(node, after, frame)
        return found or self._of_collection(node, frame)

    # Arguments.

    def _arguments(self, node: ast.Call, callees: Values, frame: Frame) -> list[Values]:
        nodes = [*node.args, *(keyword.value for keyword in node.keywords)]
        foreign = (callee.name for callee in in_order(callees) if isinstance(callee, ForeignValue))
        name = next(foreign, dotted(node.func))
        if takes_callable(name):
            # The exception comes before the callable.
            count = 0 if name.endswith("deprecated_call") else 1
            exceptions = [self.evaluator.value(argument, frame) for argument in nodes[:count]]
            return [*exceptions, *(self._raising(argument, frame) for argument in nodes[count:])]
        arguments = [self.evaluator.value(argument, frame) for argument in nodes]
        self._pass(arguments, callees, frame)
        return arguments

    def _pass(self, arguments: Sequence[Values], callees: Values, frame: Frame) -> None:
        """Record the functions among the arguments; assume that the library calls the tests' helpers."""
        by_library = any(self.library.defines(callee) for callee in callees)
        for function in [
            value for values in arguments for value in in_order(values) if isinstance(value, FunctionValue)
        ]:
            self.recorder.record(function, frame, "passed")
            if by_library and frame.trace is not None and function.module not in self.library:
                with frame.trace.with_assert_role(""):
                    self.functions.call(function, None, frame, ())

    def _raising(self, node: ast.expr, frame: Frame) -> Values:
        """Return the callable that is expected to raise, and record its uses."""
        start = frame.position()
        values = self.evaluator.value(node, frame)
        functions = [value for value in in_order(values) if isinstance(value, FunctionValue)]
        helpers = [function for function in functions if function.module not in self.library]
        for helper in helpers:
            self.functions.call(helper, None, frame, ())
        if frame.trace is not None and (helpers or isinstance(node, ast.Lambda)):
            frame.trace.mark(frame.trace.latest(start), "raises")
        for value in in_order(values):
            function = self._called_by(value)
            if function is not None:
                self.recorder.record(function, frame, "raises")
        return values

    def _called_by(self, value: Value) -> FunctionValue | None:
        """Return the function or the method that a call of *value* calls."""
        match value:
            case ClassValue():
                return self.classes.method(value, "__init__")
            case InstanceValue(of=cls):
                return self.classes.method(cls, "__call__")
            case FunctionValue():
                return value
        return None

    # Callees.

    def _call(self, callee: Value, node: ast.Call, frame: Frame, arguments: Sequence[Values]) -> Values:
        match callee:
            case FunctionValue():
                self.recorder.record(callee, frame)
                return self.functions.call(callee, node, frame, arguments)
            case ClassValue():
                return self.constructors.call(callee, node, frame, arguments)
            case InstanceValue(of=cls):
                method = self.classes.method(cls, "__call__")
                return self._call(method, node, frame, arguments) if method else NOTHING
            case CallableValue(result=result):
                return result
            case ForeignValue(name=name):
                return self.foreign.call(name, node, frame, arguments)
        return NOTHING

    def _accepting(self, callees: Values, node: ast.Call) -> Values:
        """Return those of several callees whose parameters accept the arguments."""
        if len(callees) <= 1:
            return callees
        # A decorator that works with and without parentheses: here are parentheses.
        is_function = any(isinstance(callee, CallableValue) for callee in callees)
        likely = frozenset(
            callee for callee in callees if not (is_function and isinstance(callee, InstanceValue))
        )
        return frozenset(callee for callee in likely if self._accepts(callee, node)) or likely

    def _accepts(self, callee: Value, node: ast.Call) -> bool:
        if not isinstance(callee, FunctionValue):
            return True
        definition = self.tree.function_node(callee.module, callee.name)
        return definition is None or accepts(definition, node, is_bound=callee.bound)

    def _observe(self, node: ast.Call, start: int, frame: Frame) -> None:
        """Record that an assert checks the result of another use.

        The assert calls a function without arguments that calls nothing else of the library.
        """
        trace = frame.trace
        if trace is None or trace.assert_role != "asserted" or node.args or node.keywords:
            return
        subject = dotted(node.func.value) if isinstance(node.func, ast.Attribute) else ""
        makers = [use for use in frame.makers(subject) if trace.uses[use].function.last != "__init__"]
        if makers and not any(self.callees.of(trace.uses[use].function) for use in trace.outermost(start)):
            trace.mark(makers, "observed")
            trace.mark(trace.outermost(start), "observes")

    def _invoke(self, arguments: Sequence[Values], frame: Frame) -> None:
        """Record the command that a runner of click or typer invokes: the object, or by its name."""
        texts = [text for values in arguments for text in _words(values)]
        objects = [
            value
            for values in arguments[:1]
            for value in in_order(values)
            if isinstance(value, FunctionValue)
        ]
        for function in self.lookup.commands(texts) or objects:
            self.recorder.record(function, frame)

    def _of_collection(self, node: ast.Call, frame: Frame) -> Values:
        """Return what ``items()``, ``values()``, ``get()`` and ``pop()`` of a collection return."""
        if not isinstance(node.func, ast.Attribute) or node.func.attr not in _FROM_COLLECTIONS:
            return NOTHING
        untraced = Frame(frame.module, frame.names, frame.owner, outer=frame.outer)
        inner = items(self.evaluator.value(node.func.value, untraced))
        match node.func.attr:
            case "values" | "copy":
                return frozenset({CollectionValue(inner)})
            case "items":
                return frozenset({CollectionValue(frozenset({TupleValue((NOTHING, inner))}))})
        return inner


def _words(values: Values) -> list[str]:
    """Return the texts in a list or tuple of a command line's words, in their order."""
    rows = [value.items for value in in_order(values) if isinstance(value, TupleValue)]
    ordered = [value for row in rows for words in row for value in in_order(words)]
    return texts_of(ordered or in_order(items(values)))

"""Follows calls of functions: the library's to their results, the tests' helpers through their bodies."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from .definitions import Definition, call_head, positional
from .evaluator import Evaluator
from .frames import Frame, FrameState
from .functions import FunctionBodies, FunctionResults, result_of
from .library_modules import LibraryModules
from .modules import ParsedModule, SourceTree
from .use_recorder import UseRecorder
from .values import NOTHING, FunctionValue, ModuleValue, Values, in_order

__all__ = ["FunctionCalls"]


@dataclass(eq=False, kw_only=True)
class FunctionCalls:
    """Follows calls of functions."""

    tree: SourceTree
    library: LibraryModules
    functions: FunctionResults
    bodies: FunctionBodies
    recorder: UseRecorder
    state: FrameState
    evaluator: Evaluator

    def call(
        self, function: FunctionValue, call: ast.Call | None, frame: Frame, arguments: Sequence[Values]
    ) -> Values:
        """Return what a call of a function returns, after a walk through it where it is a test's helper."""
        if frame.trace is not None and function.module not in self.library:
            return self._call_helper(function, call, frame, arguments)
        return self.functions.result(function)

    def _call_helper(
        self, function: FunctionValue, call: ast.Call | None, frame: Frame, arguments: Sequence[Values]
    ) -> Values:
        defined = self.tree.defined(function)
        if defined is None:
            return NOTHING
        module, node = defined
        self._record_decorators(node, module, frame)
        inner = Frame(
            module,
            owner=function.owner,
            trace=frame.trace,
            outer=self._enclosing(function),
            scope=function.name,
        )
        inner.names.update(self.bodies.parameters(node, function, inner))
        return self._follow(node, inner, call, arguments, skipped=int(function.bound))

    def _enclosing(self, function: FunctionValue) -> Frame | None:
        """Return the frame that defines a local function, or the local class whose method it is."""
        frames, outer = self.state.enclosing, function.name.rpartition(".")[0]
        return frames.get(function.path) or frames.get(f"{function.module}.{outer}")

    def _record_decorators(self, node: Definition, module: ParsedModule, frame: Frame) -> None:
        """Record the functions of the library that decorate a helper of the tests."""
        for decorator in node.decorator_list:
            for wrapper in in_order(self.evaluator.value(call_head(decorator), Frame(module))):
                if isinstance(wrapper, FunctionValue):
                    self.recorder.record(wrapper, frame)

    def call_local(
        self, node: Definition, frame: Frame, call: ast.Call | None, arguments: Sequence[Values]
    ) -> Values:
        """Return what a call of a function returns that *frame* or one around it defines."""
        scope = f"{frame.scope}.{node.name}".lstrip(".")
        inner = Frame(frame.module, owner=frame.owner, trace=frame.trace, outer=frame, scope=scope)
        return self._follow(node, inner, call, arguments, skipped=0)

    def _follow(
        self,
        node: Definition,
        inner: Frame,
        call: ast.Call | None,
        arguments: Sequence[Values],
        *,
        skipped: int,
    ) -> Values:
        if self.bodies.is_deepest or inner.trace is None:
            return NOTHING
        names = [parameter.arg for parameter in positional(node)][skipped:]
        keywords = [] if call is None else [keyword.arg or "" for keyword in call.keywords]
        by_position = zip(names, arguments if call is None else arguments[: len(call.args)], strict=False)
        by_keyword = zip(reversed(keywords), reversed(arguments), strict=False)
        inner.names.update({name: values for name, values in (*by_position, *by_keyword) if values})
        with inner.trace.within("helper"):
            self.bodies.walk(node.body, inner)
        return result_of(node, inner)

    def load(self, values: Values, frame: Frame) -> None:
        """Record what modules call when they are loaded."""
        for value in in_order(values):
            module = self.tree.module(value.name) if isinstance(value, ModuleValue) else None
            if module is not None:
                calls = [statement for statement in module.tree.body if isinstance(statement, ast.Expr)]
                self.evaluator.run(calls, Frame(module, trace=frame.trace))

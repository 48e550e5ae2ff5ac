"""Walks through statements: the library's for what they return, the tests' for what they use."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from ..source.parsing import dotted
from .annotations import Annotations
from .assertions import Assertions, attribute_or_name, is_assertion_call, is_raises
from .assignments import Assignments
from .definitions import Definition
from .expressions import Expressions
from .frames import Frame, FrameState
from .library_modules import LibraryModules
from .module_names import ModuleNames
from .modules import bindings_of
from .operators import operator_name
from .special_methods import SpecialMethods
from .values import NOTHING, ClassValue, FunctionValue, Values, items, united

__all__ = ["Statements"]


@dataclass(eq=False, kw_only=True)
class Statements:
    """Walks through statements."""

    library: LibraryModules
    annotations: Annotations
    modules: ModuleNames
    special_methods: SpecialMethods
    assignments: Assignments
    expressions: Expressions
    assertions: Assertions
    state: FrameState

    def run(self, body: Sequence[ast.stmt], frame: Frame) -> None:
        """Walk through statements in their order, each once; what is nested too deep is skipped."""
        for statement in body:
            try:
                self._run(statement, frame)
            except RecursionError:
                continue

    def _run(self, node: ast.stmt, frame: Frame) -> None:
        match node:
            case ast.Expr(value=value):
                self._expression(value, frame)
            case ast.Assign(targets=targets, value=value):
                self._assign(targets, value, None, frame)
            case ast.AnnAssign(target=target, value=value, annotation=annotation):
                self._assign([target], value, annotation, frame)
            case ast.AugAssign():
                self._augment(node, frame)
            case ast.Assert(test=test):
                self.assertions.evaluate(test, frame)
            case ast.Return(value=value):
                frame.returned |= self.expressions.value(value, frame) if value else NOTHING
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(node, frame)
            case ast.ClassDef():
                self._class(node, frame)
            case ast.Import() | ast.ImportFrom():
                self._import(node, frame)
            case _:
                self._compound(node, frame)

    # Simple statements.

    def _expression(self, node: ast.expr, frame: Frame) -> None:
        if isinstance(node, ast.Call) and attribute_or_name(node.func) == "this_tests":
            return  # Declared targets are not uses.
        if isinstance(node, ast.Call) and is_assertion_call(node):
            self.assertions.evaluate_call(node, frame)
            return
        start = frame.position()
        self.expressions.value(node, frame)
        if frame.trace is not None:
            acts = frame.trace.outermost(start)
            frame.trace.mark(acts, "act")
            root = dotted(_root(node))
            if acts and root:
                frame.acted[root] = acts

    def _assign(
        self, targets: Sequence[ast.expr], value: ast.expr | None, annotation: ast.expr | None, frame: Frame
    ) -> None:
        start = frame.position()
        declared = self.annotations.value(annotation, frame)
        found = self.expressions.value(value, frame) if value is not None else NOTHING
        for target in targets:
            self.assignments.bind(target, found or declared, frame)
        frame.keep_makers(targets, start)

    def _augment(self, node: ast.AugAssign, frame: Frame) -> None:
        """Evaluate ``a += b`` by the special method for it, else as ``a + b``."""
        name = f"__i{operator_name(node.op)}__"
        start = frame.position()
        held = self.expressions.value(node.target, frame)
        if self.special_methods.has(held, name):
            self.expressions.value(node.value, frame)
            self.special_methods.call(held, name, frame, "act")
        else:
            self.expressions.value(ast.BinOp(node.target, node.op, node.value), frame)
        frame.keep_makers([node.target], start)

    def _delete(self, target: ast.expr, frame: Frame) -> None:
        if isinstance(target, ast.Subscript):
            owners = self.expressions.value(target.value, frame)
            self.special_methods.call(owners, "__delitem__", frame, "act")

    def _import(self, node: ast.Import | ast.ImportFrom, frame: Frame) -> None:
        for name, bindings in bindings_of([node], frame.module.package).items():
            frame.names[name] = united(self.modules.bound(binding, name, frame) for binding in bindings)

    # Local functions and classes.

    def _is_test(self, frame: Frame) -> bool:
        return frame.trace is not None and frame.module.name not in self.library

    def _function(self, node: Definition, frame: Frame) -> None:
        frame.closures[node.name] = node
        if not self._is_test(frame):
            return
        function = FunctionValue(frame.module.name, f"{frame.scope}.{node.name}")
        self.state.enclosing[function.path] = frame
        frame.names[node.name] = frozenset({function})
        if found := self._decorated(node, frame):
            frame.names[node.name] = found
            del frame.closures[node.name]

    def _class(self, node: ast.ClassDef, frame: Frame) -> None:
        cls = ClassValue(frame.module.name, f"{frame.scope}.{node.name}")
        inner = Frame(frame.module, outer=frame, scope=cls.name)
        if self._is_test(frame):
            inner.trace = frame.trace
            self.state.enclosing[cls.path] = frame
            frame.names[node.name] = frozenset({cls})
        self.run([statement for statement in node.body if not isinstance(statement, Definition)], inner)
        if inner.trace is not None:
            for method in node.body:
                if isinstance(method, Definition):
                    self._decorated(method, inner)
            self._decorated(node, frame)

    def _decorated(self, node: Definition | ast.ClassDef, frame: Frame) -> Values:
        """Return the result of applying the library's decorators to a test's definition."""
        start = frame.position()
        found = NOTHING
        for decorator in reversed(node.decorator_list):
            call = ast.Call(decorator, [ast.Name(node.name)], [])
            found = self.expressions.value(call, frame) or found
        frame.keep_makers([ast.Name(node.name)], start)
        return found

    # Compound statements.

    def _compound(self, node: ast.stmt, frame: Frame) -> None:
        match node:
            case ast.For() | ast.AsyncFor():
                self._loop(node, frame)
            case ast.If():
                self._branches(node, frame)
                return
            case ast.While(test=test):
                self.expressions.value(test, frame)
            case ast.With() | ast.AsyncWith():
                self._with(node, frame)
                return
            case ast.Match(subject=subject, cases=branches):
                self.expressions.value(subject, frame)
                self.run([statement for branch in branches for statement in branch.body], frame)
            case ast.Delete(targets=targets):
                for target in targets:
                    self._delete(target, frame)
        self._blocks(node, frame)

    def _blocks(self, node: ast.stmt, frame: Frame) -> None:
        for block in ("body", "orelse"):
            self.run(getattr(node, block, ()), frame)
        for handler in getattr(node, "handlers", ()):
            self.run(handler.body, frame)
        self.run(getattr(node, "finalbody", ()), frame)

    def _loop(self, node: ast.For | ast.AsyncFor, frame: Frame) -> None:
        """Bind the target of a loop."""
        start = frame.position()
        iterable = self.expressions.value(node.iter, frame)
        is_async = isinstance(node, ast.AsyncFor)
        element = self.special_methods.iterated(iterable, frame, is_async=is_async)
        self.assignments.bind(node.target, element, frame)
        frame.keep_makers([node.target], start)

    def _branches(self, node: ast.If, frame: Frame) -> None:
        # A chain of `elif` is as deep as it is long.
        following: ast.stmt | None = node
        while isinstance(following, ast.If):
            node = following
            self.expressions.value(node.test, frame)
            self.run(node.body, frame)
            following = node.orelse[0] if len(node.orelse) == 1 else None
        self.run(node.orelse, frame)

    def _with(self, node: ast.With | ast.AsyncWith, frame: Frame) -> None:
        for manager in node.items:
            self._enter(manager, frame, is_async=isinstance(node, ast.AsyncWith))
        self.run(node.body[:-1], frame)
        start = frame.position()
        self.run(node.body[-1:], frame)
        catches = any(is_raises(manager.context_expr) for manager in node.items)
        if catches and frame.trace is not None:
            frame.trace.mark(frame.trace.latest(start), "raises")

    def _enter(self, manager: ast.withitem, frame: Frame, *, is_async: bool) -> None:
        start = frame.position()
        values = self.expressions.value(manager.context_expr, frame)
        enter, leave = ("__aenter__", "__aexit__") if is_async else ("__enter__", "__exit__")
        entered = self.special_methods.call(values, enter, frame, "read") or items(values) or values
        self.special_methods.call(values, leave, frame, "read")
        if manager.optional_vars is not None:
            self.assignments.bind(manager.optional_vars, entered, frame)
            frame.keep_makers([manager.optional_vars], start)


def _root(node: ast.expr) -> ast.expr:
    while isinstance(node, ast.Call | ast.Attribute | ast.Subscript | ast.Await):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node

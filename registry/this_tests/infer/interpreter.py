"""Walks through statements: the library's to learn what they give, the tests' to see what they use."""

import ast
from collections.abc import Sequence

from ..names.source import dotted
from .expressions import OPERATORS, items
from .functions import Functions
from .lookup import Frame, united
from .modules import Definition, bindings_of
from .values import NOTHING, Class, Function, Instance, Values

__all__ = ["Interpreter"]


class Interpreter(Functions):
    """Runs functions as far as their source tells what they do."""

    # Statements.

    def run(self, body: Sequence[ast.stmt], frame: Frame) -> None:
        """Walk through statements in their order, each once."""
        for each in body:
            self._statement(each, frame)

    def _statement(self, node: ast.stmt, frame: Frame) -> None:
        match node:
            case ast.Expr(value=value):
                self._act(value, frame)
            case ast.Assign(targets=targets, value=value):
                self._assign(targets, value, None, frame)
            case ast.AnnAssign(target=target, value=value, annotation=annotation):
                self._assign([target], value, annotation, frame)
            case ast.AugAssign():
                self._augment(node, frame)
            case ast.Assert(test=test):
                self._assert([test], frame)
            case ast.Return(value=value):
                frame.returned |= self.value(value, frame) if value else NOTHING
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(node, frame)
            case ast.ClassDef():
                self._class(node, frame)
            case ast.Import() | ast.ImportFrom():
                self._import(node, frame)
            case _:
                self._block(node, frame)

    # What functions define.

    def _function(self, node: Definition, frame: Frame) -> None:
        frame.closures[node.name] = node
        if frame.trace is None or self.is_ours(frame.module.name):
            return
        function = Function(frame.module.name, f"{frame.scope}.{node.name}")
        self.around[function.path] = frame
        frame.names[node.name] = frozenset({function})
        if found := self._decorated(node, frame):
            frame.names[node.name] = found
            del frame.closures[node.name]

    def _class(self, node: ast.ClassDef, frame: Frame) -> None:
        cls = Class(frame.module.name, f"{frame.scope}.{node.name}")
        inner = Frame(frame.module, outer=frame, scope=cls.name)
        if frame.trace is not None and not self.is_ours(frame.module.name):
            inner.trace = frame.trace
            self.around[cls.path] = frame
            frame.names[node.name] = frozenset({cls})
        self.run([each for each in node.body if not isinstance(each, Definition)], inner)
        if inner.trace is not None:
            for each in node.body:
                if isinstance(each, Definition):
                    self._decorated(each, inner)
            self._decorated(node, frame)

    def _decorated(self, node: Definition | ast.ClassDef, frame: Frame) -> Values:
        """Return what decorators of the library make of what the test defines."""
        start = self._now(frame)
        found = NOTHING
        for each in reversed(node.decorator_list):
            found = self.value(ast.Call(each, [ast.Name(node.name)], []), frame) or found
        self._keep([ast.Name(node.name)], start, frame)
        return found

    def _block(self, node: ast.stmt, frame: Frame) -> None:
        match node:
            case ast.For(target=target, iter=iterable) | ast.AsyncFor(target=target, iter=iterable):
                start = self._now(frame)
                is_async = isinstance(node, ast.AsyncFor)
                self.bind(target, self.iterated(self.value(iterable, frame), frame, is_async=is_async), frame)
                self._keep([target], start, frame)
            case ast.If():
                self._branches(node, frame)
                return
            case ast.While(test=test):
                self.value(test, frame)
            case ast.With(items=managers) | ast.AsyncWith(items=managers):
                self._with(managers, node, frame)
                return
            case ast.Match(subject=subject, cases=branches):
                self.value(subject, frame)
                self.run([each for branch in branches for each in branch.body], frame)
            case ast.Delete(targets=targets):
                for each in targets:
                    self._delete(each, frame)
        for block in ("body", "orelse"):
            self.run(getattr(node, block, ()), frame)
        for handler in getattr(node, "handlers", ()):
            self.run(handler.body, frame)
        self.run(getattr(node, "finalbody", ()), frame)

    def _branches(self, node: ast.If, frame: Frame) -> None:
        # A chain of `elif` is as deep as it is long.
        following: ast.stmt | None = node
        while isinstance(following, ast.If):
            node = following
            self.value(node.test, frame)
            self.run(node.body, frame)
            following = node.orelse[0] if len(node.orelse) == 1 else None
        self.run(node.orelse, frame)

    def _delete(self, target: ast.expr, frame: Frame) -> None:
        if isinstance(target, ast.Subscript):
            self.dunder(self.value(target.value, frame), "__delitem__", frame, "act")

    def _import(self, node: ast.Import | ast.ImportFrom, frame: Frame) -> None:
        for name, found in bindings_of([node], frame.module.package).items():
            frame.names[name] = united(self._bound(each, name, frame, "") for each in found)

    def _assign(
        self, targets: Sequence[ast.expr], value: ast.expr | None, annotation: ast.expr | None, frame: Frame
    ) -> None:
        start = self._now(frame)
        told = self.annotated(annotation, frame)
        found = self.value(value, frame) if value is not None else NOTHING
        for each in targets:
            self.bind(each, found or told, frame)
        self._keep(targets, start, frame)

    def _keep(self, targets: Sequence[ast.expr], start: int, frame: Frame) -> None:
        """Remember which uses made what a variable holds."""
        if frame.trace is None:
            return
        made = frame.trace.latest(start)
        for each in targets:
            parts = each.elts if isinstance(each, ast.Tuple | ast.List) else [each]
            for name in filter(None, map(dotted, parts)):
                frame.made[name] = made
                frame.acted.pop(name, None)

    def _act(self, node: ast.expr, frame: Frame) -> None:
        if isinstance(node, ast.Call) and _last(node.func) == "this_tests":
            return  # What it declares is no use.
        if isinstance(node, ast.Call) and _is_assert(node):
            self._assert_call(node, frame)
            return
        start = self._now(frame)
        self.value(node, frame)
        if frame.trace is not None:
            acts = frame.trace.outermost(start)
            frame.trace.mark(acts, "act")
            root = dotted(_root(node)) or ""
            if acts and root:
                frame.acted[root] = acts

    def _augment(self, node: ast.AugAssign, frame: Frame) -> None:
        """Take ``a += b`` as what the class has for it, else as ``a + b``."""
        name = f"__i{OPERATORS[type(node.op)]}__"
        start = self._now(frame)
        held = self.value(node.target, frame)
        if any(isinstance(each, Instance) and self.method(each.of, name) for each in held):
            self.value(node.value, frame)
            self.dunder(held, name, frame, "act")
        else:
            self.value(ast.BinOp(node.target, node.op, node.value), frame)
        self._keep([node.target], start, frame)

    # Asserts.

    def _assert(self, tests: Sequence[ast.expr], frame: Frame) -> None:
        if frame.trace is None:
            return
        before = frame.trace.latest(0)
        start = len(frame.trace)
        with frame.trace.feeling("asserted"):
            for each in tests:
                self.value(each, frame)
        frame.trace.mark(frame.trace.latest(start) or before, "last")

    def _assert_call(self, node: ast.Call, frame: Frame) -> None:
        """Take ``assertEqual(a, b)`` and the like as ``assert a == b``."""
        parts = [*node.args, *(each.value for each in node.keywords)]
        first, others = (parts[0], parts[1:]) if parts else (node.func, [])
        callees = self.value(node.func, frame)
        own = [each for each in callees if isinstance(each, Function)]
        compared = ast.Compare(first, [ast.Is()] * len(others), others) if others else first
        self._assert([compared], frame)
        if own and frame.trace is not None:
            with frame.trace.feeling("asserted"):
                self.value(node, frame)

    def _with(self, managers: Sequence[ast.withitem], node: ast.stmt, frame: Frame) -> None:
        is_raises = False
        for each in managers:
            start = self._now(frame)
            values = self.value(each.context_expr, frame)
            is_raises = is_raises or _is_raises(each.context_expr)
            is_async = isinstance(node, ast.AsyncWith)
            enter, leave = ("__aenter__", "__aexit__") if is_async else ("__enter__", "__exit__")
            entered = self.dunder(values, enter, frame, "read") or items(values) or values
            self.dunder(values, leave, frame, "read")
            if each.optional_vars is not None:
                self.bind(each.optional_vars, entered, frame)
                self._keep([each.optional_vars], start, frame)
        body: Sequence[ast.stmt] = getattr(node, "body", ())
        self.run(body[:-1], frame)
        start = self._now(frame)
        self.run(body[-1:], frame)
        if is_raises and frame.trace is not None:
            frame.trace.mark(frame.trace.latest(start), "raises")


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else dotted(node)


def _root(node: ast.expr) -> ast.expr:
    while isinstance(node, ast.Call | ast.Attribute | ast.Subscript | ast.Await):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node


def _is_assert(node: ast.Call) -> bool:
    name = _last(node.func)
    return name.lower().startswith("assert") and not name.startswith(
        ("assertRaises", "assertWarns", "assertLogs")
    )


def _is_raises(node: ast.expr) -> bool:
    name = _last(node.func) if isinstance(node, ast.Call) else ""
    return name.endswith(("raises", "warns", "assertRaises", "assertRaisesRegex", "assertWarns"))

"""Walks through statements: the library's to learn what they give, the tests' to see what they use."""

import ast
from collections.abc import Sequence

from ..names.source import dotted
from .code import Definition, bindings_of
from .expressions import items
from .functions import Functions
from .lookup import Frame, united
from .values import NOTHING, Function

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
            case ast.AugAssign(target=target, op=op, value=value):
                self.value(ast.BinOp(target, op, value), frame)
            case ast.Assert(test=test):
                self._assert([test], frame)
            case ast.Return(value=value):
                frame.returned |= self.value(value, frame) if value else NOTHING
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                frame.closures[node.name] = node
            case ast.ClassDef():
                self.run(
                    [each for each in node.body if not isinstance(each, Definition)],
                    Frame(frame.module, outer=frame),
                )
            case ast.Import() | ast.ImportFrom():
                self._import(node, frame)
            case _:
                self._block(node, frame)

    def _block(self, node: ast.stmt, frame: Frame) -> None:
        match node:
            case ast.For(target=target, iter=iterable) | ast.AsyncFor(target=target, iter=iterable):
                start = self._now(frame)
                self.bind(target, self.iterated(self.value(iterable, frame), frame), frame)
                self._keep([target], start, frame)
            case ast.If(test=test) | ast.While(test=test):
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
            entered = self.dunder(values, "__enter__", frame, "read") or items(values) or values
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

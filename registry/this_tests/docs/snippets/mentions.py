"""Finds what the body of a test or helper calls and mentions, each resolved to its meaning."""

import ast
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ...source.parsing import child_nodes, last_name
from .bindings import Comprehension, Function, Scope
from .resolution import Resolution
from .usage import EXPECTING
from .values import Class, Free, Helper, Instance, Member, Thing, Value

__all__ = ["Mention", "mentions_in", "operations_in"]

# Functions that call the function that they are given, and its position.
_APPLYING = {
    "map": 0,
    "filter": 0,
    "starmap": 0,
    "reduce": 0,
    "benchmark": 0,
    "submit": 0,
    "run_in_executor": 1,
}
# Functions that look at a class or function without calling it.
_LOOKING = frozenset({"isinstance", "issubclass", "hasattr", "cast", "spec", "signature"})
_PAIRS = (
    ("Add", "add"),
    ("Sub", "sub"),
    ("Mult", "mul"),
    ("Div", "truediv"),
    ("FloorDiv", "floordiv"),
    ("Mod", "mod"),
    ("Pow", "pow"),
    ("MatMult", "matmul"),
    ("BitAnd", "and"),
    ("BitOr", "or"),
    ("BitXor", "xor"),
    ("LShift", "lshift"),
    ("RShift", "rshift"),
)
_OPERATORS = dict(_PAIRS)
_COMPARING = {"Eq": "eq", "NotEq": "ne", "Lt": "lt", "LtE": "le", "Gt": "gt", "GtE": "ge"}
_UNARY = {"USub": "neg", "UAdd": "pos", "Invert": "invert", "Not": "bool"}
_BUILTINS = {
    **{name: name for name in ("len", "repr", "str", "bytes", "hash", "bool", "int", "float", "complex")},
    **{name: name for name in ("iter", "next", "reversed", "abs", "round", "divmod", "pow", "format", "dir")},
    "list": "iter",
    "tuple": "iter",
    "set": "iter",
    "sorted": "iter",
    "bin": "index",
    "copy": "copy",
    "deepcopy": "deepcopy",
}


class Mention(NamedTuple):
    """A call, or another mention, of something in a test.

    Attributes:
        meaning: What it means.
        line: Its line in the file.
        is_call: Whether it is called there.
    """

    meaning: Value
    line: int
    is_call: bool

    @property
    def name(self) -> str:
        """The last part of its name, by which it is looked up; empty for what a test file defines."""
        if isinstance(self.meaning, Thing):
            return self.meaning.path.rpartition(".")[2]
        return self.meaning.name if isinstance(self.meaning, Member | Free) else ""


def mentions_in(body: Sequence[ast.AST], scope: Scope, resolution: Resolution) -> Iterator[Mention]:
    """Yield what the nodes in *body*, whose names are those of *scope*, call and mention, in no order."""
    waiting: list[tuple[ast.AST, Scope, bool]] = [(node, scope, False) for node in body]
    while waiting:
        node, around, is_call = waiting.pop()
        if isinstance(node, ast.Call):
            name = last_name(node.func)
            if name == "this_tests":
                continue
            waiting.append((node.func, around, True))
            waiting.extend((argument, around, called) for argument, called in _arguments(node, name))
        elif isinstance(node, ast.Name | ast.Attribute):
            line = node.end_lineno or 1
            if is_call or isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Store):
                for value in resolution.meanings(node, around):
                    yield from (Mention(value, line, is_call) for value in _used(value, is_call))
            if isinstance(node, ast.Attribute):
                waiting.append((node.value, around, False))
        else:
            waiting.extend(_inside(node, around))


def _used(value: Value, is_call: bool) -> Iterator[Value]:  # noqa: FBT001  # private
    """Yield what is used where *value* is called or mentioned."""
    if isinstance(value, Thing | Member | Free) or (is_call and isinstance(value, Class | Helper)):
        yield value
    elif is_call and isinstance(value, Instance):
        yield Member(value, "__call__")


def _arguments(node: ast.Call, name: str) -> Iterator[tuple[ast.AST, bool]]:
    """Yield the arguments of a call, and whether it calls them in turn."""
    called = 1 if name in EXPECTING else _APPLYING.get(name, -1)
    for index, argument in enumerate(node.args):
        # The expected error is not raised here; a class that is looked at is not called.
        is_looked_at = (name in EXPECTING and index == 0) or name in _LOOKING
        if not is_looked_at or isinstance(argument, ast.Call):
            yield argument, index == called
    for keyword in node.keywords:
        if name not in EXPECTING or keyword.arg not in {"expected_exception", "match"}:
            yield keyword.value, False


def _inside(  # noqa: C901  # a kind of node each
    node: ast.AST, scope: Scope
) -> Iterator[tuple[ast.AST, Scope, bool]]:
    """Yield the nodes in a node, each with its scope, and whether it is called there."""
    if isinstance(node, Function):
        yield from ((decorator, scope, True) for decorator in getattr(node, "decorator_list", ()))
        defaults = (*node.args.defaults, *filter(None, node.args.kw_defaults))
        yield from ((default, scope, False) for default in defaults)
        inner = scope.scope_of(node)
        body = [node.body] if isinstance(node, ast.Lambda) else node.body
        yield from ((statement, inner, False) for statement in body)
    elif isinstance(node, ast.ClassDef):
        yield from ((decorator, scope, True) for decorator in node.decorator_list)
        yield from ((base, scope, False) for base in node.bases if isinstance(base, ast.Call))
        yield from ((keyword.value, scope, False) for keyword in node.keywords)
        inner = scope.scope_of(node)
        yield from ((statement, inner, False) for statement in node.body)
    elif isinstance(node, Comprehension):
        inner = scope.scope_of(node)
        first, *_ = node.generators
        for child in ast.iter_child_nodes(node):
            if child is not first:
                yield child, inner, False
        yield first.iter, scope, False
        yield from ((condition, inner, False) for condition in first.ifs)
    elif isinstance(node, ast.ExceptHandler):
        yield from ((statement, scope, False) for statement in node.body)
    elif isinstance(node, ast.AnnAssign):
        yield node.target, scope, False
        if node.value:
            yield node.value, scope, False
    elif isinstance(node, ast.MatchClass):
        yield from ((pattern, scope, False) for pattern in (*node.patterns, *node.kwd_patterns))
    elif isinstance(node, ast.Import | ast.ImportFrom | ast.Constant):
        return
    else:
        yield from ((child, scope, False) for child in child_nodes(node))


def operations_in(body: Sequence[ast.AST], scope: Scope, resolution: Resolution) -> Iterator[Mention]:
    """Yield the special methods that operators, blocks and builtins call in *body*, in no order."""
    waiting: list[tuple[ast.AST, Scope, bool]] = [(node, scope, False) for node in body]
    while waiting:
        node, around, _ = waiting.pop()
        for operand, name in _operations(node):
            for value in resolution.meanings(operand, around):
                if isinstance(value, Instance):
                    for method in resolution.member(value, f"__{name}__"):
                        yield Mention(method, getattr(node, "lineno", operand.lineno), True)
        waiting.extend(_inside(node, around))


def _operations(  # noqa: C901, PLR0912  # a kind of node each
    node: ast.AST,
) -> Iterator[tuple[ast.expr, str]]:
    """Yield the operands of a node, and the special methods of theirs that it calls."""
    if isinstance(node, ast.With | ast.AsyncWith):
        prefix = "a" if isinstance(node, ast.AsyncWith) else ""
        for item in node.items:
            yield item.context_expr, f"{prefix}enter"
            yield item.context_expr, f"{prefix}exit"
    elif isinstance(node, ast.For | ast.comprehension):
        yield node.iter, "iter"
    elif isinstance(node, ast.AsyncFor):
        yield node.iter, "aiter"
    elif isinstance(node, ast.BinOp):
        name = _OPERATORS[type(node.op).__name__]
        yield node.left, name
        yield node.right, f"r{name}"
    elif isinstance(node, ast.AugAssign):
        name = _OPERATORS[type(node.op).__name__]
        yield node.target, f"i{name}"
        yield node.target, name
    elif isinstance(node, ast.UnaryOp):
        yield node.operand, _UNARY[type(node.op).__name__]
    elif isinstance(node, ast.Compare):
        operands = [node.left, *node.comparators]
        for index, operator in enumerate(node.ops):
            if isinstance(operator, ast.In | ast.NotIn):
                yield operands[index + 1], "contains"
            elif name := _COMPARING.get(type(operator).__name__, ""):
                yield operands[index], name
                yield operands[index + 1], name
    elif isinstance(node, ast.Subscript):
        names = {ast.Load: "getitem", ast.Store: "setitem", ast.Del: "delitem"}
        yield node.value, names[type(node.ctx)]
    elif isinstance(node, ast.Call) and node.args:
        name = last_name(node.func)
        if name in _BUILTINS:
            yield node.args[0], _BUILTINS[name]
        elif name == "getattr":
            yield node.args[0], "getattr"
    elif isinstance(node, ast.Assert | ast.If | ast.While):
        yield node.test, "bool"
    elif isinstance(node, ast.FormattedValue):
        yield node.value, "format"
        yield node.value, "str"
    elif isinstance(node, ast.Starred):
        yield node.value, "iter"
    elif isinstance(node, ast.Await):
        yield node.value, "await"

"""Reads the syntax tree of one function: its decorators, parameters and assignments."""

import ast
from collections.abc import Iterator

from ..source.parsing import dotted, last_name

__all__ = [
    "Definition",
    "accepts",
    "assigned_attributes",
    "call_head",
    "is_accessory",
    "is_marked",
    "is_property",
    "kept_parameters",
    "parameters",
    "passes_only_parameters",
    "positional",
    "sole_returned_call",
]

Definition = ast.FunctionDef | ast.AsyncFunctionDef

_PROPERTIES = frozenset({"property", "cached_property", "getter", "setter", "abstractproperty"})


# Decorators.


def call_head(node: ast.expr) -> ast.expr:
    """Return the callable of a call, and any other expression unchanged: a decorator without arguments."""
    return node.func if isinstance(node, ast.Call) else node


def is_marked(node: Definition, decorator: str) -> bool:
    """Return whether a function has a decorator of this last name."""
    return any(_name(mark) == decorator for mark in node.decorator_list)


def is_property(node: Definition) -> bool:
    """Return whether a function is a property, which is called when the attribute is read."""
    return any(_name(mark) in _PROPERTIES for mark in node.decorator_list)


def is_accessory(node: Definition | ast.ClassDef) -> bool:
    """Return whether another definition of the same name is the one that is meant."""
    # `@overload` comes before it, `@x.setter` after it.
    accessories = ("overload", "setter", "deleter")
    return any(last_name(mark) in accessories for mark in node.decorator_list)


def _name(decorator: ast.expr) -> str:
    return last_name(call_head(decorator))


# Parameters.


def positional(node: Definition) -> list[ast.arg]:
    """Return the parameters that may be given by position."""
    return [*node.args.posonlyargs, *node.args.args]


def parameters(node: Definition) -> list[ast.arg]:
    """Return all parameters, without ``*args`` and ``**kwargs``."""
    return [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]


def accepts(node: Definition, call: ast.Call, *, is_bound: bool) -> bool:
    """Return whether the parameters of a function accept the arguments of a call."""
    names = [parameter.arg for parameter in positional(node)][int(is_bound) :]
    known = {*names, *(parameter.arg for parameter in node.args.kwonlyargs)}
    keywords = {keyword.arg for keyword in call.keywords if keyword.arg}
    needed = set() if _is_open(call) else set(names[: len(names) - len(node.args.defaults)])
    return (
        (node.args.kwarg is not None or keywords <= known)
        and {*names[: len(call.args)], *keywords} >= needed
        and (bool(node.args.vararg) or len(call.args) <= len(names))
    )


def _is_open(call: ast.Call) -> bool:
    """Return whether a call passes arguments that its source does not list: ``*args`` or ``**kwargs``."""
    return any(isinstance(argument, ast.Starred) for argument in call.args) or any(
        not keyword.arg for keyword in call.keywords
    )


# Bodies.


def assigned_attributes(method: Definition, instance: str) -> Iterator[str]:
    """Yield the attributes of *instance* that a method assigns, with repetitions."""
    for node in ast.walk(method):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            for element in target.elts if isinstance(target, ast.Tuple) else [target]:
                if isinstance(element, ast.Attribute) and dotted(element.value) == instance:
                    yield element.attr


def kept_parameters(constructor: Definition, instance: str) -> Iterator[tuple[str, str]]:
    """Yield the attributes of *instance* that hold a parameter unchanged, each with that parameter."""
    for statement in constructor.body:
        plain = statement.targets[0] if isinstance(statement, ast.Assign) else None
        target = plain or getattr(statement, "target", None)
        if isinstance(target, ast.Attribute) and dotted(target.value) == instance:
            yield from ((target.attr, name) for name in _alternatives(getattr(statement, "value", None)))


def _alternatives(value: ast.expr | None) -> list[str]:
    """Return the names whose value an expression may have: of ``size or 1``, and of ``1 if … else size``."""
    match value:
        case ast.BoolOp(values=parts):
            pass
        case ast.IfExp(body=body, orelse=orelse):
            parts = [body, orelse]
        case _:
            parts = [value] if value is not None else []
    return [operand.id for operand in parts if isinstance(operand, ast.Name)]


def sole_returned_call(node: Definition) -> ast.Call | None:
    """Return the call that a function returns and that, beside the docstring, is all of its body."""
    body = [statement for statement in node.body if not _is_docstring(statement)]
    if len(body) == 1 and isinstance(body[0], ast.Return) and isinstance(body[0].value, ast.Call):
        return body[0].value
    return None


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def passes_only_parameters(call: ast.Call, definition: Definition) -> bool:
    """Return whether a call's arguments are nothing but parameters of the function that makes it."""
    names = {node.arg for node in ast.walk(definition) if isinstance(node, ast.arg)}
    arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
    plain = [node.value if isinstance(node, ast.Starred) else node for node in arguments]
    return all(isinstance(node, ast.Name) and node.id in names for node in plain)

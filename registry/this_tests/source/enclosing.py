"""Finds the function or class that stands around a line of a file."""

import ast
from dataclasses import dataclass

from .parsing import parsed, statements

__all__ = ["Enclosing", "enclosing"]


@dataclass(frozen=True)
class Enclosing:
    """A function, or a class.

    Attributes:
        name: Its qualified name. A function inside of another one belongs to the outer one.
        is_class: Whether it is a class.
    """

    name: str
    is_class: bool = False


def enclosing(source: bytes, line: int) -> Enclosing | None:
    """Return what stands around a line, its decorators included; None if that is the module.

    Args:
        line: Counted from 1.

    Raises:
        SyntaxError: *source* is not valid Python.
        ValueError: It has a null character, or an unknown encoding.
    """
    found: list[str] = []
    body: list[ast.stmt] = parsed(source).body
    while True:
        inner = next((node for node in statements(body) if _is_around(node, line)), None)
        match inner:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                return Enclosing(".".join([*found, name]))
            case ast.ClassDef(name=name, body=body):
                found.append(name)
            case _:
                return Enclosing(".".join(found), is_class=True) if found else None


def _is_around(node: ast.stmt, line: int) -> bool:
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return False
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return first <= line <= (node.end_lineno or first)

"""Reads the arguments of a ``this_tests(...)`` call from its source.

``this_tests(SVC.fit)`` names the class; the function object itself does not.
"""

import ast
import inspect
import linecache
import re
from itertools import islice
from types import CodeType, FrameType

import msgspec

from .index import Index
from .introspection import MISSING, attributes, is_class, is_module, peek_str

__all__ = ["NOTHING_WRITTEN", "Argument", "CallSites", "Written"]


class Written(msgspec.Struct, frozen=True):
    """An argument as written, evaluated against the variables of the caller.

    Attributes:
        attribute: The last name in it, as of ``SVC.fit`` or ``fit``.
        container: The object before the last dot, where it can be evaluated without running code.
        path: The container's dotted path as written, where it starts with a module.
        stable: Whether this place in the source always means the same container, as long as the
            module's global *root* is the same object.
        root: The global that the expression starts from.
    """

    attribute: str
    container: object = MISSING
    path: str = ""
    stable: bool = False
    root: object = MISSING
    root_name: str = ""


NOTHING_WRITTEN = Written("")

# Nearly all calls have dotted names only. The parser would take four times as long.
_NAME = r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*"
_CALL_OF_NAMES = re.compile(rf"{_NAME}\(\s*({_NAME}(?:\s*,\s*{_NAME})*)\s*,?\s*\)", re.ASCII)


class Argument(msgspec.Struct, frozen=True):
    """One argument of a call, parsed.

    Attributes:
        chain: The parts of ``a.b.c``; empty for any other expression.
        made: Of ``a.b(…).c``, the parts of ``a.b``.
        last: The last part of either.
    """

    chain: tuple[str, ...] = ()
    made: tuple[str, ...] = ()
    last: str = ""

    def evaluated(self, caller: FrameType, index: Index) -> Written:
        """Return the argument, evaluated against the variables of *caller*."""
        if self.made:
            made, path = _follow(self.made, _root(self.made[0], caller), index)
            # The call to the class names the class of the receiver.
            return Written(self.last, path=path if is_class(made) else "")
        if len(self.chain) <= 1:
            return Written(self.last, stable=True)
        name = self.chain[0]
        root = _root(name, caller)
        container, path = _follow(self.chain[:-1], root, index)
        stable = _is_global(name, caller) and (is_class(container) or is_module(container))
        return Written(self.last, container, path, stable, root, name)


class CallSites:
    """A cache of parsed ``this_tests(...)`` calls: each call is parsed once."""

    def __init__(self) -> None:
        # The code object is kept, so that its id stays its own.
        self._parsed: dict[tuple[int, int], tuple[CodeType, tuple[Argument, ...]]] = {}

    def argument(self, caller: FrameType | None, position: int) -> Argument:
        """Return the argument number *position* of the call that *caller* is executing.

        It is empty where there is no source, or where arguments are starred.
        """
        if caller is None:
            return Argument()
        key = (id(caller.f_code), caller.f_lasti)
        known = self._parsed.get(key)
        if known is None:
            known = self._parsed[key] = (caller.f_code, _arguments(caller))
        arguments = known[1]
        return arguments[position] if position < len(arguments) else Argument()


def _arguments(caller: FrameType) -> tuple[Argument, ...]:
    text = _source(caller)
    plain = _CALL_OF_NAMES.fullmatch(text)
    if plain is not None:
        chains = (tuple(name.strip().split(".")) for name in plain[1].split(","))
        return tuple(Argument(chain=chain, last=chain[-1]) for chain in chains)
    call = _call(text)
    if call is None:
        return ()
    arguments: list[Argument] = []
    for node in call.args:
        if isinstance(node, ast.Starred):
            break
        arguments.append(_argument(node))
    return tuple(arguments)


def _call(text: str) -> ast.Call | None:
    if not text:
        return None
    try:
        node = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return node if isinstance(node, ast.Call) else None


def _source(caller: FrameType) -> str:
    positions = next(islice(caller.f_code.co_positions(), caller.f_lasti // 2, None), (None,) * 4)
    line, end_line, column, end_column = positions
    if line is None or end_line is None or column is None or end_column is None:
        return ""
    lines = linecache.getlines(caller.f_code.co_filename, caller.f_globals)[line - 1 : end_line]
    if len(lines) != end_line - line + 1:
        return ""
    # Columns count bytes of UTF-8. The end is cut first: both may be on one line.
    lines[-1] = lines[-1].encode()[:end_column].decode(errors="replace")
    lines[0] = lines[0].encode()[column:].decode(errors="replace")
    return "".join(lines)


def _argument(node: ast.expr) -> Argument:
    chain = _chain(node)
    if chain:
        return Argument(chain=chain, last=chain[-1])
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Call):
        return Argument(made=_chain(node.value.func), last=node.attr)
    if isinstance(node, ast.Attribute):
        return Argument(last=node.attr)
    return Argument()


def _chain(node: ast.expr) -> tuple[str, ...]:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return (node.id, *reversed(parts)) if isinstance(node, ast.Name) else ()


def _is_global(name: str, caller: FrameType) -> bool:
    code = caller.f_code
    local = name in code.co_varnames or name in code.co_cellvars or name in code.co_freevars
    return bool(code.co_flags & inspect.CO_OPTIMIZED) and not local


def _root(name: str, caller: FrameType) -> object:
    if not _is_global(name, caller):
        # Outside of functions, `f_locals` holds the globals, or what a class body bound so far.
        found = caller.f_locals.get(name, MISSING)
        if found is not MISSING:
            return found
    return caller.f_globals.get(name, MISSING)


def _follow(chain: tuple[str, ...], root: object, index: Index) -> tuple[object, str]:
    """Return the object that *chain* leads to from *root*, and its path if it begins with a module."""
    value = root
    path = peek_str(root, "__name__") if is_module(root) else ""
    for part in chain[1:]:
        value = _step(value, part, index)
        path = f"{path}.{part}" if path else ""
    return value, path or (chain[-1] if is_class(value) else "")


def _step(value: object, part: str, index: Index) -> object:
    if is_class(value) or is_module(value):
        found = index.inside(index.member(value, part))
        return found if is_class(found) or is_module(found) else _undescribed(value, found)
    return attributes(value).get(part, MISSING)


def _undescribed(container: object, found: object) -> object:
    # Attributes of a module are returned as they are; of a class, only those without `__get__`.
    if is_module(container) or not hasattr(type(found), "__get__"):
        return found
    return MISSING

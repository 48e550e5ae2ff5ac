"""Evaluates annotations, also those written as strings."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from ..source.parsing import dotted, last_name
from .evaluator import Evaluator
from .frames import Frame
from .values import (
    NOTHING,
    CallableValue,
    ClassValue,
    CollectionValue,
    ForeignValue,
    TupleValue,
    Values,
    classes_of,
    instances,
    united,
)

__all__ = ["Annotations"]

_TRANSPARENT = frozenset({"Annotated", "Awaitable", "ClassVar", "Coroutine", "Final", "Optional", "Union"})
_ITERABLES = frozenset(
    {
        "AsyncGenerator", "AsyncIterable", "AsyncIterator", "Collection", "Generator", "Iterable",
        "Iterator", "List", "Sequence", "Set", "ValuesView", "deque", "frozenset", "list", "set",
    }
)  # fmt: skip
_MAPPINGS = frozenset({"DefaultDict", "Dict", "Mapping", "MutableMapping", "OrderedDict", "dict"})


@dataclass(eq=False, kw_only=True)
class Annotations:
    """Evaluates annotations."""

    evaluator: Evaluator

    def value(self, node: ast.expr | None, frame: Frame) -> Values:
        """Return an object as an annotation declares it; nothing where it names no class."""
        match node:
            case ast.Constant(value=str() as text):
                return self.value(_parsed(text), frame)
            case ast.BinOp(op=ast.BitOr(), left=left, right=right):
                return united((self.value(left, frame), self.value(right, frame)))
            case ast.Subscript(value=head, slice=inner):
                parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
                return self._generic(head, parts, frame)
            case ast.Name() | ast.Attribute():
                return self._named(node, frame)
        return NOTHING

    def _named(self, node: ast.expr, frame: Frame) -> Values:
        if last_name(node) == "Self" and frame.owner is not None:
            return instances(frozenset({frame.owner}))
        values = self.evaluator.value(node, Frame(frame.module, owner=frame.owner))
        classes = frozenset(value for value in values if isinstance(value, ClassValue))
        return instances(classes) or self._bound_of(node, frame) or _foreign(values)

    def _bound_of(self, node: ast.expr, frame: Frame) -> Values:
        """Return what a type variable may be: its bound, or its constraints."""
        for binding in frame.module.bindings.get(dotted(node), ()):
            if isinstance(binding, ast.Call) and last_name(binding.func) == "TypeVar":
                bounds = [keyword.value for keyword in binding.keywords if keyword.arg == "bound"]
                return self._united((*binding.args[1:], *bounds), frame)
        return NOTHING

    def _generic(  # noqa: PLR0911  # each kind of type has its own
        self, head: ast.expr, parts: Sequence[ast.expr], frame: Frame
    ) -> Values:
        name = last_name(head)
        if name in ("Tuple", "tuple"):
            return self._tuple(parts, frame)
        if not parts:  # `List[()]` is no type, but it is an expression.
            return self._named(head, frame)
        if name in _TRANSPARENT:
            return self._united(parts, frame)
        if name == "Callable":
            return frozenset({CallableValue(self.value(parts[-1], frame))})
        if name in _ITERABLES:
            return frozenset({CollectionValue(self.value(parts[0], frame))})
        if name in _MAPPINGS:
            return frozenset({CollectionValue(self.value(parts[-1], frame))})
        is_class = name in ("Type", "type")
        return classes_of(self._united(parts, frame)) if is_class else self._named(head, frame)

    def _tuple(self, parts: Sequence[ast.expr], frame: Frame) -> Values:
        if parts and isinstance(parts[-1], ast.Constant) and parts[-1].value is ...:
            return frozenset({CollectionValue(self.value(parts[0], frame))})
        return frozenset({TupleValue(tuple(self.value(part, frame) for part in parts))})

    def _united(self, parts: Sequence[ast.expr], frame: Frame) -> Values:
        return united(self.value(part, frame) for part in parts)


def _foreign(values: Values) -> Values:
    return frozenset(value for value in values if isinstance(value, ForeignValue) and _is_class(value.name))


def _is_class(foreign: str) -> bool:
    return "." in foreign and foreign.rpartition(".")[2] not in ("Any", "Final")


def _parsed(text: str) -> ast.expr | None:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None

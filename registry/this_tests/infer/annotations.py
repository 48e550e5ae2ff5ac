"""What annotations promise."""

import ast
from collections.abc import Callable, Sequence

from ..source.scopes import dotted
from .lookup import Frame, Lookup, instances, united
from .values import NOTHING, Class, Foreign, Gives, Many, Row, Values

__all__ = ["Annotations"]

_SAME = frozenset({"Annotated", "Awaitable", "ClassVar", "Coroutine", "Final", "Optional", "Union"})
_ITEMS = frozenset(
    {
        "AsyncGenerator", "AsyncIterable", "AsyncIterator", "Collection", "Generator", "Iterable",
        "Iterator", "List", "Sequence", "Set", "ValuesView", "deque", "frozenset", "list", "set",
    }
)  # fmt: skip
_BY_KEY = frozenset({"DefaultDict", "Dict", "Mapping", "MutableMapping", "OrderedDict", "dict"})


class Annotations(Lookup):
    """Reads annotations, those written as strings too."""

    def annotated(self, node: ast.expr | None, frame: Frame) -> Values:
        """Return what an annotation promises; nothing where that is nobody's class."""
        match node:
            case ast.Constant(value=str() as text):
                return self.annotated(_parsed(text), frame)
            case ast.BinOp(op=ast.BitOr(), left=left, right=right):
                return united((self.annotated(left, frame), self.annotated(right, frame)))
            case ast.Subscript(value=head, slice=inner):
                parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
                return self._generic(head, parts, frame)
            case ast.Name() | ast.Attribute():
                return self._named(node, frame)
        return NOTHING

    def _named(self, node: ast.expr, frame: Frame) -> Values:
        if dotted(node).rpartition(".")[2] == "Self" and frame.owner is not None:
            return instances(frozenset({frame.owner}))
        found = self.value(node, Frame(frame.module, owner=frame.owner))
        classes = frozenset(each for each in found if isinstance(each, Class))
        return instances(classes) or self._bound_of(node, frame) or _foreign(found)

    def _bound_of(self, node: ast.expr, frame: Frame) -> Values:
        """Return what a type variable stands for: its bound, or its constraints."""
        for each in frame.module.bindings.get(dotted(node), ()):
            if isinstance(each, ast.Call) and dotted(each.func).rpartition(".")[2] == "TypeVar":
                bounds = [one.value for one in each.keywords if one.arg == "bound"]
                return united(self.annotated(one, frame) for one in (*each.args[1:], *bounds))
        return NOTHING

    def _generic(  # noqa: PLR0911  # each form has its own
        self, head: ast.expr, parts: Sequence[ast.expr], frame: Frame
    ) -> Values:
        name = dotted(head).rpartition(".")[2]
        inner: Callable[[ast.expr], Values] = lambda each: self.annotated(each, frame)  # noqa: E731  # a partial
        if name in _SAME:
            return united(map(inner, parts))
        if name == "Callable":
            return frozenset({Gives(inner(parts[-1]))})
        if name in _ITEMS:
            return frozenset({Many(inner(parts[0]))})
        if name in _BY_KEY:
            return frozenset({Many(inner(parts[-1]))})
        if name in ("Tuple", "tuple"):
            if parts and isinstance(parts[-1], ast.Constant) and parts[-1].value is ...:
                return frozenset({Many(inner(parts[0]))})
            return frozenset({Row(tuple(map(inner, parts)))})
        if name in ("Type", "type"):
            return frozenset(each.of for each in united(map(inner, parts)) if hasattr(each, "of"))
        return self._named(head, frame)


def _foreign(values: Values) -> Values:
    return frozenset(
        each for each in values if isinstance(each, Foreign) and "." in each.name and not _is_any(each.name)
    )


def _is_any(name: str) -> bool:
    return name.rpartition(".")[2] in ("Any", "Final")


def _parsed(text: str) -> ast.expr | None:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return None

"""Finds the helpers in test files that call a callable, directly or through other helpers."""

import ast
from collections.abc import Iterable, Iterator, Sequence

from .bindings import Scope
from .matching import Wanted
from .mentions import Mention, mentions_in, operations_in
from .resolution import Resolution
from .values import Class, Helper, Value

__all__ = ["Helpers", "is_call"]


class Helpers:
    """The functions of test files that are no tests, each read once."""

    def __init__(self, resolution: Resolution) -> None:
        self.resolution = resolution
        self._mentions: dict[Scope, Sequence[Mention]] = {}

    def lead_to(self, wanted: Wanted, start: Value) -> bool:
        """Return whether a call of *start*, a function or class of a test file, calls the callable."""
        waiting = list(self._scopes(start))
        seen = set(waiting)
        while waiting:
            mentions = self._mentions_of(waiting.pop())
            if any(is_call(mention, wanted, self.resolution) for mention in mentions):
                return True
            more = {scope for mention in mentions for scope in self._scopes(mention.meaning)} - seen
            seen |= more
            waiting.extend(more)
        return False

    def _scopes(self, value: Value) -> Iterator[Scope]:
        if isinstance(value, Helper):
            yield value.scope
        elif isinstance(value, Class):
            for inner in self.resolution.member(value, "__init__"):
                if isinstance(inner, Helper):
                    yield inner.scope

    def _mentions_of(self, scope: Scope) -> Sequence[Mention]:
        if scope not in self._mentions:
            node = scope.node
            body: Iterable[ast.AST] = (
                node.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else ()
            )
            statements = list(body)
            calls = [
                mention for mention in mentions_in(statements, scope, self.resolution) if mention.is_call
            ]
            self._mentions[scope] = [*calls, *operations_in(statements, scope, self.resolution)]
        return self._mentions[scope]


def is_call(mention: Mention, wanted: Wanted, resolution: Resolution) -> bool:
    """Return whether a mention is a call of the callable."""
    may_be = not mention.name or mention.name in wanted.lasts
    return mention.is_call and may_be and wanted.is_meant(mention.meaning, resolution)

"""Evaluates calls of built-in functions and of other libraries: pytest, copy, pickle, typing and so on."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from ..source.parsing import dotted
from .annotations import Annotations
from .class_members import ClassMembers
from .frames import Frame, FrameState
from .function_calls import FunctionCalls
from .lookup import Lookup
from .special_methods import SpecialMethods
from .usage import Role
from .values import (
    NOTHING,
    ClassValue,
    CollectionValue,
    ForeignValue,
    InstanceValue,
    TupleValue,
    Values,
    classes_of,
    in_order,
    instances,
    items,
    texts_of,
    united,
)

__all__ = ["ForeignCalls", "takes_callable"]

# These return their argument, a copy of it, or a similar object.
_TRANSPARENT = frozenset(
    {
        "contextlib.closing",
        "copy",
        "copy.copy",
        "copy.deepcopy",
        "importlib.reload",
        "pickle.dumps",
        "pickle.loads",
    }
)
_ITERATING = frozenset(
    {"list", "tuple", "set", "sorted", "frozenset", "iter", "reversed", "next", "sum", "any"}
)
_SPECIAL_METHODS = {
    "len": "__len__", "str": "__str__", "repr": "__repr__", "hash": "__hash__", "bool": "__bool__",
    "int": "__int__", "float": "__float__", "abs": "__abs__", "bytes": "__bytes__", "dir": "__dir__",
    "format": "__format__", "iter": "__iter__", "list": "__iter__", "next": "__next__", "round": "__round__",
    "copy.copy": "__copy__", "copy.deepcopy": "__deepcopy__", "pickle.dumps": "__getstate__",
    "pickle.loads": "__setstate__",
}  # fmt: skip
# These call the function passed to them, and catch what it raises.
_CATCHING = frozenset(
    {"raises", "assertRaises", "assertRaisesRegex", "warns", "assertWarns", "deprecated_call"}
)
_EXCEPTION_INFO = ClassValue("pytest", "ExceptionInfo")


def takes_callable(name: str) -> bool:
    """Return whether a function calls the callable passed to it, as ``pytest.raises`` does."""
    return name.rpartition(".")[2] in _CATCHING


@dataclass(eq=False, kw_only=True)
class ForeignCalls:
    """Evaluates calls of functions that are neither the library's nor the tests'."""

    annotations: Annotations
    lookup: Lookup
    classes: ClassMembers
    special_methods: SpecialMethods
    functions: FunctionCalls
    state: FrameState

    def call(self, name: str, node: ast.Call, frame: Frame, arguments: Sequence[Values]) -> Values:
        """Return what a call of the function with this dotted name returns."""
        first = arguments[0] if arguments else NOTHING
        returned = self._special_method(name, node, first, frame)
        found = self._known(name, node, frame, arguments)
        if found is not None:
            return found
        if name in _TRANSPARENT or name.endswith("partial"):
            return first
        return _iterated(name, arguments, items(first) or items(returned)) or _instance(name)

    def _special_method(self, name: str, node: ast.Call, first: Values, frame: Frame) -> Values:
        """Return the result of the special method that a built-in function calls: ``len`` and ``__len__``."""
        if name not in _SPECIAL_METHODS:
            return NOTHING
        # Printing a caught error only reads it.
        is_caught = bool(node.args) and self._is_caught(node.args[0], frame)
        roles: tuple[Role, ...] = ("read",) if is_caught else ()
        return self.special_methods.call(first, _SPECIAL_METHODS[name], frame, *roles)

    def _known(self, name: str, node: ast.Call, frame: Frame, arguments: Sequence[Values]) -> Values | None:
        """Return the result of a function with rules of its own, or None for any other."""
        first = arguments[0] if arguments else NOTHING
        second = arguments[1] if len(arguments) > 1 else NOTHING
        match name.rpartition(".")[2]:
            case "getattr" if name == "getattr" and len(node.args) > 1:
                texts = texts_of(in_order(second))
                return united(
                    self.lookup.attribute(value, text, frame) for value in in_order(first) for text in texts
                )
            case "super" if name == "super":
                return self._super(frame)
            case "type" if name == "type":
                return classes_of(first)
            case last if last in _CATCHING:
                return self._caught(first)
            case "cast" if len(node.args) > 1:
                return self.annotations.value(node.args[0], frame) or second
            case "isinstance" if name == "isinstance" and len(arguments) > 1:
                self._narrow(node.args[0], second, frame)
            case "reload" if name == "importlib.reload":
                self.functions.load(first, frame)
        return None

    def _narrow(self, node: ast.expr, classes: Values, frame: Frame) -> None:
        """Treat a variable of unknown value as an instance of the class that an assert checks."""
        if frame.is_asserting and isinstance(node, ast.Name) and not self.lookup.name(node.id, frame):
            frame.names[node.id] = instances(classes)

    def _is_caught(self, node: ast.expr, frame: Frame) -> bool:
        holder = dotted(node).rpartition(".")[0]
        return bool(holder) and InstanceValue(_EXCEPTION_INFO) in self.lookup.name(holder, frame)

    def _caught(self, errors: Values) -> Values:
        """Return the result of ``raises``: an object with the error that it caught."""
        for attribute in ("value", "exception"):
            self.state.stored[_EXCEPTION_INFO, attribute] = instances(errors | items(errors))
        return frozenset({InstanceValue(_EXCEPTION_INFO)})

    def _super(self, frame: Frame) -> Values:
        following = self.classes.mro(frame.owner)[1:2] if frame.owner is not None else ()
        return frozenset(InstanceValue(cls) for cls in following)


def _instance(name: str) -> Values:
    """Return an instance of another library's class, so that its methods are not taken for the library's."""
    is_class = "." in name and name.rpartition(".")[2][:1].isupper()
    return frozenset({ForeignValue(f"{name}()")}) if is_class else NOTHING


def _iterated(name: str, arguments: Sequence[Values], inner: Values) -> Values:
    """Return the result of a built-in function that iterates over its arguments."""
    if name in _ITERATING:
        return inner if name == "next" else frozenset({CollectionValue(inner)})
    if name in ("zip", "enumerate"):
        columns = [NOTHING, inner] if name == "enumerate" else [items(argument) for argument in arguments]
        return frozenset({CollectionValue(frozenset({TupleValue(tuple(columns))}))})
    return NOTHING

"""Follows calls of classes: what their constructors use, and which arguments they store."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from .class_members import ClassMembers
from .definitions import kept_parameters, positional
from .frames import Frame, FrameState
from .function_calls import FunctionCalls
from .library_modules import LibraryModules
from .modules import SourceTree
from .use_recorder import UseRecorder
from .values import NOTHING, ClassValue, FunctionValue, InstanceValue, Values, items

__all__ = ["Constructors"]


@dataclass(eq=False, kw_only=True)
class Constructors:
    """Follows calls of classes."""

    tree: SourceTree
    library: LibraryModules
    classes: ClassMembers
    functions: FunctionCalls
    recorder: UseRecorder
    state: FrameState

    def call(self, cls: ClassValue, node: ast.Call, frame: Frame, arguments: Sequence[Values]) -> Values:
        """Return the instance that a call of a class makes."""
        method = self.classes.method(cls, "__init__") or self.classes.method(cls, "__new__")
        made_by = method or FunctionValue(cls.module, f"{cls.name}.__init__", cls, bound=True)
        self.recorder.record(made_by, frame)
        if method is not None and frame.trace is not None:
            if cls.module in self.library:
                self._keep_arguments(cls, method, node, arguments)
            if method.module not in self.library:
                self.functions.call(method, node, frame, arguments)
        return frozenset({InstanceValue(cls)})

    def _keep_arguments(
        self, cls: ClassValue, method: FunctionValue, node: ast.Call, arguments: Sequence[Values]
    ) -> None:
        """Record the arguments that a constructor stores as attributes."""
        constructor = self.tree.function_node(method.module, method.name)
        if constructor is None or any(isinstance(argument, ast.Starred) for argument in node.args):
            return
        names = [parameter.arg for parameter in positional(constructor)]
        keywords = [keyword.arg or "" for keyword in node.keywords]
        given = dict(zip((*names[1 : len(node.args) + 1], *keywords), arguments, strict=False))
        for attribute, name in kept_parameters(constructor, names[0] if names else ""):
            if _is_known(given.get(name, NOTHING)) and not self.classes.method(cls, attribute):
                known = self.state.kept.get((cls, attribute), NOTHING)
                self.state.kept[cls, attribute] = known | given[name]


def _is_known(values: Values) -> bool:
    """Return whether the class of something is known; that of the items of an empty list is not."""
    kinds = (ClassValue, FunctionValue, InstanceValue)
    return any(isinstance(value, kinds) for value in values | items(values))

"""Looks up the names that modules bind, through imports, re-exports and assignments."""

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ..source.scopes import Imported
from .annotations import Annotations
from .evaluator import Evaluator
from .frames import Frame
from .modules import Binding, ParsedModule, SourceTree
from .values import (
    NOTHING,
    ClassValue,
    ForeignValue,
    FunctionValue,
    ModuleValue,
    Value,
    Values,
    in_order,
    united,
)

__all__ = ["ModuleNames"]


@dataclass(eq=False, kw_only=True)
class ModuleNames:
    """Looks up names in modules.

    Args:
        class_attribute: Returns what a class has under a name, for paths that lead through classes.
    """

    tree: SourceTree
    annotations: Annotations
    evaluator: Evaluator
    class_attribute: Callable[[ClassValue, str], Values]
    _globals: dict[tuple[str, str], Values] = field(default_factory=dict, init=False)

    def path(self, path: str) -> Values:
        """Return the values at an absolute dotted path."""
        parts = path.split(".")
        for length in range(len(parts), 0, -1):
            head = ".".join(parts[:length])
            if self.tree.module(head) is not None:
                return self._through(frozenset({ModuleValue(head)}), parts[length:])
        is_folder = self.tree.is_folder(path)
        return frozenset({ModuleValue(path)}) if is_folder else frozenset({ForeignValue(path)})

    def _through(self, values: Values, parts: Iterable[str]) -> Values:
        for name in parts:
            values = united(self.attribute(value, name) for value in in_order(values))
        return values

    def attribute(self, value: Value, name: str) -> Values:
        """Return an attribute of a module or a class; of other values, nothing."""
        if isinstance(value, ModuleValue):
            return self.of_module(value.name, name)
        return self.class_attribute(value, name) if isinstance(value, ClassValue) else NOTHING

    def of_module(self, module: str, name: str) -> Values:
        """Return what *name* is bound to in a module."""
        key = (module, name)
        if key not in self._globals:
            self._globals[key] = NOTHING  # Import cycles end here.
            self._globals[key] = self._global(module, name)
        return self._globals[key]

    def _global(self, module: str, name: str) -> Values:
        source = self.tree.module(module)
        if source is None:
            return self.path(f"{module}.{name}")
        return self._bound_in(source, name) or self._submodule(source, name) or self._starred(source, name)

    def _bound_in(self, source: ParsedModule, name: str) -> Values:
        frame = Frame(source)
        return united(self.bound(binding, name, frame) for binding in source.bindings.get(name, ()))

    def _submodule(self, source: ParsedModule, name: str) -> Values:
        path = f"{source.name}.{name}"
        is_there = source.is_package and self.tree.module(path) is not None
        return frozenset({ModuleValue(path)}) if is_there else NOTHING

    def _starred(self, source: ParsedModule, name: str) -> Values:
        return united(self.of_module(star, name) for star in source.stars if self.tree.module(star))

    def bound(self, binding: Binding, name: str, frame: Frame, scope: str = "") -> Values:
        """Return the values of a binding of *name*.

        Args:
            scope: The prefix of the name in its qualified name: ``"Class."``.
        """
        match binding:
            case Imported(module=module, attribute=attribute):
                return self._imported(module, attribute)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return frozenset({FunctionValue(frame.module.name, scope + name)})
            case ast.ClassDef():
                return frozenset({ClassValue(frame.module.name, scope + name)})
            case ast.AnnAssign(annotation=annotation, value=value):
                values = NOTHING if value is None else self.evaluator.value(value, frame)
                return values or self.annotations.value(annotation, frame)
            case ast.expr():
                return self.evaluator.value(binding, frame)
        return NOTHING

    def _imported(self, module: str, attribute: str) -> Values:
        if not attribute:
            return self.path(module)
        if self.tree.module(module) is None and not self.tree.is_folder(module):
            return frozenset({ForeignValue(f"{module}.{attribute}")})
        return self.of_module(module, attribute)

"""Looks up names in frames, and attributes of values."""

import builtins
from collections.abc import Sequence
from dataclasses import dataclass

from .class_members import ClassMembers
from .frames import Frame
from .functions import FunctionResults
from .library_index import LibraryIndex
from .library_modules import LibraryModules
from .module_names import ModuleNames
from .use_recorder import UseRecorder
from .values import (
    NOTHING,
    ClassValue,
    ForeignValue,
    FunctionValue,
    InstanceValue,
    Value,
    Values,
    in_order,
    united,
)

__all__ = ["Lookup"]


@dataclass(eq=False, kw_only=True)
class Lookup:
    """Looks up names and attributes."""

    library: LibraryModules
    index: LibraryIndex
    modules: ModuleNames
    classes: ClassMembers
    functions: FunctionResults
    recorder: UseRecorder

    def name(self, name: str, frame: Frame) -> Values:
        """Return the values of a bare name."""
        local = frame.variable(name)
        if local is not None:
            return local
        if frame.trace is None and frame.owner is not None and self.classes.binds(frame.owner, name):
            return self.classes.of_class(frame.owner, name)
        values = self.modules.of_module(frame.module.name, name)
        return values or (frozenset({ForeignValue(name)}) if hasattr(builtins, name) else NOTHING)

    def attribute(self, value: Value, name: str, frame: Frame) -> Values:
        """Return the values of an attribute of *value*."""
        if isinstance(value, InstanceValue):
            if name == "__class__":
                return frozenset({value.of})
            return self.classes.of_instance(value.of, name, frame)
        if isinstance(value, ClassValue):
            return self.classes.stored(value, name) or self.classes.of_class(value, name)
        if isinstance(value, ForeignValue):
            return frozenset({ForeignValue(f"{value.name}.{name}")})
        return self.modules.attribute(value, name)

    def attribute_of_any(self, owners: Values, name: str, frame: Frame) -> Values:
        """Return the values of an attribute of any of several values; guess if none is known."""
        values = united(self.attribute(owner, name, frame) for owner in in_order(owners))
        return values or self._by_getattr(owners, name, frame) or self._guessed(owners, name)

    def _by_getattr(self, owners: Values, name: str, frame: Frame) -> Values:
        """Return what ``__getattr__`` returns for a name that no class has."""
        classes = [owner.of for owner in in_order(owners) if isinstance(owner, InstanceValue)]
        if name.startswith("__") or any(self.classes.has_attribute(cls, name) for cls in classes):
            return NOTHING
        found = (self.classes.method(cls, "__getattr__") for cls in classes)
        methods = list(dict.fromkeys(filter(None, found)))
        for method in methods:
            self.recorder.record(method, frame, "read")
        return united(self.functions.result_for_name(method, name) for method in methods)

    def _guessed(self, owners: Values, name: str) -> Values:
        """Return the only method of the library with this name, where no known object has it."""
        is_known = any(not self.library.defines(owner) or self._has(owner, name) for owner in owners)
        return NOTHING if is_known else self._sole_method(name)

    def _has(self, value: Value, name: str) -> bool:
        return not isinstance(value, InstanceValue) or self.classes.has_attribute(value.of, name)

    def _sole_method(self, name: str) -> Values:
        owner = self.index.sole_owner(name)
        method = self.classes.method(owner, name) if owner else None
        if method is None:
            return NOTHING
        return frozenset({FunctionValue(method.module, method.name, method.receiver, bound=True)})

    def narrowed(self, value: Value, test_class: ClassValue) -> Value:
        """Return an instance as of the subclass that a test class is called by: ``TestThing``."""
        if isinstance(value, InstanceValue):
            path = f"{value.of.module}.{test_class.name.removeprefix('Test')}"
            for cls in in_order(self.modules.path(path)):
                if isinstance(cls, ClassValue) and value.of in self.classes.mro(cls):
                    return InstanceValue(cls)
        return value

    def commands(self, texts: Sequence[str]) -> Sequence[FunctionValue]:
        """Return the functions of the last command that *texts*, the words of a command line, name."""
        named = [functions for text in texts if (functions := self.index.commands(text, texts))]
        return named[-1] if named else ()

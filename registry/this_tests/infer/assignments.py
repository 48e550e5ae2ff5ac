"""Binds the targets of assignments, loops and ``with`` statements to values."""

import ast
from dataclasses import dataclass

from .class_members import ClassMembers
from .evaluator import Evaluator
from .frames import Frame, FrameState
from .library_modules import LibraryModules
from .lookup import Lookup
from .special_methods import SpecialMethods
from .use_recorder import UseRecorder
from .values import ClassValue, CollectionValue, InstanceValue, Value, Values, in_order, part, united

__all__ = ["Assignments"]


@dataclass(eq=False, kw_only=True)
class Assignments:
    """Binds targets to values."""

    library: LibraryModules
    lookup: Lookup
    classes: ClassMembers
    special_methods: SpecialMethods
    recorder: UseRecorder
    state: FrameState
    evaluator: Evaluator

    def bind(self, target: ast.expr, values: Values, frame: Frame) -> None:
        """Bind the target of an assignment to *values*."""
        match target:
            case ast.Name(id=name):
                frame.names[name] = values
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                for index, element in enumerate(elements):
                    self.bind(element, united(part(value, index) for value in values), frame)
            case ast.Starred(value=inner):
                self.bind(inner, frozenset({CollectionValue(values)}), frame)
            case ast.Attribute(value=owner, attr=name):
                for value in in_order(self.evaluator.value(owner, frame)):
                    self._store(value, name, values, frame)
            case ast.Subscript(value=owner):
                owners = self.evaluator.value(owner, frame)
                self.special_methods.call(owners, "__setitem__", frame, "act")

    def _store(self, owner: Value, name: str, values: Values, frame: Frame) -> None:
        cls = owner.of if isinstance(owner, InstanceValue) else owner
        if not isinstance(cls, ClassValue):
            return
        setter = self.classes.method(cls, name) if isinstance(owner, InstanceValue) else None
        setter = setter or self.classes.method(cls, "__setattr__")
        if setter is not None and setter.module in self.library:
            self.recorder.record(setter, frame, "act")
        elif frame.trace is not None and cls.module not in self.library:
            narrowed = frozenset(self.lookup.narrowed(value, cls) for value in values)
            self.state.stored[cls, name] = narrowed
        elif values and not self.classes.has_attribute(cls, name):
            self.state.noted[cls, name] = values

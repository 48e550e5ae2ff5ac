"""Evaluates special methods, which syntax and built-in functions call."""

from dataclasses import dataclass

from .class_members import ClassMembers
from .frames import Frame
from .functions import FunctionResults
from .usage import Role
from .use_recorder import UseRecorder
from .values import InstanceValue, Values, in_order, items, united

__all__ = ["SpecialMethods"]


@dataclass(eq=False, kw_only=True)
class SpecialMethods:
    """Evaluates special methods and records their use."""

    classes: ClassMembers
    functions: FunctionResults
    recorder: UseRecorder

    def call(self, values: Values, name: str, frame: Frame, *roles: Role) -> Values:
        """Return what a special method of *values* returns, where their classes have it."""
        results = []
        for value in in_order(values):
            method = self.classes.method(value.of, name) if isinstance(value, InstanceValue) else None
            if method is not None:
                self.recorder.record(method, frame, *roles)
                results.append(self.functions.result(method))
        return united(results)

    def has(self, values: Values, name: str) -> bool:
        """Return whether the class of any of *values* has a special method."""
        return any(
            isinstance(value, InstanceValue) and self.classes.method(value.of, name) for value in values
        )

    def iterated(self, values: Values, frame: Frame, *, is_async: bool = False) -> Values:
        """Return the items that iterating over *values* gives."""
        start, step = ("__aiter__", "__anext__") if is_async else ("__iter__", "__next__")
        if found := items(values):
            return found
        iterator = self.call(values, start, frame, "read")
        return items(iterator) or self.call(iterator, step, frame, "read")

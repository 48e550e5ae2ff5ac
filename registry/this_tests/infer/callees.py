"""Finds the functions of the library that a function's own body calls, and the one that it delegates to."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from .definitions import is_property, passes_only_parameters, sole_returned_call
from .evaluator import Evaluator
from .frames import Frame
from .functions import FunctionBodies, FunctionResults
from .library_modules import LibraryModules
from .modules import SourceTree
from .usage import Trace
from .values import FunctionValue

__all__ = ["CalleeFinder"]


@dataclass(eq=False, kw_only=True)
class CalleeFinder:
    """Finds what functions call."""

    tree: SourceTree
    library: LibraryModules
    functions: FunctionResults
    bodies: FunctionBodies
    evaluator: Evaluator
    _callees: dict[FunctionValue, Sequence[FunctionValue]] = field(default_factory=dict, init=False)

    def of(self, function: FunctionValue) -> Sequence[FunctionValue]:
        """Return the functions of the library that a function's own body calls, without properties."""
        if function not in self._callees:
            self._callees[function] = ()  # Recursion ends here.
            used = {use.path: use for use in self._used(function)}
            self._callees[function] = tuple(use for use in used.values() if not self._is_property(use))
        return self._callees[function]

    def _used(self, function: FunctionValue) -> list[FunctionValue]:
        defined = self.tree.defined(function)
        if defined is None:
            return []
        module, node = defined
        trace = Trace()
        frame = Frame(module, owner=function.owner, trace=trace)
        frame.names.update(self.bodies.parameters(node, function, frame))
        self.bodies.walk(node.body, frame)
        return [use.function for use in trace.uses]

    def _is_property(self, function: FunctionValue) -> bool:
        node = self.tree.function_node(function.module, function.name)
        return node is not None and is_property(node)

    def delegate(self, function: FunctionValue) -> FunctionValue | None:
        """Return the private function that *function* delegates to."""
        return self._namesake(function) or self._forwards_to(function)

    def _namesake(self, function: FunctionValue) -> FunctionValue | None:
        """Return the ``_run`` that ``run`` calls, looked up in the class that ``run`` was taken from."""
        name = f"_{function.last}"
        return next((callee for callee in self.of(function) if callee.last == name), None)

    def _forwards_to(self, function: FunctionValue) -> FunctionValue | None:
        """Return the private function that *function* only passes its parameters to."""
        node = self.tree.function_node(function.module, function.name)
        call = sole_returned_call(node) if node else None
        if node is None or call is None:
            return None
        frame = self.functions.walked(function)
        if frame is None or not passes_only_parameters(call, node):
            return None
        values = self.evaluator.value(call.func, frame)
        called = [value for value in values if isinstance(value, FunctionValue)]
        ours = [callee for callee in called if callee.module in self.library]
        return ours[0] if len(ours) == 1 and ours[0].last.startswith("_") else None

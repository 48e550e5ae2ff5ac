"""Evaluates what functions return: by their annotations, else by walking through their bodies."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ..source.parsing import dotted
from .annotations import Annotations
from .definitions import Definition, is_marked, parameters, positional
from .evaluator import Evaluator
from .frames import Frame
from .modules import SourceTree
from .values import NOTHING, CollectionValue, FunctionValue, InstanceValue, TextValue, Values, united

__all__ = ["FunctionBodies", "FunctionResults", "result_of"]

# How deep calls are followed: of the library's functions without annotations, and of tests' helpers.
_DEEPEST = 6


@dataclass(eq=False, kw_only=True)
class FunctionBodies:
    """Walks through the bodies of functions, no deeper than some calls."""

    annotations: Annotations
    evaluator: Evaluator
    _depth: int = field(default=0, init=False)

    @property
    def is_deepest(self) -> bool:
        """Whether no more calls are followed."""
        return self._depth >= _DEEPEST

    def walk(self, body: Sequence[ast.stmt], frame: Frame) -> None:
        """Walk through a body, one call deeper."""
        self._depth += 1
        try:
            self.evaluator.run(body, frame)
        finally:
            self._depth -= 1

    def parameters(
        self, node: Definition, function: FunctionValue, frame: Frame
    ) -> Iterator[tuple[str, Values]]:
        """Yield the values of parameters without any argument; if a name is repeated, the later counts."""
        every = parameters(node)
        for parameter in every:
            yield parameter.arg, self.annotations.value(parameter.annotation, frame)
        for parameter, default in zip(reversed(positional(node)), reversed(node.args.defaults), strict=False):
            if parameter.annotation is None:
                yield parameter.arg, self.evaluator.value(default, Frame(frame.module))
        if function.receiver is not None and every and not is_marked(node, "staticmethod"):
            takes_class = is_marked(node, "classmethod") or node.name == "__new__"
            receiver = function.receiver if takes_class else InstanceValue(function.receiver)
            yield every[0].arg, frozenset({receiver})


@dataclass(eq=False, kw_only=True)
class FunctionResults:
    """Evaluates what functions return and assign, for any arguments; each once."""

    tree: SourceTree
    annotations: Annotations
    bodies: FunctionBodies
    evaluator: Evaluator
    _results: dict[FunctionValue, Values] = field(default_factory=dict, init=False)
    _results_by_name: dict[tuple[FunctionValue, str], Values] = field(default_factory=dict, init=False)
    _frames: dict[FunctionValue, Frame | None] = field(default_factory=dict, init=False)

    def result(self, function: FunctionValue) -> Values:
        """Return what a function returns, by its annotation, else by its body."""
        if function not in self._results:
            self._results[function] = NOTHING  # Recursion ends here.
            self._results[function] = self._evaluated(function)
        return self._results[function]

    def _evaluated(self, function: FunctionValue) -> Values:
        defined = self.tree.defined(function)
        if defined is None:
            return NOTHING
        module, node = defined
        declared = self.annotations.value(node.returns, Frame(module, owner=function.receiver))
        if declared:
            return declared
        frame = self.walked(function)
        return NOTHING if frame is None else result_of(node, frame)

    def result_for_name(self, function: FunctionValue, name: str) -> Values:
        """Return what a ``__getattr__`` returns for a name."""
        key = (function, name)
        if key not in self._results_by_name:
            self._results_by_name[key] = NOTHING  # Recursion ends here.
            self._results_by_name[key] = self._evaluated_for_name(function, name)
        return self._results_by_name[key]

    def _evaluated_for_name(self, function: FunctionValue, name: str) -> Values:
        defined = self.tree.defined(function)
        if defined is None or self.bodies.is_deepest:
            return NOTHING
        module, node = defined
        frame = Frame(module, owner=function.owner)
        if declared := self.annotations.value(node.returns, frame):
            return declared
        frame.names.update(self.bodies.parameters(node, function, frame))
        frame.names.update({parameter.arg: frozenset({TextValue(name)}) for parameter in node.args.args[1:2]})
        self.bodies.walk(node.body, frame)
        return frame.returned

    def walked(self, function: FunctionValue) -> Frame | None:
        """Return the frame of a function after a walk through its body, or None where that is too deep."""
        if function not in self._frames:
            self._frames[function] = None
            defined = self.tree.defined(function)
            if defined is not None and not self.bodies.is_deepest:
                module, node = defined
                frame = Frame(module, owner=function.owner)
                frame.names.update(self.bodies.parameters(node, function, frame))
                self._frames[function] = frame
                self.bodies.walk(node.body, frame)
        return self._frames[function]

    def assigned_by(self, method: FunctionValue, attribute: str) -> Values:
        """Return what a method assigns to an attribute of its instance."""
        node = self.tree.function_node(method.module, method.name)
        frame = self.walked(method)
        if node is None or frame is None or not node.args.args:
            return NOTHING
        instance = node.args.args[0].arg
        return united(self._assignments(node, f"{instance}.{attribute}", frame))

    def _assignments(self, definition: Definition, target: str, frame: Frame) -> Iterator[Values]:
        for node in ast.walk(definition):
            if isinstance(node, ast.AnnAssign) and dotted(node.target) == target:
                declared = self.annotations.value(node.annotation, frame)
                yield declared or (self.evaluator.value(node.value, frame) if node.value else NOTHING)
            elif isinstance(node, ast.Assign):
                for assigned in node.targets:
                    if dotted(assigned) == target:
                        yield self.evaluator.value(node.value, frame)


def result_of(node: Definition, frame: Frame) -> Values:
    """Return what a function returned in *frame*: of a generator, an iterator over what it yielded."""
    if not frame.yielded:
        return frame.returned
    return frame.yielded if is_marked(node, "fixture") else frozenset({CollectionValue(frame.yielded)})

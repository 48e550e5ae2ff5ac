"""Looks up the members of classes and the attributes of their instances, with inheritance."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..source.parsing import statements
from .definitions import Definition, assigned_attributes, is_marked, is_property
from .evaluator import Evaluator
from .frames import Frame, FrameState
from .functions import FunctionResults
from .module_names import ModuleNames
from .modules import Binding, ParsedModule, SourceTree, bindings_of
from .use_recorder import UseRecorder
from .values import NOTHING, ClassValue, FunctionValue, Value, Values, in_order, united

__all__ = ["ClassMembers"]


@dataclass(eq=False, kw_only=True)
class ClassMembers:
    """Looks up members of classes and attributes of instances."""

    tree: SourceTree
    modules: ModuleNames
    functions: FunctionResults
    recorder: UseRecorder
    state: FrameState
    evaluator: Evaluator
    # The members whose bindings are being evaluated.
    _open: set[tuple[ClassValue, str]] = field(default_factory=set, init=False)
    _mros: dict[ClassValue, tuple[ClassValue, ...]] = field(default_factory=dict, init=False)
    _members: dict[ClassValue, Mapping[str, Sequence[Binding]]] = field(default_factory=dict, init=False)
    _assigning: dict[ClassValue, Mapping[str, frozenset[str]]] = field(default_factory=dict, init=False)
    _attributes: dict[tuple[ClassValue, ClassValue, str], Values] = field(default_factory=dict, init=False)

    # Inheritance.

    def mro(self, cls: ClassValue) -> tuple[ClassValue, ...]:
        """Return a class and those that it inherits from, the nearest first."""
        if cls not in self._mros:
            self._mros[cls] = (cls,)  # A class that inherits from itself ends here.
            inherited = [ancestor for base in self._bases(cls) for ancestor in self.mro(base)]
            # A base that several share comes after all of them.
            last = list(dict.fromkeys(reversed([ancestor for ancestor in inherited if ancestor != cls])))
            self._mros[cls] = (cls, *reversed(last))
        return self._mros[cls]

    def _bases(self, cls: ClassValue) -> Iterator[ClassValue]:
        node, module = self.tree.class_node(cls), self.tree.module(cls.module)
        if node is not None and module is not None:
            for base in node.bases:
                plain = base.value if isinstance(base, ast.Subscript) else base
                frame = Frame(module, outer=self.state.enclosing.get(cls.path))
                values = self.evaluator.value(plain, frame)
                yield from (value for value in in_order(values) if isinstance(value, ClassValue))

    # Members of classes.

    def method(self, cls: ClassValue, name: str) -> FunctionValue | None:
        """Return the method of this name as the class has it."""
        members = self.of_class(cls, name)
        return next((member for member in in_order(members) if isinstance(member, FunctionValue)), None)

    def of_class(self, cls: ClassValue, name: str) -> Values:
        """Return what a class, not its instances, has under a name."""
        for owner in self.mro(cls):
            bindings = self._bindings(owner).get(name)
            module = self.tree.module(owner.module)
            if bindings and module:
                last = bindings[-1]
                if isinstance(last, Definition):
                    return frozenset({_method(owner, name, last, cls)})
                return self._evaluated(last, name, owner, module)
        return NOTHING

    def binds(self, cls: ClassValue, name: str) -> bool:
        """Return whether the body of a class binds a name, and is not evaluating it right now.

        ``close = wrapped(close)`` means the name outside of the class.
        """
        return name in self._bindings(cls) and (cls, name) not in self._open

    def _bindings(self, cls: ClassValue) -> Mapping[str, Sequence[Binding]]:
        if cls not in self._members:
            node, module = self.tree.class_node(cls), self.tree.module(cls.module)
            empty: Mapping[str, Sequence[Binding]] = {}
            self._members[cls] = bindings_of(node.body, module.package) if node and module else empty
        return self._members[cls]

    def _evaluated(self, binding: Binding, name: str, cls: ClassValue, module: ParsedModule) -> Values:
        """Return the values of a binding in a class; nothing while it is being evaluated."""
        key = (cls, name)
        if key in self._open:
            return NOTHING
        self._open.add(key)
        try:
            frame = Frame(module, owner=cls, outer=self.state.enclosing.get(cls.path))
            return self.modules.bound(binding, name, frame, f"{cls.name}.")
        finally:
            self._open.discard(key)

    # Attributes of instances.

    def of_instance(self, cls: ClassValue, name: str, frame: Frame) -> Values:
        """Return what an instance has under a name."""
        if stored := self.stored(cls, name):
            return stored
        if frame.trace is not None and (cls, name) in self.state.kept:
            return self.state.kept[cls, name]
        if members := self.of_class(cls, name):
            return united(self._on_instance(member, frame) for member in in_order(members))
        return self._assigned(cls, name) or united(
            self.state.noted.get((ancestor, name), NOTHING) for ancestor in self.mro(cls)
        )

    def stored(self, cls: ClassValue, name: str) -> Values:
        """Return what the test has assigned to an attribute of a class or its instances."""
        return united(self.state.stored.get((ancestor, name), NOTHING) for ancestor in self.mro(cls))

    def read_property(self, function: FunctionValue, frame: Frame) -> Values:
        """Return what a property returns, and record that it is read."""
        self.recorder.record(function, frame, "read")
        return self.functions.result(function)

    def has_attribute(self, cls: ClassValue, name: str) -> bool:
        """Return whether instances have an attribute of this name, as far as the source shows."""
        return any(
            name in self._bindings(ancestor) or name in self._assigning_methods(ancestor)
            for ancestor in self.mro(cls)
        )

    def _on_instance(self, member: Value, frame: Frame) -> Values:
        """Return what a member of a class is on an instance."""
        if not isinstance(member, FunctionValue) or member.receiver is None:
            return frozenset({member})
        node = self.tree.function_node(member.module, member.name)
        if node is not None and is_property(node):
            return self.read_property(member, frame)
        is_bound = node is None or not is_marked(node, "staticmethod")
        return frozenset({FunctionValue(member.module, member.name, member.receiver, bound=is_bound)})

    def _assigned(self, cls: ClassValue, name: str) -> Values:
        """Return what the methods of a class, or of the nearest base that has any, assign."""
        for owner in self.mro(cls):
            key = (cls, owner, name)
            if key not in self._attributes:
                self._attributes[key] = NOTHING  # Recursion ends here.
                methods = sorted(self._assigning_methods(owner).get(name, ()))
                self._attributes[key] = united(
                    self.functions.assigned_by(
                        FunctionValue(owner.module, f"{owner.name}.{method}", cls, bound=True), name
                    )
                    for method in methods
                )
            if self._attributes[key]:
                return self._attributes[key]
        return NOTHING

    def _assigning_methods(self, cls: ClassValue) -> Mapping[str, frozenset[str]]:
        """Return the methods that assign each attribute of the instance."""
        if cls not in self._assigning:
            node = self.tree.class_node(cls)
            found: dict[str, frozenset[str]] = {}
            for method in statements(node.body) if node else ():
                if isinstance(method, Definition) and method.args.args:
                    for name in assigned_attributes(method, method.args.args[0].arg):
                        found[name] = found.get(name, frozenset()) | {method.name}
            self._assigning[cls] = found
        return self._assigning[cls]


def _method(owner: ClassValue, name: str, node: Definition, receiver: ClassValue) -> FunctionValue:
    is_bound = is_marked(node, "classmethod")
    return FunctionValue(owner.module, f"{owner.name}.{name}", receiver, bound=is_bound)

"""Names and attributes: what they lead to in the source."""

import ast
import builtins
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..names.source import Imported, dotted
from ..syntax import flat
from .library_index import Index
from .modules import Binding, Code, Definition, Module, bindings_of
from .usage import Trace
from .values import NOTHING, Class, Foreign, Function, Instance, Package, Value, Values

__all__ = ["Frame", "Lookup"]

# More alternatives tell nothing.
_MOST = 12


@dataclass(eq=False)
class Frame:
    """The names that a piece of source sees.

    Attributes:
        names: The local ones.
        owner: The class around it.
        trace: Where uses are noted; None inside of the library.
        made: By the text of a variable, the uses that made what it holds.
        acted: By the first name of an expression, the uses that acted on it.
        scope: The qualified name of the function or class whose body it is.
    """

    module: Module
    names: dict[str, Values] = field(default_factory=dict)
    owner: Class | None = None
    trace: Trace | None = None
    outer: "Frame | None" = None
    made: dict[str, list[int]] = field(default_factory=dict)
    acted: dict[str, list[int]] = field(default_factory=dict)
    closures: dict[str, Definition] = field(default_factory=dict)
    scope: str = ""
    returned: Values = NOTHING
    yielded: Values = NOTHING


class Lookup:
    """Follows names through imports, re-exports, assignments and inheritance.

    Args:
        tops: The import names of the library.
    """

    def __init__(self, code: Code, tops: Sequence[str]) -> None:
        self.code = code
        self.tops = tuple(tops)
        self.index = Index(code, self.tops)
        # What a test's fixtures and setup methods put on its class or instance.
        self.stored: dict[tuple[Class, str], Values] = {}
        # What a test hands to constructors of the library that keep it.
        self.kept: dict[tuple[Class, str], Values] = {}
        # What the library puts on objects from outside of their class.
        self.noted: dict[tuple[Class, str], Values] = {}
        # The frames that local classes and functions of the tests were defined in, by their paths.
        self.around: dict[str, Frame] = {}
        self._globals: dict[tuple[str, str], Values] = {}
        self._open: set[tuple[Class, str]] = set()
        self._lines: dict[Class, tuple[Class, ...]] = {}
        self._members: dict[Class, Mapping[str, Sequence[Binding]]] = {}
        self._assigned: dict[Class, Mapping[str, frozenset[str]]] = {}
        self._attributes: dict[tuple[Class, Class, str], Values] = {}

    # The parts above it.

    def value(self, node: ast.expr, frame: Frame) -> Values:
        """Return what an expression is worth."""
        raise NotImplementedError

    def annotated(self, node: ast.expr | None, frame: Frame) -> Values:
        """Return what an annotation promises."""
        raise NotImplementedError

    def read(self, function: Function, frame: Frame) -> Values:
        """Return what a property gives."""
        raise NotImplementedError

    def assigned_by(self, function: Function, attribute: str) -> Values:
        """Return what a method assigns to an attribute of its instance."""
        raise NotImplementedError

    # Modules.

    def is_ours(self, module: str) -> bool:
        """Return whether a module is of the library, and not of the tests that it ships."""
        parts = module.split(".")
        return parts[0] in self.tops and not ("tests" in parts or _is_test_file(parts[-1]))

    def path(self, path: str) -> Values:
        """Return what an absolute dotted path leads to."""
        parts = path.split(".")
        for length in range(len(parts), 0, -1):
            head = ".".join(parts[:length])
            if self.code.module(head) is not None:
                return self._through(frozenset({Package(head)}), parts[length:])
        return frozenset({Package(path)}) if self.code.is_folder(path) else frozenset({Foreign(path)})

    def _through(self, values: Values, parts: Iterable[str]) -> Values:
        for part in parts:
            values = united(self._static(each, part) for each in values)
        return values

    def _static(self, value: Value, name: str) -> Values:
        if isinstance(value, Package):
            return self.in_module(value.name, name)
        if isinstance(value, Class):
            return self.in_class(value, name, value)
        return NOTHING

    def in_module(self, module: str, name: str) -> Values:
        """Return what *name* is bound to in a module."""
        key = (module, name)
        if key not in self._globals:
            self._globals[key] = NOTHING  # Import cycles end here.
            self._globals[key] = self._in_module(module, name)
        return self._globals[key]

    def _in_module(self, module: str, name: str) -> Values:
        source = self.code.module(module)
        if source is None:
            return self.path(f"{module}.{name}")
        frame = Frame(source)
        found = united(self._bound(each, name, frame, "") for each in source.bindings.get(name, ()))
        if found:
            return found
        if source.path.stem == "__init__" and self.code.module(f"{module}.{name}") is not None:
            return frozenset({Package(f"{module}.{name}")})
        return united(self.in_module(star, name) for star in source.stars if self.code.module(star))

    def _bound(self, binding: Binding, name: str, frame: Frame, scope: str) -> Values:
        match binding:
            case Imported(module=module, attribute=attribute):
                return self._imported(module, attribute)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return frozenset({Function(frame.module.name, scope + name)})
            case ast.ClassDef():
                return frozenset({Class(frame.module.name, scope + name)})
            case ast.AnnAssign(annotation=annotation, value=value):
                told = NOTHING if value is None else self.value(value, frame)
                return told or self.annotated(annotation, frame)
            case ast.expr():
                return self.value(binding, frame)
        return NOTHING

    def _imported(self, module: str, attribute: str) -> Values:
        if not attribute:
            return self.path(module)
        if self.code.module(module) is None and not self.code.is_folder(module):
            return frozenset({Foreign(f"{module}.{attribute}")})
        return self.in_module(module, attribute)

    # Classes.

    def line(self, cls: Class) -> tuple[Class, ...]:
        """Return a class and those that it inherits from, the nearest first."""
        if cls not in self._lines:
            self._lines[cls] = (cls,)
            bases = [each for base in self._bases(cls) for each in self.line(base)]
            # A base that several share comes after all of them.
            late = list(dict.fromkeys(reversed([each for each in bases if each != cls])))
            self._lines[cls] = (cls, *reversed(late))
        return self._lines[cls]

    def _bases(self, cls: Class) -> Iterator[Class]:
        node, module = self.code.class_node(cls), self.code.module(cls.module)
        if node is not None and module is not None:
            for base in node.bases:
                head = base.value if isinstance(base, ast.Subscript) else base
                outer = Frame(module, outer=self.around.get(cls.path))
                yield from (each for each in self.value(head, outer) if isinstance(each, Class))

    def members(self, cls: Class) -> Mapping[str, Sequence[Binding]]:
        """Return what the body of a class binds."""
        if cls not in self._members:
            node, module = self.code.class_node(cls), self.code.module(cls.module)
            empty: Mapping[str, Sequence[Binding]] = {}
            self._members[cls] = bindings_of(node.body, module.package) if node and module else empty
        return self._members[cls]

    def method(self, cls: Class, name: str) -> Function | None:
        """Return the method of this name as the class has it."""
        return next((each for each in self.in_class(cls, name, cls) if isinstance(each, Function)), None)

    def in_class(self, cls: Class, name: str, receiver: Class) -> Values:
        """Return what a class, not its instances, gives for *name*."""
        for each in self.line(cls):
            found = self.members(each).get(name)
            module = self.code.module(each.module)
            if found and module:
                last = found[-1]
                if isinstance(last, Definition):
                    return frozenset({self._method(each, name, last, receiver)})
                return self._in_body(last, name, each, module)
        return NOTHING

    def _in_body(self, binding: Binding, name: str, cls: Class, module: Module) -> Values:
        """Return what the body of a class binds to a name; nothing while that is looked for."""
        key = (cls, name)
        if key in self._open:
            return NOTHING
        self._open.add(key)
        try:
            frame = Frame(module, owner=cls, outer=self.around.get(cls.path))
            return self._bound(binding, name, frame, f"{cls.name}.")
        finally:
            self._open.discard(key)

    def _method(self, owner: Class, name: str, node: Definition, receiver: Class) -> Function:
        return Function(owner.module, f"{owner.name}.{name}", receiver, bound=is_marked(node, "classmethod"))

    def of_instance(self, cls: Class, name: str, frame: Frame) -> Values:
        """Return what an instance gives for *name*."""
        stored = united(self.stored.get((each, name), NOTHING) for each in self.line(cls))
        if stored:
            return stored
        if frame.trace is not None and (cls, name) in self.kept:
            return self.kept[cls, name]
        found = self.in_class(cls, name, cls)
        if found:
            return united(self._given(each, frame) for each in found)
        return self._attribute(cls, name) or united(
            self.noted.get((each, name), NOTHING) for each in self.line(cls)
        )

    def _given(self, value: Value, frame: Frame) -> Values:
        """Return what a member of a class is on an instance."""
        if not isinstance(value, Function) or value.receiver is None:
            return frozenset({value})
        node = self.code.function_node(value.module, value.name)
        if node is not None and is_property(node):
            return self.read(value, frame)
        is_bound = node is None or not is_marked(node, "staticmethod")
        return frozenset({Function(value.module, value.name, value.receiver, bound=is_bound)})

    def _attribute(self, cls: Class, name: str) -> Values:
        for each in self.line(cls):
            key = (cls, each, name)
            if key not in self._attributes:
                self._attributes[key] = NOTHING
                self._attributes[key] = united(
                    self.assigned_by(Function(each.module, f"{each.name}.{method}", cls, bound=True), name)
                    for method in sorted(self._assigns(each).get(name, ()))
                )
            if self._attributes[key]:
                return self._attributes[key]
        return NOTHING

    def has_attribute(self, cls: Class, name: str) -> bool:
        """Return whether instances have an attribute of this name, as far as the source tells."""
        return any(name in self.members(each) or name in self._assigns(each) for each in self.line(cls))

    def _assigns(self, cls: Class) -> Mapping[str, frozenset[str]]:
        """Return the methods that assign each attribute of the instance."""
        if cls not in self._assigned:
            node = self.code.class_node(cls)
            found: dict[str, frozenset[str]] = {}
            for method in flat(node.body) if node else ():
                if isinstance(method, Definition) and method.args.args:
                    for name in _assigned_on(method, method.args.args[0].arg):
                        found[name] = found.get(name, frozenset()) | {method.name}
            self._assigned[cls] = found
        return self._assigned[cls]

    def narrowed(self, value: Value, holder: Class) -> Value:
        """Return an instance as of the class that the name of a test class says: ``TestThing``."""
        if isinstance(value, Instance):
            for each in self.path(f"{value.of.module}.{holder.name.removeprefix('Test')}"):
                if isinstance(each, Class) and value.of in self.line(each):
                    return Instance(each)
        return value

    def sole_method(self, name: str) -> Values:
        """Return the only method of the library that has this name, if it is no common one."""
        owner = self.index.sole_owner(name)
        found = self.method(owner, name) if owner else None
        return (
            frozenset({Function(found.module, found.name, found.receiver, bound=True)}) if found else NOTHING
        )

    # Names.

    def name(self, name: str, frame: Frame) -> Values:
        """Return what a bare name leads to."""
        around: Frame | None = frame
        while around is not None:
            if name in around.names:
                return around.names[name]
            around = around.outer
        if frame.trace is None and frame.owner is not None and self._is_bound(frame.owner, name):
            return self.in_class(frame.owner, name, frame.owner)
        found = self.in_module(frame.module.name, name)
        return found or (frozenset({Foreign(name)}) if hasattr(builtins, name) else NOTHING)

    def _is_bound(self, cls: Class, name: str) -> bool:
        # `close = wrapped(close)` means what stands around the class.
        return name in self.members(cls) and (cls, name) not in self._open


def _is_test_file(name: str) -> bool:
    return name == "conftest" or name.startswith("test_") or name.endswith("_test")


def _assigned_on(method: Definition, instance: str) -> Iterator[str]:
    for each in ast.walk(method):
        targets = each.targets if isinstance(each, ast.Assign) else [getattr(each, "target", None)]
        for target in targets:
            for part in target.elts if isinstance(target, ast.Tuple) else [target]:
                if isinstance(part, ast.Attribute) and dotted(part.value) == instance:
                    yield part.attr


def united(alternatives: Iterable[Values]) -> Values:
    """Return all that any of the alternatives is worth; nothing where they are too many to tell."""
    found = frozenset().union(*alternatives)
    return found if len(found) <= _MOST else NOTHING


def is_marked(node: Definition, decorator: str) -> bool:
    """Return whether a function has a decorator of this last name."""
    return any(_last(each) == decorator for each in node.decorator_list)


def is_property(node: Definition) -> bool:
    """Return whether a function is what an attribute gives."""
    return any(_last(each) in _PROPERTIES for each in node.decorator_list)


_PROPERTIES = frozenset({"property", "cached_property", "getter", "setter", "abstractproperty"})


def _last(decorator: ast.expr) -> str:
    func = decorator.func if isinstance(decorator, ast.Call) else decorator
    return dotted(func).rpartition(".")[2]


def instances(values: Values) -> Values:
    """Return the instances of the classes among *values*."""
    return frozenset(Instance(each) for each in values if isinstance(each, Class))

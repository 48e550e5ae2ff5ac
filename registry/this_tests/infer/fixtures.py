"""Finds the fixtures of a test, and evaluates their values."""

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..source.parsing import dotted, statements
from .definitions import Definition, call_head
from .frames import Frame
from .interpreter import Interpreter
from .marks import names_in
from .modules import ParsedModule, SourceTree, definitions
from .values import NOTHING, ClassValue, FunctionValue, InstanceValue, Values, in_order, items, united

__all__ = ["Fixtures", "conftests_of"]

_REQUEST = ClassValue("pytest", "FixtureRequest")


class Fixtures:
    """Evaluates the fixtures that the tests of one file may request, each once for each test.

    Args:
        modules: The file, and the modules whose fixtures its tests see, the nearest first.
    """

    def __init__(self, interpreter: Interpreter, modules: Sequence[ParsedModule]) -> None:
        self._interpreter = interpreter
        self._modules = modules
        self._values: dict[tuple[str, ClassValue | None], Values] = {}

    def forget_test(self) -> None:
        """Forget the values of fixtures for the last test."""
        self._values.clear()

    def value(self, name: str, cls: ClassValue | None, frame: Frame) -> Values:
        """Return the values of a fixture for a test of the class *cls*."""
        key = (name, cls)
        if key not in self._values:
            self._values[key] = NOTHING  # A fixture that requests itself ends here.
            fixture = self._find(name, cls)
            if fixture is not None and frame.trace is not None:
                with frame.trace.within("setup"):
                    self._values[key] = self._evaluated(fixture, cls, frame)
        return self._values[key]

    def autouse(self, cls: ClassValue | None) -> Iterator[str]:
        """Yield the names of the fixtures that each test uses, the outermost first."""
        bodies = [module.tree.body for module in reversed(self._modules)]
        for ancestor in () if cls is None else reversed(self._interpreter.classes.mro(cls)):
            definition = self._interpreter.tree.class_node(ancestor)
            bodies += [definition.body] if definition else []
        for body in bodies:
            for name, nodes in definitions(body).items():
                if isinstance(nodes[-1], Definition) and _is_autouse(nodes[-1]):
                    yield name

    def _find(self, name: str, cls: ClassValue | None) -> FunctionValue | None:
        method = self._interpreter.classes.method(cls, name) if cls is not None else None
        if method is not None and self._is_fixture(method):
            return method
        for module in self._modules:
            values = self._interpreter.modules.of_module(module.name, name) or _renamed(module, name)
            for value in in_order(values):
                if isinstance(value, FunctionValue) and self._is_fixture(value):
                    return value
        return None

    def _is_fixture(self, function: FunctionValue) -> bool:
        node = self._interpreter.tree.function_node(function.module, function.name)
        decorators = node.decorator_list if node is not None else []
        return any("fixture" in dotted(call_head(decorator)) for decorator in decorators)

    def _evaluated(self, fixture: FunctionValue, cls: ClassValue | None, frame: Frame) -> Values:
        defined = self._interpreter.tree.defined(fixture)
        if defined is None:
            return NOTHING
        module, node = defined
        inner = Frame(module, owner=fixture.receiver, trace=frame.trace, scope=fixture.name)
        names = [parameter.arg for parameter in (*node.args.args, *node.args.kwonlyargs)]
        if fixture.receiver is not None and names:
            inner.names[names.pop(0)] = frozenset({InstanceValue(cls or fixture.receiver)})
        for name in names:
            is_request = name == "request"
            inner.names[name] = self._request(node, cls) if is_request else self.value(name, cls, frame)
        self._interpreter.run(node.body, inner)
        declared = self._interpreter.annotations.value
        return inner.yielded | inner.returned or declared(node.returns, Frame(module))

    def _request(self, node: Definition, cls: ClassValue | None) -> Values:
        """Return an object with the attributes of pytest's ``request`` that matter here."""
        frame = Frame(self._modules[0])
        parameters = [
            keyword.value
            for decorator in node.decorator_list
            if isinstance(decorator, ast.Call)
            for keyword in decorator.keywords
            if keyword.arg == "params"
        ]
        params = united(items(self._interpreter.value(parameter, frame)) for parameter in parameters)
        stored = self._interpreter.state.stored
        stored[_REQUEST, "param"] = params
        stored[_REQUEST, "cls"] = frozenset({cls}) if cls is not None else NOTHING
        stored[_REQUEST, "instance"] = frozenset({InstanceValue(cls)}) if cls is not None else NOTHING
        return frozenset({InstanceValue(_REQUEST)})


def _renamed(module: ParsedModule, name: str) -> Values:
    """Return the fixture whose decorator gives it another name."""
    return frozenset(
        FunctionValue(module.name, node.name)
        for node in statements(module.tree.body)
        if isinstance(node, Definition)
        for keyword in _keywords(node)
        if keyword.arg == "name" and isinstance(keyword.value, ast.Constant) and keyword.value.value == name
    )


def _is_autouse(node: Definition) -> bool:
    return any(
        keyword.arg == "autouse" and isinstance(keyword.value, ast.Constant) and keyword.value.value is True
        for keyword in _keywords(node)
    )


def _keywords(node: Definition) -> Iterator[ast.keyword]:
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call):
            yield from decorator.keywords


def conftests_of(tree: SourceTree, module: ParsedModule, root: Path) -> Iterator[ParsedModule]:
    """Yield the conftests that a test file sees and the plugins that they name, the nearest first."""
    for folder in module.path.parents:
        path = folder / "conftest.py"
        if path.is_file() and path.is_relative_to(root):
            conftest = tree.add(".".join(path.relative_to(root).with_suffix("").parts), path)
            if conftest is not None:
                yield conftest
                yield from _plugins(tree, conftest)
        if folder == root:
            return


def _plugins(tree: SourceTree, conftest: ParsedModule) -> Iterator[ParsedModule]:
    for binding in conftest.bindings.get("pytest_plugins", ()):
        for name in names_in(binding) if isinstance(binding, ast.expr) else ():
            plugin = tree.module(name)
            if plugin is not None:
                yield plugin

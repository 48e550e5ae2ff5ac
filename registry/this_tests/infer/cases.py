"""Reads the tests of a file with what they stand on: fixtures, setup methods, parameters, marks."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..names.source import dotted
from ..syntax import flat
from .expressions import items
from .interpreter import Interpreter
from .lookup import Frame, united
from .modules import Code, Definition, Module, definitions
from .usage import Trace, Use
from .values import NOTHING, Class, Function, Instance, Values

__all__ = ["Case", "cases"]

_SETUPS = ("setup_class", "setUpClass", "setup_method", "setUp", "asyncSetUp", "setup")


@dataclass(frozen=True)
class Case:
    """A test, and what it uses.

    Attributes:
        node_id: As pytest has it, without the brackets of parametrised cases.
        uses: In the order of the source, fixtures first.
        behind: By the path of a function that the test's body uses, the functions of the library that
            its own body calls.
    """

    node_id: str
    uses: tuple[Use, ...]
    behind: Mapping[str, Sequence[Function]]


def cases(code: Code, tops: Sequence[str], path: Path, root: Path, tests: Sequence[str]) -> list[Case]:
    """Return the tests of a file and what they use.

    Args:
        tops: The import names of the library.
        path: The file, somewhere below *root*.
        tests: Their names in the file, with ``::`` between classes and methods.
    """
    name = ".".join(path.relative_to(root).with_suffix("").parts)
    # pytest puts it on `sys.path`.
    code.look_in(next(each for each in path.parents if not (each / "__init__.py").is_file()))
    module = code.add(name, path)
    if module is None:
        return []
    reader = _Reader(Interpreter(code, tops), module, root)
    file = path.relative_to(root).as_posix()
    return [reader.case(f"{file}::{test}", test.split("::")) for test in tests]


class _Reader:
    """Reads one file's tests."""

    def __init__(self, world: Interpreter, module: Module, root: Path) -> None:
        self._world = world
        self._module = module
        self._conftests = tuple(_conftests(world.code, module, root))
        self._given: dict[tuple[str, Class | None], Values] = {}
        self._cls: Class | None = None
        world.fixtures = lambda name, frame: self._fixture(name, self._cls, frame)

    def case(self, node_id: str, scopes: Sequence[str]) -> Case:
        """Return one test and what it uses."""
        uses = self._uses(scopes)
        used = {each.function.path: each.function for each in uses if each.scope == "body"}
        return Case(node_id, uses, {path: self._world.callees(each) for path, each in used.items()})

    def _uses(self, scopes: Sequence[str]) -> tuple[Use, ...]:
        name = ".".join(scopes)
        cls = Class(self._module.name, ".".join(scopes[:-1])) if len(scopes) > 1 else None
        function = Function(self._module.name, name, cls, bound=True)
        if cls is not None:
            # As inherited, where it is.
            function = self._world.method(cls, scopes[-1]) or function
        node = self._world.code.function_node(function.module, function.name)
        if node is None:
            return ()
        trace = Trace()
        self._world.stored.clear()
        self._world.kept.clear()
        self._world.around.clear()
        self._given.clear()
        self._cls = cls
        self._run(node, function, cls, trace)
        return (*trace.uses, *self._delegates(trace))

    def _delegates(self, trace: Trace) -> Iterator[Use]:
        for use in trace.uses:
            inner = self._world.delegate(use.function)
            if inner is not None:
                yield replace(use, function=inner, worker_of=use.function.path)

    def _run(self, node: Definition, function: Function, cls: Class | None, trace: Trace) -> None:
        module = self._world.code.module(function.module) or self._module
        frame = Frame(module, owner=cls, trace=trace, scope=function.name)
        with trace.within("setup"):
            self._prepare(node, cls, frame)
        frame.names.update(self._parameters(node, cls, frame))
        self._world.run(node.body, frame)

    def _prepare(self, node: Definition, cls: Class | None, frame: Frame) -> None:
        """Run what pytest runs before the test."""
        for name in dict.fromkeys([*self._autouse(cls), *self._used(node, cls)]):
            self._fixture(name, cls, frame)
        for name in _SETUPS:
            method = self._world.method(cls, name) if cls is not None else None
            if method is not None:
                bound = Function(method.module, method.name, method.receiver, bound=True)
                self._world.call(bound, None, frame, ())

    def _parameters(self, node: Definition, cls: Class | None, frame: Frame) -> Iterator[tuple[str, Values]]:
        every = [each.arg for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
        if cls is not None and every:
            yield every[0], frozenset({Instance(cls)})
            every = every[1:]
        with_values = dict(self._parametrised(node, cls))
        annotated = {each.arg: each.annotation for each in (*node.args.args, *node.args.kwonlyargs)}
        for name in every:
            if name in with_values:
                yield name, with_values[name]
            else:
                told = self._world.annotated(annotated.get(name), Frame(frame.module))
                yield name, self._fixture(name, cls, frame) or told

    # Parameters.

    def _parametrised(self, node: Definition, cls: Class | None) -> Iterator[tuple[str, Values]]:
        for mark in self._decorators(node, cls):
            if (
                isinstance(mark, ast.Call)
                and dotted(mark.func).endswith("parametrize")
                and len(mark.args) > 1
            ):
                values = self._world.value(mark.args[1], Frame(self._module, owner=cls))
                names = _names(mark.args[0])
                rows = items(values)
                for index, name in enumerate(names):
                    yield name, rows if len(names) == 1 else united(_column(each, index) for each in rows)

    def _decorators(self, node: Definition, cls: Class | None) -> Iterator[ast.expr]:
        yield from node.decorator_list
        for each in () if cls is None else self._world.line(cls):
            definition = self._world.code.class_node(each)
            yield from definition.decorator_list if definition else ()
        for statement in self._module.tree.body:
            if isinstance(statement, ast.Assign) and dotted(statement.targets[0]) == "pytestmark":
                value = statement.value
                yield from value.elts if isinstance(value, ast.List | ast.Tuple) else [value]

    # Fixtures.

    def _used(self, node: Definition, cls: Class | None) -> Iterator[str]:
        for mark in self._decorators(node, cls):
            if isinstance(mark, ast.Call) and dotted(mark.func).endswith("usefixtures"):
                yield from (
                    each.value
                    for each in mark.args
                    if isinstance(each, ast.Constant) and isinstance(each.value, str)
                )

    def _autouse(self, cls: Class | None) -> Iterator[str]:
        bodies = [each.tree.body for each in reversed((self._module, *self._conftests))]
        for each in () if cls is None else reversed(self._world.line(cls)):
            definition = self._world.code.class_node(each)
            bodies += [definition.body] if definition else []
        for body in bodies:
            for name, found in definitions(body).items():
                if isinstance(found[-1], Definition) and _is_autouse(found[-1]):
                    yield name

    def _fixture(self, name: str, cls: Class | None, frame: Frame) -> Values:
        """Return what a fixture gives, run once for each test."""
        key = (name, cls)
        if key not in self._given:
            self._given[key] = NOTHING
            found = self._find(name, cls)
            if found is not None and frame.trace is not None:
                with frame.trace.within("setup"):
                    self._given[key] = self._fixed(found, cls, frame)
        return self._given[key]

    def _find(self, name: str, cls: Class | None) -> Function | None:
        own = self._world.method(cls, name) if cls is not None else None
        if own is not None and self._is_fixture(own):
            return own
        for module in (self._module, *self._conftests):
            for each in self._world.in_module(module.name, name) or _named(module, name):
                if isinstance(each, Function) and self._is_fixture(each):
                    return each
        return None

    def _is_fixture(self, function: Function) -> bool:
        node = self._world.code.function_node(function.module, function.name)
        return node is not None and any("fixture" in _head(each) for each in node.decorator_list)

    def _fixed(self, function: Function, cls: Class | None, frame: Frame) -> Values:
        node = self._world.code.function_node(function.module, function.name)
        module = self._world.code.module(function.module)
        if node is None or module is None:
            return NOTHING
        inner = Frame(module, owner=function.receiver, trace=frame.trace, scope=function.name)
        names = [each.arg for each in (*node.args.args, *node.args.kwonlyargs)]
        if function.receiver is not None and names:
            inner.names[names.pop(0)] = frozenset({Instance(cls or function.receiver)})
        for name in names:
            inner.names[name] = (
                self._request(node, cls) if name == "request" else self._fixture(name, cls, frame)
            )
        self._world.run(node.body, inner)
        return inner.yielded | inner.returned or self._world.annotated(node.returns, Frame(module))

    def _request(self, node: Definition, cls: Class | None) -> Values:
        """Return an object with the attributes of pytest's ``request`` that lead on."""
        request = Class("pytest", "FixtureRequest")
        params = [
            each.value
            for mark in node.decorator_list
            if isinstance(mark, ast.Call)
            for each in mark.keywords
            if each.arg == "params"
        ]
        values = united(items(self._world.value(each, Frame(self._module))) for each in params)
        self._world.stored[request, "param"] = values
        self._world.stored[request, "cls"] = frozenset({cls}) if cls is not None else NOTHING
        self._world.stored[request, "instance"] = frozenset({Instance(cls)}) if cls is not None else NOTHING
        return frozenset({Instance(request)})


def _conftests(code: Code, module: Module, root: Path) -> Iterator[Module]:
    for folder in module.path.parents:
        path = folder / "conftest.py"
        if path.is_file() and path.is_relative_to(root):
            found = code.add(".".join(path.relative_to(root).with_suffix("").parts), path)
            if found is not None:
                yield found
                yield from _plugins(code, found)
        if folder == root:
            return


def _plugins(code: Code, conftest: Module) -> Iterator[Module]:
    """Yield the modules of fixtures that a conftest asks for."""
    for binding in conftest.bindings.get("pytest_plugins", ()):
        for name in _names(binding) if isinstance(binding, ast.expr) else ():
            found = code.module(name)
            if found is not None:
                yield found


def _named(module: Module, name: str) -> Values:
    """Return the fixture whose decorator gives it another name."""
    return frozenset(
        Function(module.name, each.name)
        for each in flat(module.tree.body)
        if isinstance(each, Definition)
        for mark in each.decorator_list
        if isinstance(mark, ast.Call)
        for keyword in mark.keywords
        if keyword.arg == "name" and isinstance(keyword.value, ast.Constant) and keyword.value.value == name
    )


def _head(decorator: ast.expr) -> str:
    return dotted(decorator.func if isinstance(decorator, ast.Call) else decorator)


def _is_autouse(node: Definition) -> bool:
    return any(
        keyword.arg == "autouse" and isinstance(keyword.value, ast.Constant) and keyword.value.value is True
        for each in node.decorator_list
        if isinstance(each, ast.Call)
        for keyword in each.keywords
    )


def _names(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [each.strip() for each in node.value.split(",") if each.strip()]
    parts = node.elts if isinstance(node, ast.Tuple | ast.List) else []
    return [each.value for each in parts if isinstance(each, ast.Constant) and isinstance(each.value, str)]


def _column(row: object, index: int) -> Values:
    found = getattr(row, "items", ())
    if isinstance(found, tuple):
        return found[index] if index < len(found) else NOTHING
    return NOTHING

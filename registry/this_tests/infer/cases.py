"""Reads the tests of a file with their fixtures, setup methods and parameters."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from .definitions import Definition, parameters
from .fixtures import Fixtures, conftests_of
from .frames import Frame
from .interpreter import Interpreter
from .marks import Marks
from .modules import ParsedModule, SourceTree
from .usage import Trace, Use
from .values import ClassValue, FunctionValue, InstanceValue, Values

__all__ = ["StaticCase", "cases"]

_SETUP_METHODS = ("setup_class", "setUpClass", "setup_method", "setUp", "asyncSetUp", "setup")


@dataclass(frozen=True)
class StaticCase:
    """A test and what it uses, as its source shows.

    Attributes:
        node_id: As pytest has it, without the brackets of parametrized cases.
        uses: In the order of the source, fixtures first.
        callees: By the path of a function that the test's body uses, the functions of the library that
            its own body calls.
    """

    node_id: str
    uses: tuple[Use, ...]
    callees: Mapping[str, Sequence[FunctionValue]]


def cases(
    tree: SourceTree, tops: Sequence[str], path: Path, root: Path, tests: Sequence[str]
) -> list[StaticCase]:
    """Return the tests of a file and what they use.

    Args:
        tops: The import names of the library.
        path: The file, somewhere below *root*.
        tests: Their names in the file, with ``::`` between classes and methods.
    """
    name = ".".join(path.relative_to(root).with_suffix("").parts)
    # pytest puts it on `sys.path`.
    tree.add_root(next(folder for folder in path.parents if not (folder / "__init__.py").is_file()))
    module = tree.add(name, path)
    if module is None:
        return []
    reader = _CaseReader(tree, tops, module, root)
    file = path.relative_to(root).as_posix()
    return [reader.case(f"{file}::{test}", test.split("::")) for test in tests]


class _CaseReader:
    """Reads the tests of one file."""

    def __init__(self, tree: SourceTree, tops: Sequence[str], module: ParsedModule, root: Path) -> None:
        self._module = module
        self._interpreter = Interpreter(
            tree, tops, lambda name, frame: self._fixtures.value(name, self._cls, frame)
        )
        self._fixtures = Fixtures(self._interpreter, [module, *conftests_of(tree, module, root)])
        self._marks = Marks(self._interpreter, module)
        self._cls: ClassValue | None = None

    def case(self, node_id: str, scopes: Sequence[str]) -> StaticCase:
        """Return one test and what it uses.

        Args:
            scopes: The names of its classes and its own.
        """
        trace = Trace()
        delegated: list[Use] = []
        callees: dict[str, Sequence[FunctionValue]] = {}
        try:
            self._read(scopes, trace)
            delegated += self._delegates(trace)
            callees.update(self._callees([*trace.uses, *delegated]))
        except RecursionError:  # What is nested too deep is left out.
            pass
        return StaticCase(node_id, (*trace.uses, *delegated), callees)

    def _callees(self, uses: Sequence[Use]) -> Iterator[tuple[str, Sequence[FunctionValue]]]:
        used = {use.function.path: use.function for use in uses if use.scope == "body"}
        for path, function in used.items():
            yield path, self._interpreter.callees.of(function)

    def _read(self, scopes: Sequence[str], trace: Trace) -> None:
        cls = ClassValue(self._module.name, ".".join(scopes[:-1])) if len(scopes) > 1 else None
        function = FunctionValue(self._module.name, ".".join(scopes), cls, bound=True)
        if cls is not None:
            # It may be inherited.
            function = self._interpreter.classes.method(cls, scopes[-1]) or function
        node = self._interpreter.tree.function_node(function.module, function.name)
        if node is not None:
            self._interpreter.state.forget_test()
            self._fixtures.forget_test()
            self._cls = cls
            self._run(node, function, trace)

    def _delegates(self, trace: Trace) -> Iterator[Use]:
        for use in trace.uses:
            worker = self._interpreter.callees.delegate(use.function)
            if worker is not None:
                yield replace(use, function=worker, worker_of=use.function.path)

    def _run(self, node: Definition, function: FunctionValue, trace: Trace) -> None:
        module = self._interpreter.tree.module(function.module) or self._module
        frame = Frame(module, owner=self._cls, trace=trace, scope=function.name)
        with trace.within("setup"):
            self._set_up(node, frame)
        frame.names.update(self._parameters(node, frame))
        self._interpreter.run(node.body, frame)

    def _set_up(self, node: Definition, frame: Frame) -> None:
        """Walk through the fixtures and setup methods that pytest runs before the test."""
        cls = self._cls
        for name in dict.fromkeys([*self._fixtures.autouse(cls), *self._marks.used_fixtures(node, cls)]):
            self._fixtures.value(name, cls, frame)
        for name in _SETUP_METHODS:
            method = self._interpreter.classes.method(cls, name) if cls is not None else None
            if method is not None:
                bound = FunctionValue(method.module, method.name, method.receiver, bound=True)
                self._interpreter.functions.call(bound, None, frame, ())

    def _parameters(self, node: Definition, frame: Frame) -> Iterator[tuple[str, Values]]:
        """Yield the values of a test's parameters: of ``parametrize``, of fixtures, or as annotated."""
        names = [parameter.arg for parameter in parameters(node)]
        if self._cls is not None and names:
            yield names.pop(0), frozenset({InstanceValue(self._cls)})
        parametrized = dict(self._marks.parametrized(node, self._cls))
        annotations = {
            parameter.arg: parameter.annotation for parameter in (*node.args.args, *node.args.kwonlyargs)
        }
        for name in names:
            if name in parametrized:
                yield name, parametrized[name]
            else:
                declared = self._interpreter.annotations.value(annotations.get(name), Frame(frame.module))
                yield name, self._fixtures.value(name, self._cls, frame) or declared

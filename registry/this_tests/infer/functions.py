"""What functions give: by their annotations, by their bodies; and what the tests' own helpers use."""

import ast
from collections.abc import Callable, Iterator, Sequence

from ..names.source import dotted
from .calls import Calls
from .lookup import Frame, is_marked, is_property, united
from .modules import Code, Definition, Module
from .usage import Trace
from .values import NOTHING, Class, Function, Instance, Many, Package, Text, Values

__all__ = ["Functions"]

# How deep calls are followed: of the library's functions without annotations, and of tests' helpers.
_DEEP = 6


class Functions(Calls):
    """Runs functions as far as their source tells what they do."""

    def run(self, body: Sequence[ast.stmt], frame: Frame) -> None:
        """Walk through statements in their order, each once."""
        raise NotImplementedError

    def __init__(self, code: Code, tops: Sequence[str]) -> None:
        super().__init__(code, tops)
        self._results: dict[Function, Values] = {}
        self._by_name: dict[tuple[Function, str], Values] = {}
        self._frames: dict[Function, Frame | None] = {}
        self._callees: dict[Function, Sequence[Function]] = {}
        self._depth = 0
        # Who knows the fixtures sets it.
        self.fixtures: Callable[[str, Frame], Values] = lambda *_: NOTHING

    def fixture(self, name: str, frame: Frame) -> Values:
        """Return what a fixture gives that a test asks for by its name: nothing, where there are none."""
        return self.fixtures(name, frame)

    # Functions.

    def call(
        self, function: Function, node: ast.Call | None, frame: Frame, given: Sequence[Values]
    ) -> Values:
        """Return what a call of a function gives; helpers of the tests are walked through."""
        if frame.trace is not None and not self.is_ours(function.module):
            return self._helped(function, node, frame, given)
        return self.result(function)

    def result(self, function: Function) -> Values:
        """Return what a function gives, by its annotation, else by its body."""
        if function not in self._results:
            self._results[function] = NOTHING  # Recursion ends here.
            definition = self.code.function_node(function.module, function.name)
            module = self.code.module(function.module)
            if definition is not None and module is not None:
                told = self.annotated(definition.returns, Frame(module, owner=function.receiver))
                self._results[function] = told or self._found(function, definition)
        return self._results[function]

    def _found(self, function: Function, definition: Definition) -> Values:
        frame = self._ran(function)
        if frame is None:
            return NOTHING
        return _given_back(definition, frame)

    def _ran(self, function: Function) -> Frame | None:
        """Return the frame of a function after its body was walked through."""
        if function not in self._frames:
            self._frames[function] = None
            definition = self.code.function_node(function.module, function.name)
            module = self.code.module(function.module)
            if definition is not None and module is not None and self._depth < _DEEP:
                frame = Frame(module, owner=self._owner(function))
                frame.names.update(self._parameters(definition, function, frame))
                self._frames[function] = frame
                self._walk(definition.body, frame)
        return self._frames[function]

    def named(self, function: Function, name: str) -> Values:
        """Return what a ``__getattr__`` gives for a name."""
        key = (function, name)
        if key not in self._by_name:
            self._by_name[key] = NOTHING  # Recursion ends here.
            self._by_name[key] = self._for_name(function, name)
        return self._by_name[key]

    def _for_name(self, function: Function, name: str) -> Values:
        definition = self.code.function_node(function.module, function.name)
        module = self.code.module(function.module)
        if definition is None or module is None or self._depth >= _DEEP:
            return NOTHING
        frame = Frame(module, owner=self._owner(function))
        if told := self.annotated(definition.returns, frame):
            return told
        frame.names.update(self._parameters(definition, function, frame))
        frame.names.update({each.arg: frozenset({Text(name)}) for each in definition.args.args[1:2]})
        self._walk(definition.body, frame)
        return frame.returned

    def _walk(self, body: Sequence[ast.stmt], frame: Frame) -> None:
        self._depth += 1
        try:
            self.run(body, frame)
        finally:
            self._depth -= 1

    def _owner(self, function: Function) -> Class | None:
        outer = _outer(function)
        return Class(function.module, outer) if outer else None

    def _parameters(self, node: Definition, function: Function, frame: Frame) -> Iterator[tuple[str, Values]]:
        """Yield what the parameters hold before anything is given."""
        given = node.args
        every = [*given.posonlyargs, *given.args, *given.kwonlyargs]
        for each in every:
            yield each.arg, self.annotated(each.annotation, frame)
        positional = [*given.posonlyargs, *given.args]
        for each, default in zip(reversed(positional), reversed(given.defaults), strict=False):
            if each.annotation is None:
                yield each.arg, self.value(default, Frame(frame.module))
        if function.receiver is not None and every and not is_marked(node, "staticmethod"):
            is_class = is_marked(node, "classmethod") or node.name == "__new__"
            receiver = frozenset({function.receiver if is_class else Instance(function.receiver)})
            yield every[0].arg, receiver

    def assigned_by(self, function: Function, attribute: str) -> Values:
        """Return what a method assigns to an attribute of its instance."""
        definition = self.code.function_node(function.module, function.name)
        frame = self._ran(function)
        if definition is None or frame is None or not definition.args.args:
            return NOTHING
        name = definition.args.args[0].arg
        return united(self._assignments(definition, f"{name}.{attribute}", frame))

    def _assignments(self, definition: Definition, target: str, frame: Frame) -> Iterator[Values]:
        for node in ast.walk(definition):
            if isinstance(node, ast.AnnAssign) and dotted(node.target) == target:
                told = self.annotated(node.annotation, frame)
                yield told or (self.value(node.value, frame) if node.value else NOTHING)
            elif isinstance(node, ast.Assign):
                for each in node.targets:
                    if dotted(each) == target:
                        yield self.value(node.value, frame)

    def callees(self, function: Function) -> Sequence[Function]:
        """Return the functions of the library that a function's own body calls."""
        if function not in self._callees:
            self._callees[function] = ()
            definition = self.code.function_node(function.module, function.name)
            module = self.code.module(function.module)
            if definition is not None and module is not None:
                trace = Trace()
                frame = Frame(module, owner=self._owner(function), trace=trace)
                frame.names.update(self._parameters(definition, function, frame))
                self._walk(definition.body, frame)
                called = {each.function.path: each.function for each in trace.uses}
                self._callees[function] = tuple(each for each in called.values() if not self._is_read(each))
        return self._callees[function]

    def _is_read(self, function: Function) -> bool:
        definition = self.code.function_node(function.module, function.name)
        return definition is not None and is_property(definition)

    def delegate(self, function: Function) -> Function | None:
        """Return the private function that does the work of *function*."""
        return self._namesake(function) or self._handed_to(function)

    def _namesake(self, function: Function) -> Function | None:
        """Return the ``_run`` that ``run`` calls, as the class has it that ``run`` was taken from."""
        name = f"_{function.last}"
        return next((each for each in self.callees(function) if each.last == name), None)

    def _handed_to(self, function: Function) -> Function | None:
        """Return the private function to which *function* does nothing but hand over."""
        definition = self.code.function_node(function.module, function.name)
        body = [each for each in definition.body if not _is_text(each)] if definition else []
        if len(body) != 1 or not isinstance(body[0], ast.Return) or not isinstance(body[0].value, ast.Call):
            return None
        frame = self._ran(function)
        found = (
            self.value(body[0].value.func, frame)
            if frame and _hands_on(body[0].value, definition)
            else NOTHING
        )
        ours = [each for each in found if isinstance(each, Function) and self.is_ours(each.module)]
        return ours[0] if len(ours) == 1 and ours[0].last.startswith("_") else None

    def loaded(self, values: Values, frame: Frame) -> None:
        """Note what modules call when they are loaded."""
        for each in values:
            module = self.code.module(each.name) if isinstance(each, Package) else None
            if module is not None:
                calls = [one for one in module.tree.body if isinstance(one, ast.Expr)]
                self.run(calls, Frame(module, trace=frame.trace))

    # Helpers of the tests.

    def _helped(
        self, function: Function, node: ast.Call | None, frame: Frame, given: Sequence[Values]
    ) -> Values:
        definition = self.code.function_node(function.module, function.name)
        module = self.code.module(function.module)
        if definition is None or module is None:
            return NOTHING
        self._decorating(definition, module, frame)
        outer = self.around.get(function.path) or self.around.get(f"{function.module}.{_outer(function)}")
        inner = Frame(
            module, owner=self._owner(function), trace=frame.trace, outer=outer, scope=function.name
        )
        inner.names.update(self._parameters(definition, function, inner))
        return self._followed(definition, inner, node, given, skipped=int(function.bound))

    def _decorating(self, definition: Definition, module: Module, frame: Frame) -> None:
        """Note what of the library wraps a function of the tests that is called."""
        for each in definition.decorator_list:
            for wrapper in self.value(each.func if isinstance(each, ast.Call) else each, Frame(module)):
                if isinstance(wrapper, Function):
                    self.use(wrapper, frame)

    def local(self, node: Definition, frame: Frame, call: ast.Call | None, given: Sequence[Values]) -> Values:
        """Return what a call of a function that *frame* defines gives."""
        scope = f"{frame.scope}.{node.name}".lstrip(".")
        inner = Frame(frame.module, owner=frame.owner, trace=frame.trace, outer=frame, scope=scope)
        return self._followed(node, inner, call, given, skipped=0)

    def _followed(
        self, node: Definition, inner: Frame, call: ast.Call | None, given: Sequence[Values], *, skipped: int
    ) -> Values:
        if self._depth >= _DEEP or inner.trace is None:
            return NOTHING
        names = [each.arg for each in (*node.args.posonlyargs, *node.args.args)][skipped:]
        keywords = [] if call is None else [each.arg or "" for each in call.keywords]
        positional = given if call is None else given[: len(call.args)]
        inner.names.update({name: values for name, values in zip(names, positional, strict=False) if values})
        inner.names.update(
            {
                name: values
                for name, values in zip(reversed(keywords), reversed(given), strict=False)
                if values
            }
        )
        with inner.trace.within("helper"):
            self._walk(node.body, inner)
        return _given_back(node, inner)


def _outer(function: Function) -> str:
    return function.name.rpartition(".")[0]


def _given_back(node: Definition, frame: Frame) -> Values:
    if not frame.yielded:
        return frame.returned
    if is_marked(node, "fixture"):
        return frame.yielded
    return frozenset({Many(frame.yielded)})


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _hands_on(call: ast.Call, definition: Definition | None) -> bool:
    """Return whether a call gives nothing but the parameters of the function that makes it."""
    names = {each.arg for each in ast.walk(definition) if isinstance(each, ast.arg)} if definition else set()
    given = [*call.args, *(each.value for each in call.keywords)]
    inner = [each.value if isinstance(each, ast.Starred) else each for each in given]
    return all(isinstance(each, ast.Name) and each.id in names for each in inner)

"""What calls give, and which functions of the library they use."""

import ast
from collections.abc import Iterator, Sequence

from ..names.source import dotted
from .expressions import Expressions, items, seen
from .lookup import Frame, instances, united
from .modules import Definition
from .usage import Role
from .values import NOTHING, Class, Foreign, Function, Gives, Instance, Many, Row, Text, Value, Values

__all__ = ["Calls"]

# What hands on what it is given, or its items.
_SAME = frozenset(
    {
        "contextlib.closing",
        "copy",
        "copy.copy",
        "copy.deepcopy",
        "importlib.reload",
        "pickle.dumps",
        "pickle.loads",
    }
)
_ITERATES = frozenset(
    {"list", "tuple", "set", "sorted", "frozenset", "iter", "reversed", "next", "sum", "any"}
)
_ASKS = {
    "len": "__len__", "str": "__str__", "repr": "__repr__", "hash": "__hash__", "bool": "__bool__",
    "int": "__int__", "float": "__float__", "abs": "__abs__", "bytes": "__bytes__", "dir": "__dir__",
    "format": "__format__", "iter": "__iter__", "list": "__iter__", "next": "__next__", "round": "__round__",
    "copy.copy": "__copy__", "copy.deepcopy": "__deepcopy__", "pickle.dumps": "__getstate__",
    "pickle.loads": "__setstate__",
}  # fmt: skip
# What a collection has that gives its items.
_FROM_COLLECTIONS = frozenset({"copy", "get", "items", "pop", "popitem", "values"})
# What calls the function that it is given.
_CALLERS = frozenset(
    {"raises", "assertRaises", "assertRaisesRegex", "warns", "assertWarns", "deprecated_call"}
)
_CAUGHT = Class("pytest", "ExceptionInfo")


class Calls(Expressions):
    """Evaluates calls."""

    def local(self, node: Definition, frame: Frame, call: ast.Call | None, given: Sequence[Values]) -> Values:
        """Return what a call of a function that *frame* defines gives."""
        raise NotImplementedError

    def fixture(self, name: str, frame: Frame) -> Values:
        """Return what a fixture gives that a test asks for by its name."""
        raise NotImplementedError

    def loaded(self, values: Values, frame: Frame) -> None:
        """Note what modules call when they are loaded."""
        raise NotImplementedError

    def called(self, node: ast.Call, frame: Frame) -> Values:
        """Return what a call gives."""
        start, flowing = self._now(frame), self._flowing(frame)
        callees = self.value(node.func, frame)
        given = self._arguments(node, callees, frame)
        after = self._now(frame)
        if isinstance(node.func, ast.Name) and (inner := _closure(node.func.id, frame)) is not None:
            return self.local(inner, frame, node, given)
        if frame.trace is not None:
            frame.trace.site += 1
        found = united(self._called(each, node, frame, given) for each in self._fitting(callees, node))
        if isinstance(node.func, ast.Attribute) and node.func.attr == "invoke":
            self._invoke(given, frame)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "getfixturevalue" and given:
            return united(self.fixture(each.text, frame) for each in given[0] if isinstance(each, Text))
        if self._now(frame) > after and any(self._is_library(each) for each in callees):
            self._take(start, after, flowing, frame)
            self._observe(node, after, frame)
        return found or self._of_collection(node, frame)

    def _arguments(self, node: ast.Call, callees: Values, frame: Frame) -> list[Values]:
        parts = [*node.args, *(each.value for each in node.keywords)]
        name = next((each.name for each in callees if isinstance(each, Foreign)), dotted(node.func))
        if (caller := name.rpartition(".")[2]) in _CALLERS:
            # First comes what is to be raised.
            count = 0 if caller == "deprecated_call" else 1
            kinds = [self.value(each, frame) for each in parts[:count]]
            return [*kinds, *(self._handed(each, frame) for each in parts[count:])]
        given = [self.value(each, frame) for each in parts]
        is_library = any(self._is_library(each) for each in callees)
        for function in (each for values in given for each in values if isinstance(each, Function)):
            self.use(function, frame, "passed")
            if is_library and frame.trace is not None and not self.is_ours(function.module):
                with frame.trace.feeling(""):
                    self.call(function, None, frame, ())  # The library will.
        return given

    def _handed(self, node: ast.expr, frame: Frame) -> Values:
        start = self._now(frame)
        values = self.value(node, frame)
        own = [each for each in values if isinstance(each, Function) and not self.is_ours(each.module)]
        for helper in own:
            self.call(helper, None, frame, ())
        if frame.trace is not None and (own or isinstance(node, ast.Lambda)):
            frame.trace.mark(frame.trace.latest(start), "raises")
        for each in values:
            handed = each
            if isinstance(each, Class | Instance):
                cls, name = (each, "__init__") if isinstance(each, Class) else (each.of, "__call__")
                handed = self.method(cls, name) or each
            if isinstance(handed, Function):
                self.use(handed, frame, "raises")
        return values

    def _called(self, value: Value, node: ast.Call, frame: Frame, given: Sequence[Values]) -> Values:
        match value:
            case Function():
                self.use(value, frame)
                return self.call(value, node, frame, given)
            case Class():
                return self._made(value, node, frame, given)
            case Instance(of=cls):
                method = self.method(cls, "__call__")
                return self._called(method, node, frame, given) if method else NOTHING
            case Gives(result=result):
                return result
            case Foreign(name=name):
                return self._foreign(name, node, frame, given)
        return NOTHING

    def _made(self, cls: Class, node: ast.Call, frame: Frame, given: Sequence[Values]) -> Values:
        method = self.method(cls, "__init__") or self.method(cls, "__new__")
        self.use(method or Function(cls.module, f"{cls.name}.__init__", cls, bound=True), frame)
        if method is not None and frame.trace is not None and self.is_ours(cls.module):
            self._keep_given(cls, method, node, given)
        if method is not None and frame.trace is not None and not self.is_ours(method.module):
            self.call(method, node, frame, given)
        return frozenset({Instance(cls)})

    def _keep_given(self, cls: Class, method: Function, node: ast.Call, given: Sequence[Values]) -> None:
        """Let the attributes that a constructor keeps its arguments in hold what the test gives for them."""
        definition = self.code.function_node(method.module, method.name)
        if definition is None or any(isinstance(each, ast.Starred) for each in node.args):
            return
        names = [each.arg for each in (*definition.args.posonlyargs, *definition.args.args)]
        keywords = [each.arg or "" for each in node.keywords]
        told = dict(zip((*names[1 : len(node.args) + 1], *keywords), given, strict=False))
        for attribute, name in kept(definition, names[0] if names else ""):
            if _tells(told.get(name, NOTHING)) and not self.method(cls, attribute):
                known = self.kept.get((cls, attribute), NOTHING)
                self.kept[cls, attribute] = known | told[name]

    def _foreign(self, name: str, node: ast.Call, frame: Frame, given: Sequence[Values]) -> Values:
        first = given[0] if given else NOTHING
        # What a caught error says is no more than read.
        role: tuple[Role, ...] = ("read",) if node.args and self._is_caught(node.args[0], frame) else ()
        asked = self.dunder(first, _ASKS[name], frame, *role) if name in _ASKS else NOTHING
        if name == "getattr" and len(node.args) > 1:
            names = [each.text for each in given[1] if isinstance(each, Text)]
            return united(self.attribute(each, one, frame) for each in first for one in names)
        if name in ("super", "type"):
            return self._super(frame) if name == "super" else classes(first)
        if name.rpartition(".")[2] in _CALLERS:
            return self._caught(first)
        if name.rpartition(".")[2] == "cast" and len(node.args) > 1:
            return self.annotated(node.args[0], frame) or given[1]
        if name == "isinstance" and len(given) > 1:
            self._narrow(node.args[0], given[1], frame)
        if name == "importlib.reload":
            self.loaded(first, frame)
        if name in _SAME or name.endswith("partial"):
            return first
        iterated = _iterated(name, given, items(first) or items(asked))
        return iterated or _foreign_object(name)

    def _narrow(self, node: ast.expr, kinds: Values, frame: Frame) -> None:
        """Take a variable of which nothing is known for what an assert says that it is."""
        is_asserted = frame.trace is not None and frame.trace.mood == "asserted"
        if is_asserted and isinstance(node, ast.Name) and not self.name(node.id, frame):
            frame.names[node.id] = instances(kinds)

    def _is_caught(self, node: ast.expr, frame: Frame) -> bool:
        holder = dotted(node).rpartition(".")[0]
        return bool(holder) and Instance(_CAUGHT) in self.name(holder, frame)

    def _caught(self, errors: Values) -> Values:
        """Return what ``raises`` gives: an object with the error that it caught."""
        kinds = errors | items(errors)
        for name in ("value", "exception"):
            self.stored[_CAUGHT, name] = instances(kinds)
        return frozenset({Instance(_CAUGHT)})

    def _super(self, frame: Frame) -> Values:
        line = self.line(frame.owner)[1:2] if frame.owner is not None else ()
        return frozenset(Instance(each) for each in line)

    def _of_collection(self, node: ast.Call, frame: Frame) -> Values:
        """Return what ``items()``, ``values()``, ``get()`` and ``pop()`` of a collection give."""
        if not isinstance(node.func, ast.Attribute) or node.func.attr not in _FROM_COLLECTIONS:
            return NOTHING
        inner = items(
            self.value(node.func.value, Frame(frame.module, frame.names, frame.owner, outer=frame.outer))
        )
        match node.func.attr:
            case "values" | "copy":
                return frozenset({Many(inner)})
            case "items":
                return frozenset({Many(frozenset({Row((NOTHING, inner))}))})
        return inner

    def _fitting(self, callees: Values, node: ast.Call) -> Values:
        """Return those of several callees whose parameters take what the call gives."""
        if len(callees) == 1:
            return callees
        # What a decorator makes with parentheses, and without them: here are parentheses.
        is_function = any(isinstance(each, Gives) for each in callees)
        likely = frozenset(each for each in callees if not (is_function and isinstance(each, Instance)))
        return frozenset(each for each in likely if self._takes(each, node)) or likely

    def _takes(self, callee: Value, node: ast.Call) -> bool:
        definition = (
            self.code.function_node(callee.module, callee.name) if isinstance(callee, Function) else None
        )
        if definition is None or not isinstance(callee, Function):
            return True
        parameters = definition.args
        names = [each.arg for each in (*parameters.posonlyargs, *parameters.args)][int(callee.bound) :]
        known = {*names, *(each.arg for each in parameters.kwonlyargs)}
        filled = {*names[: len(node.args)], *(each.arg for each in node.keywords if each.arg)}
        needed = names[: len(names) - len(parameters.defaults)]
        if any(isinstance(each, ast.Starred) for each in node.args) or any(
            not each.arg for each in node.keywords
        ):
            needed = []
        has_all = parameters.kwarg is not None or {each.arg for each in node.keywords if each.arg} <= known
        return has_all and filled >= set(needed) and (bool(parameters.vararg) or len(node.args) <= len(names))

    def _observe(self, node: ast.Call, start: int, frame: Frame) -> None:
        """Note that an assert looks at what another use made.

        It does so by a call that takes nothing, and of what has no work for the rest of the library.
        """
        trace = frame.trace
        if trace is None or trace.mood != "asserted" or node.args or node.keywords:
            return
        subject = dotted(node.func.value) if isinstance(node.func, ast.Attribute) else ""
        made = [
            each for each in seen(frame, subject, acts=False) if trace.uses[each].function.last != "__init__"
        ]
        if made and not any(self.callees(trace.uses[each].function) for each in trace.outermost(start)):
            trace.mark(made, "observed")
            trace.mark(trace.outermost(start), "observes")

    def _invoke(self, given: Sequence[Values], frame: Frame) -> None:
        """Note the command that a runner of click or typer is told to invoke: the object, or its name."""
        texts = [text for each in given for text in _texts(each)]
        named = [found for text in texts if (found := self.index.commands(text, texts))]
        handed = [each for values in given[:1] for each in values if isinstance(each, Function)]
        for function in (*(named or [()])[-1], *([] if named else handed)):
            self.use(function, frame)


def kept(constructor: Definition, instance: str) -> Iterator[tuple[str, str]]:
    """Yield the attributes of the instance that hold a parameter as it is, each with the parameter."""
    for each in constructor.body:
        target = each.targets[0] if isinstance(each, ast.Assign) else getattr(each, "target", None)
        if isinstance(target, ast.Attribute) and dotted(target.value) == instance:
            yield from ((target.attr, name) for name in _held(getattr(each, "value", None)))


def _tells(values: Values) -> bool:
    """Return whether it is known of what class something is; of an empty list it is not."""
    return any(isinstance(each, Class | Function | Instance) for each in values | items(values))


def _held(value: ast.expr | None) -> list[str]:
    """Return the names that an expression may be worth: of ``size or 1``, and of ``1 if … else size``."""
    match value:
        case ast.BoolOp(values=parts):
            pass
        case ast.IfExp(body=body, orelse=orelse):
            parts = [body, orelse]
        case _:
            parts = [value] if value is not None else []
    return [each.id for each in parts if isinstance(each, ast.Name)]


def _closure(name: str, frame: Frame) -> Definition | None:
    around: Frame | None = frame
    while around is not None:
        if name in around.closures:
            return around.closures[name]
        around = around.outer
    return None


def classes(values: Values) -> Values:
    """Return the classes of the instances among *values*."""
    return frozenset(each.of for each in values if isinstance(each, Instance))


def _foreign_object(name: str) -> Values:
    """Return what the class of another library gives, so that its methods are not taken for the library's."""
    return frozenset({Foreign(f"{name}()")}) if "." in name and _last(name)[:1].isupper() else NOTHING


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _texts(values: Values) -> list[str]:
    rows = [each.items for each in values if isinstance(each, Row)]
    parts = [one for row in rows for values in row for one in values] or list(items(values))
    return [each.text for each in parts if isinstance(each, Text)]


def _iterated(name: str, given: Sequence[Values], inner: Values) -> Values:
    """Return what a built-in function gives that iterates over what it is given."""
    if name in _ITERATES:
        return inner if name == "next" else frozenset({Many(inner)})
    if name in ("zip", "enumerate"):
        columns = [NOTHING, inner] if name == "enumerate" else [items(each) for each in given]
        return frozenset({Many(frozenset({Row(tuple(columns))}))})
    return NOTHING

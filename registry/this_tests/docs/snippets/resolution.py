"""Resolves what an expression in a test file means: something imported, an instance of it, or neither.

Only the syntax of test files is read. What the library's own names mean is not decided here.
"""

import ast
import builtins
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath

from ...source.parsing import dotted, last_name
from .bindings import Binding, Function, Scope, inner_nodes, parameters
from .definitions import Files, SourceFile
from .fixtures import PYTEST_FIXTURES, is_fixture, values_of_parameter
from .usage import EXPECTING
from .values import (
    DATA,
    Class,
    Data,
    Free,
    Helper,
    Instance,
    Member,
    Module,
    Raised,
    Thing,
    Value,
    Values,
    instance_of,
    is_class,
    union,
)

__all__ = ["Resolution"]


# Real expressions are not nested as deeply; Python's own stack ends at a thousand frames.
_DEEPEST = 40
_SEVERAL = (ast.Tuple, ast.List, ast.Set)
# The functions of Python that return what they are given, or a part of it.
_PASSING = frozenset(
    {
        "builtins.getattr",
        "builtins.iter",
        "builtins.max",
        "builtins.min",
        "builtins.next",
        "builtins.sum",
        "builtins.vars",
        "asyncio.run",
        "copy.replace",
        "dataclasses.replace",
        "functools.reduce",
        "functools.wraps",
        "operator.attrgetter",
    }
)
_CASTS = {
    "typing.cast": 1,
    "typing.assert_type": 0,
    "copy.copy": 0,
    "copy.deepcopy": 0,
    "weakref.proxy": 0,
    "pickle.loads": 0,
    "pickle.dumps": 0,
}
_PARTIAL = frozenset({"functools.partial", "functools.partialmethod", "builtins.staticmethod"})
_IMPORTING = frozenset({"importlib.import_module", "pytest.importorskip", "builtins.__import__"})
# Decorators that leave a function as it is, for those who call it.
_KEEPING = frozenset(
    {"wraps", "staticmethod", "classmethod", "contextmanager", "asynccontextmanager", "fixture"}
)
_SETTING_UP = ("set", "setup", "__init__", "asyncSetUp", "prepare")


class Resolution:
    """Resolves expressions in the files of a folder."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._modules: dict[SourceFile, Scope] = {}
        self._borrowed: dict[SourceFile, Mapping[str, tuple[str, SourceFile]]] = {}
        self._depth = 0

    def module(self, file: SourceFile) -> Scope:
        """Return the scope of a file."""
        if file not in self._modules:
            self._modules[file] = Scope(file.tree, file.path)
        return self._modules[file]

    def borrowed(self, file: SourceFile) -> Mapping[str, tuple[str, SourceFile]]:
        """Return the names that a file imports from other test files: with the name there, and the file."""
        if file not in self._borrowed:
            found: dict[str, tuple[str, SourceFile]] = {}
            for name, (statement, original) in file.imported.items():
                module = _module_of(statement) if isinstance(statement, ast.ImportFrom) else original or name
                if other := self._files.helpers(file.path, module):
                    found[name] = (original, other)
            self._borrowed[file] = found
        return self._borrowed[file]

    def meanings(self, node: ast.expr, scope: Scope) -> Values:
        """Return what an expression may mean where it is in *scope*; nothing if that is unknown."""
        if self._depth > _DEEPEST:
            return ()
        self._depth += 1
        try:
            return self._meanings(node, scope)
        finally:
            self._depth -= 1

    def _meanings(self, node: ast.expr, scope: Scope) -> Values:  # noqa: PLR0911  # a kind of node each
        if isinstance(node, ast.Name):
            return self.named(node.id, scope, node.lineno)
        if isinstance(node, ast.Attribute):
            return self._attribute(node, scope)
        if isinstance(node, ast.Call):
            return self._call(node, scope)
        if isinstance(node, ast.IfExp):
            return self._all((node.body, node.orelse), scope)
        if isinstance(node, ast.BoolOp):
            return self._all(node.values, scope)
        if isinstance(node, ast.NamedExpr | ast.Await | ast.Starred):
            return self.meanings(node.value, scope)
        if isinstance(node, ast.Subscript):
            # `Box[int]` is the class; an item may be anything.
            return tuple(value for value in self.meanings(node.value, scope) if is_class(value))
        if isinstance(node, ast.Constant) and node.value is None:
            return ()
        is_unknown = isinstance(node, ast.BinOp | ast.UnaryOp | ast.Yield | ast.YieldFrom)
        return () if is_unknown else (DATA,)

    def _all(self, nodes: Iterable[ast.expr], scope: Scope) -> Values:
        return union(self.meanings(node, scope) for node in nodes)

    # Names.

    def named(self, name: str, scope: Scope, line: int = 0) -> Values:
        """Return what a name means in a scope, at a line of it if that is given."""
        current: Scope | None = scope
        while current:
            if name in current.names and (not current.is_class or current is scope):
                # In `@post_load` above `def post_load`, in a class, it is the outer name.
                is_outer = line and current.is_class and _is_later(current.names[name], line)
                if not is_outer:
                    return self._bound(name, current)
            if current.around is None:
                return self._elsewhere(name, current)
            current = current.around
        return ()

    def _elsewhere(self, name: str, module: Scope) -> Values:
        """Return what a name means that the file itself does not bind."""
        for star in module.names.get("*", ()):
            found = None
            if isinstance(star.node, ast.ImportFrom):
                found = self._test_module(module.path, _module_of(star.node))
            if found and name in found.names:
                return self._bound(name, found)
        return (Thing(f"builtins.{name}"),) if hasattr(builtins, name) else (Free(name),)

    def _bound(self, name: str, scope: Scope) -> Values:
        known = scope.known.get(name)
        if known is None:
            # What is defined by itself is unknown.
            scope.known[name] = ()
            known = union(self._meaning_of(binding, name, scope) for binding in scope.names[name])
            scope.known[name] = known
        return known  # type: ignore[return-value]  # only values are stored

    def _meaning_of(  # noqa: PLR0911  # a kind of binding each
        self, binding: Binding, name: str, scope: Scope
    ) -> Values:
        node = binding.node
        if binding.alias and isinstance(node, ast.Import | ast.ImportFrom):
            return self._imported(node, binding.alias, scope)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            return self._function(node, scope)
        if isinstance(node, ast.ClassDef):
            return (Class(scope.scope_of(node)),)
        if binding.how == "parameter":
            return self._parameter(name, scope, node)
        if not isinstance(node, ast.expr):
            return ()
        if binding.how == "value":
            return self.meanings(node, self._outside(scope, node))
        if binding.how == "caught":
            return tuple(instance_of(value) for value in self.meanings(node, scope) if is_class(value))
        if binding.how == "entered":
            return self._entered(node, scope)
        return self._items(node, self._outside(scope, node))

    def _outside(self, scope: Scope, node: ast.expr) -> Scope:
        """Return the scope in which a comprehension's first iterable is evaluated."""
        generators = getattr(scope.node, "generators", None)
        return scope.around if generators and scope.around and node is generators[0].iter else scope

    def _items(self, node: ast.expr, scope: Scope) -> Values:
        """Return what the items of a literal mean."""
        elements, around = self._elements(node, scope)
        if elements is None:
            is_data = isinstance(node, ast.Call) and last_name(node.func) in {"range", "enumerate"}
            return (DATA,) if is_data else ()
        return self._all(elements, around)

    def _elements(self, node: ast.expr, scope: Scope) -> tuple[Sequence[ast.expr] | None, Scope]:
        """Return the items of a literal, or of the one that a name stands for, and their scope."""
        current: Scope | None = scope
        while isinstance(node, ast.Name) and current:
            bindings = current.names.get(node.id, ())
            current = current.around
            if len(bindings) == 1:
                binding, module = bindings[0], None
                if isinstance(binding.node, ast.ImportFrom) and binding.alias:
                    module = self._test_module(scope.path, _module_of(binding.node))
                    bindings = module.names.get(binding.alias.name, ()) if module else ()
                around = module or scope
                value = bindings[0].node if len(bindings) == 1 and bindings[0].how == "value" else None
                return (value.elts if isinstance(value, _SEVERAL) else None), around
        return (node.elts if isinstance(node, _SEVERAL) else None), scope

    def _entered(self, node: ast.expr, scope: Scope) -> Values:
        if isinstance(node, ast.Call) and last_name(node.func) in EXPECTING:
            expected = (
                node.args[0].elts if node.args and isinstance(node.args[0], ast.Tuple) else node.args[:1]
            )
            caught = (value for value in self._all(expected, scope) if is_class(value))
            return (Raised(tuple(map(instance_of, caught))),)
        found = self.meanings(node, scope)
        # Most contexts give themselves.
        return tuple(value for value in found if not isinstance(value, Data))

    # Imports.

    def _imported(self, node: ast.Import | ast.ImportFrom, alias: ast.alias, scope: Scope) -> Values:
        if isinstance(node, ast.Import):
            name = alias.name if alias.asname else alias.name.partition(".")[0]
            module = self._test_module(scope.path, name)
            return (Module(module),) if module else (Thing(name),)
        name = _module_of(node)
        if (module := self._test_module(scope.path, name)) and alias.name in module.names:
            return self._bound(alias.name, module)
        inner = f"{name}{alias.name}" if name.endswith(".") else f"{name}.{alias.name}"
        if inside := self._test_module(scope.path, inner):
            return (Module(inside),)
        return () if module else (Thing(_absolute(scope.path, inner)),)

    def _test_module(self, path: str, name: str) -> Scope | None:
        file = self._files.helpers(path, name)
        return self.module(file) if file else None

    # Attributes.

    def _attribute(self, node: ast.Attribute, scope: Scope) -> Values:
        found = self.meanings(node.value, scope)
        if not found:
            return (Member(None, node.attr),)
        return union(self.member(value, node.attr) for value in found)

    def member(self, value: Value, name: str) -> Values:  # noqa: PLR0911  # a kind of value each
        """Return what an attribute of *value* means."""
        if isinstance(value, Thing):
            return (Thing(f"{value.path}.{name}"),)
        if isinstance(value, Class):
            return self._of_class(value, name, value)
        if isinstance(value, Instance):
            if isinstance(value.of, Class):
                return self._of_class(value.of, name, value)
            return (Member(value, name),)
        if isinstance(value, Member):
            return (Member(value, name),)
        if isinstance(value, Module):
            return self.named(name, value.scope)
        if isinstance(value, Raised):
            return value.of if name in {"value", "exception"} else (DATA,)
        # An attribute of an instance of an unknown type.
        return (DATA,) if isinstance(value, Data) else (Member(None, name),)

    def _of_class(self, cls: Class, name: str, receiver: Value) -> Values:
        """Return what an attribute of a class in a test file, or of its instances, means."""
        if self._depth > _DEEPEST:
            return ()
        self._depth += 1
        try:
            if name in cls.scope.names:
                return self._bound(name, cls.scope)
            if found := self._set_up(cls, name):
                return found
            bases = self.bases(cls)
            if not bases:
                # Something else may have set it.
                return (Member(None, name),)
            is_instance = isinstance(receiver, Instance)
            return union(self.member(instance_of(base) if is_instance else base, name) for base in bases)
        finally:
            self._depth -= 1

    def bases(self, cls: Class) -> Values:
        """Return the base classes of a class in a test file, as far as they are known."""
        node, around = cls.scope.node, cls.scope.around
        if not isinstance(node, ast.ClassDef) or around is None:
            return ()
        found = self._all(node.bases, around)
        return tuple(base for base in found if is_class(base) and base != cls)

    def _set_up(self, cls: Class, name: str) -> Values:
        """Return what methods such as ``setup_method`` assign to an attribute of ``self``."""
        found = []
        for scope, value in self._assigned(cls).get(name, ()):
            found.append(self.meanings(value, scope))
        return union(found)

    def _assigned(self, cls: Class) -> dict[str, list[tuple[Scope, ast.expr]]]:
        known = cls.scope.known.get("self.")
        if known is None:
            known = {}
            for bindings in cls.scope.names.values():
                for binding in bindings:
                    if isinstance(binding.node, ast.FunctionDef | ast.AsyncFunctionDef):
                        _add_assigned(binding.node, cls.scope.scope_of(binding.node), known)
            cls.scope.known["self."] = known
        return known  # type: ignore[return-value]  # only this method stores it

    # Functions and calls.

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> Values:
        helper = (Helper(scope.scope_of(node)),)
        for decorator in node.decorator_list:
            if last_name(decorator) == "property":
                return self._returned(scope.scope_of(node)) or (DATA,)
            name = last_name(decorator.func if isinstance(decorator, ast.Call) else decorator)
            path = dotted(decorator.func if isinstance(decorator, ast.Call) else decorator)
            if name not in _KEEPING and not path.startswith("pytest.mark."):
                # What a decorator of the library makes of it is unknown.
                return ()
        return helper

    def _call(self, node: ast.Call, scope: Scope) -> Values:
        function = node.func
        if isinstance(function, ast.Name) and function.id == "super":
            return self._super(scope)
        return union(self._result(value, node, scope) for value in self.meanings(function, scope))

    def _super(self, scope: Scope) -> Values:
        current: Scope | None = scope
        while current and not current.is_class:
            current = current.around
        return tuple(map(instance_of, self.bases(Class(current)))) if current else ()

    def _result(self, value: Value, node: ast.Call, scope: Scope) -> Values:
        if isinstance(value, Thing):
            return self._result_of(value.path, node, scope)
        if isinstance(value, Class):
            return (Instance(value),)
        if isinstance(value, Helper):
            return self._returned(value.scope)
        if isinstance(value, Member):
            return (Instance(value),)
        return (DATA,) if isinstance(value, Data) else ()

    def _result_of(self, path: str, node: ast.Call, scope: Scope) -> Values:
        if path in _CASTS and len(node.args) > _CASTS[path]:
            return (
                self.meanings(node.args[0], scope)[:1]
                if path != "typing.cast"
                else self._typed(node.args[0], scope)
            )
        if path in _PARTIAL and node.args:
            return self.meanings(node.args[0], scope)
        if path in _IMPORTING and node.args:
            name = node.args[0]
            is_name = isinstance(name, ast.Constant) and isinstance(name.value, str)
            return (Thing(name.value),) if is_name else ()  # type: ignore[attr-defined]  # it is a constant
        if path == "builtins.type" and len(node.args) == 1:
            found = self.meanings(node.args[0], scope)
            return tuple(value.of for value in found if isinstance(value, Instance))
        if path in _PASSING:
            return ()
        return (DATA,) if path.startswith("builtins.") else (Instance(Thing(path)),)

    def _returned(self, scope: Scope) -> Values:
        """Return what a function of a test file returns, or gives as a context or a fixture."""
        known = scope.known.get("return")
        if known is None:
            scope.known["return"] = ()
            known = self._returns(scope)
            scope.known["return"] = known
        return known  # type: ignore[return-value]  # only this method stores it

    def _returns(self, scope: Scope) -> Values:
        node = scope.node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            return ()
        if node.returns and scope.around and (found := self._typed(node.returns, scope.around)):
            return found
        results = [
            inner.value
            for inner in inner_nodes(node.body)
            if isinstance(inner, ast.Return | ast.Yield) and inner.value
        ]
        return self._all(results, scope)

    def _typed(self, annotation: ast.AST, scope: Scope) -> Values:
        """Return the instances that an annotation tells of."""
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            try:
                annotation = ast.parse(annotation.value, mode="eval").body
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                return ()
        if isinstance(annotation, ast.BinOp):
            return union((self._typed(annotation.left, scope), self._typed(annotation.right, scope)))
        if isinstance(annotation, ast.Subscript):
            if last_name(annotation.value) in {
                "Iterator",
                "Generator",
                "Optional",
                "AsyncIterator",
                "Annotated",
            }:
                inner = annotation.slice
                return self._typed(
                    inner.elts[0] if isinstance(inner, ast.Tuple) and inner.elts else inner, scope
                )
            annotation = annotation.value
        if not isinstance(annotation, ast.Name | ast.Attribute) or last_name(annotation) in {"Any", "object"}:
            return ()
        # Whether a type of Python's own is meant is unknown: `typing.Protocol` and the like.
        found = self.meanings(annotation, scope)
        return tuple(instance_of(value) for value in found if is_class(value))

    # Parameters.

    def _parameter(self, name: str, scope: Scope, annotation: ast.AST | None) -> Values:
        node, around = scope.node, scope.around
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or around is None:
            return ()
        if around.is_class and (names := parameters(node)) and names[0].arg == name:
            decorators = {last_name(decorator) for decorator in node.decorator_list}
            if "staticmethod" not in decorators:
                return (Class(around),) if "classmethod" in decorators else (Instance(Class(around)),)
        if annotation and (found := self._typed(annotation, around)):
            return found
        if found := self._given(name, scope):
            return found
        if not (node.name.startswith("test") or is_fixture(node)):
            return ()
        return self._fixture(name, scope)

    def _given(self, name: str, scope: Scope) -> Values:
        """Return what ``parametrize`` gives for a parameter."""
        current: Scope | None = scope
        while current and current.around:
            for decorator in getattr(current.node, "decorator_list", ()):
                if isinstance(decorator, ast.Call) and last_name(decorator.func) == "parametrize":
                    rows = decorator.args[1] if len(decorator.args) > 1 else None
                    elements, around = self._elements(rows, current.around) if rows else (None, scope)
                    if (
                        values := list(values_of_parameter(decorator.args[0], elements or (), name))
                        if elements
                        else []
                    ):
                        return self._all(values, around)
            current = current.around
        return ()

    def _fixture(self, name: str, scope: Scope) -> Values:
        current = scope.around
        while current:
            if found := self._fixture_in(current, name, scope):
                return self._returned(found)
            if current.is_class:
                for base in self.bases(Class(current)):
                    if isinstance(base, Class) and (found := self._fixture_in(base.scope, name, scope)):
                        return self._returned(found)
            elif current.around is None:
                imported = current.names.get(name, [])
                if any(binding.how == "import" for binding in imported):
                    found_values = self._bound(name, current)
                    helpers = (value for value in found_values if isinstance(value, Helper))
                    return union(self._returned(value.scope) for value in helpers)
            current = current.around
        for file in self._files.conftests(scope.path):
            if found := self._fixture_in(self.module(file), name, scope):
                return self._returned(found)
        return (DATA,) if name in PYTEST_FIXTURES else ()

    def _fixture_in(self, scope: Scope, name: str, asking: Scope) -> Scope | None:
        for binding in scope.names.get(name, ()):
            node = binding.node
            if node is asking.node or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if is_fixture(node):
                return scope.scope_of(node)
        return None


def _is_later(bindings: Iterable[Binding], line: int) -> bool:
    """Return whether a name is bound only after a line of the same scope."""
    return all(getattr(binding.node, "lineno", 0) >= line for binding in bindings)


def _add_assigned(node: Function, scope: Scope, found: dict[str, list[tuple[Scope, ast.expr]]]) -> None:
    names = parameters(node)
    if not names or isinstance(node, ast.Lambda):
        return
    for inner in inner_nodes(node.body):
        targets = inner.targets if isinstance(inner, ast.Assign) else [getattr(inner, "target", None)]
        value = getattr(inner, "value", None) if isinstance(inner, ast.Assign | ast.AnnAssign) else None
        for target in targets:
            is_own = isinstance(target, ast.Attribute) and dotted(target.value) == names[0].arg
            if is_own and value is not None and isinstance(target, ast.Attribute):
                found.setdefault(target.attr, []).append((scope, value))


def _module_of(statement: ast.ImportFrom) -> str:
    return "." * statement.level + (statement.module or "")


def _absolute(path: str, name: str) -> str:
    """Return the name of a module that the file at *path* imports, with its packages for a relative one."""
    inside = name.lstrip(".")
    if not (level := len(name) - len(inside)):
        return name
    folders = PurePosixPath(path).parent.parts
    return ".".join((*folders[: len(folders) - level + 1], inside))

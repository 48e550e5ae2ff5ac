"""Finds definitions that a run with observation cannot fail to see if a test executes them."""

import ast
from collections.abc import Iterable, Iterator, Mapping

from .dead_code import is_overload
from .origins import Origins
from .parsing import blocks, last_name, parsed

__all__ = ["ObservableCode"]

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_MAKERS = ("__init__", "__new__")
# What these make has no Python code that runs: a compiler takes it.
_COMPILERS = frozenset({"cfunc", "guvectorize", "jit", "jitclass", "njit", "script", "stencil", "vectorize"})
_ABSTRACT = frozenset(
    {"abstractclassmethod", "abstractmethod", "abstractproperty", "abstractstaticmethod"} | _COMPILERS
)
# Nobody makes instances of a subclass of these, or only while a module is imported.
_WITHOUT_INSTANCES = frozenset(
    {"Enum", "Flag", "IntEnum", "IntFlag", "NamedTuple", "Protocol", "StrEnum", "TypedDict"}
)


class ObservableCode:
    """The functions and classes of a library whose execution is certain to be seen.

    These are functions with a body, and classes with a constructor, that the source defines in any
    environment. The others are abstract, stubs, data, C code, of another library, or made by a call.

    Args:
        origins: The sources of the library.
    """

    def __init__(self, origins: Origins) -> None:
        self._origins = origins
        self._modules: dict[str, Mapping[str, bool]] = {}

    def defines(self, names: Iterable[str]) -> bool:
        """Return whether the first of *names* that the source defines is a definition of that kind."""
        found = (self._at(name) for name in names)
        return next((known for known in found if known is not None), False)

    def _at(self, name: str) -> bool | None:
        parts = name.split(".")
        for length in range(len(parts) - 1, 0, -1):
            module = ".".join(parts[:length])
            if self._origins.source(module) is not None:
                return self._in_module(module).get(".".join(parts[length:]))
        return None

    def _in_module(self, module: str) -> Mapping[str, bool]:
        if module not in self._modules:
            source = self._origins.source(module)
            # The scopes of the module could be read, so it can be parsed.
            self._modules[module] = dict(_definitions(parsed(source).body, "")) if source is not None else {}
        return self._modules[module]


def _definitions(body: Iterable[ast.stmt], scope: str) -> Iterator[tuple[str, bool]]:
    """Yield each function and class by its qualified name; of one name, the last definition counts.

    What is under ``if`` or ``try`` may be missing in another environment.
    """
    found: dict[str, bool] = {}
    waiting = [(statement, True) for statement in reversed(list(body))]
    while waiting:
        statement, always = waiting.pop()
        if isinstance(statement, _Function):
            name = f"{scope}{statement.name}"
            found[name] = always and _runs(statement)
        elif isinstance(statement, ast.ClassDef):
            name = f"{scope}{statement.name}"
            inner = dict(_definitions(statement.body, f"{name}."))
            found |= {path: runs and always for path, runs in inner.items()}
            found[name] = always and _is_made(statement, inner, name)
        else:
            surely = always and isinstance(statement, ast.With | ast.AsyncWith)
            waiting += [(part, surely) for block in blocks(statement) for part in reversed(block)]
    yield from found.items()


def _is_made(statement: ast.ClassDef, inner: Mapping[str, bool], name: str) -> bool:
    bases = {last_name(base.value if isinstance(base, ast.Subscript) else base) for base in statement.bases}
    return bases.isdisjoint(_WITHOUT_INSTANCES) and any(inner.get(f"{name}.{maker}") for maker in _MAKERS)


def _runs(function: _Function) -> bool:
    decorators = {
        last_name(decorator.func if isinstance(decorator, ast.Call) else decorator)
        for decorator in function.decorator_list
    }
    return not (is_overload(function) or decorators & _ABSTRACT or all(map(_is_stub, function.body)))


def _is_stub(statement: ast.stmt) -> bool:
    """Return whether a statement is a docstring, ``...``, ``pass``, or raises `NotImplementedError`."""
    match statement:
        case ast.Pass() | ast.Expr(ast.Constant()):
            return True
        case ast.Raise(exc=ast.Call(func=raised)) | ast.Raise(exc=ast.expr() as raised):
            return last_name(raised) == "NotImplementedError"
    return False

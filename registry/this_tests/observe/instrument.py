"""Observes by instrumented code, on Python 3.11, which has no ``sys.monitoring``."""

import ast
import marshal
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, FunctionType, MethodType
from typing import Any
from weakref import getweakrefcount
from zlib import crc32

from ..files import atomic_write
from ..observations.relation import BODY
from ..source.parsing import with_deep_stack
from .assertion_rewriter import Rewriter
from .ast_transform import example_with_witnesses, with_flags, with_witnesses
from .child import FLAGS_VERSION, MARK, cached_code, flagged_file, with_flags_in_place
from .code_objects import Called, Codes, Loaded
from .code_owner import CodeOwners, Owner, functions_in
from .direct_calls import Callees
from .doctests import DoctestCompiler
from .flags import Fired, Flag, reported_by_bodies, reported_by_helpers, witnesses
from .identity import identity
from .import_hook import ImportHook, Loader, own_code
from .plain_code import PlainCode, looks_at_code
from .torch_compile import adapt_loaded, adapt_when_loaded

__all__ = ["Instrument"]

_ITERABLE_COROUTINE = 0x100  # CO_ITERABLE_COROUTINE, which `types.coroutine` adds
# The module of the flags is not instrumented.
_OURS = "this_tests.observe.flags"
_WITNESSES = sys.modules[_OURS]


class Instrument:
    """The backend that reports function starts and the calls of test files by instrumented code.

    The import hook inserts a flag into each function of the library. A flag that is not armed costs one
    attribute access; `take` arms again those that were hit.
    """

    def __init__(self, code_owners: CodeOwners) -> None:
        self._code_owners = code_owners
        self._codes = Codes(code_owners)
        self._callees = Callees(code_owners, self._codes)
        self._fired = Fired()
        self._called: dict[str, int] = {}
        self._hook = ImportHook(code_owners, self._load, adapt_when_loaded)
        self._rewriter = Rewriter(
            code_owners, f"{FLAGS_VERSION}-{crc32(repr(code_owners.functions).encode()):x}"
        )
        self._doctests = DoctestCompiler(self._compiled_example)
        self._plain_code = PlainCode(_is_armed)
        self._witness = self._record_call
        witnesses.append(self._witness)
        _clear_reported()
        self._rewriter.install()
        self._hook.install()
        if (replaced := getattr(sys, MARK, None)) is not None:
            replaced()
        adapt_loaded()

    def discover(self, loaded: Iterable[Loaded]) -> str:
        """Instrument the functions in *loaded*, and return a message that lists those that cannot be."""
        missed: set[str] = set()
        replacer = _CodeReplacer(self._armed_code)
        for function, module, owner in loaded:
            if owner == "tests":
                self._add(function.__code__, module, owner)
            elif identity(function.__code__) not in self._codes.library:
                # A copy of instrumented code, as `types.coroutine` makes, only has to be added.
                if not _is_armed(function.__code__) and not replacer.replace(function, module):
                    missed.add(module)
                elif _is_armed(function.__code__):
                    self._add(function.__code__, module, owner)
        self._doctests.install()
        if not missed:
            return ""
        return (
            f"imported before observing began, and not observed: {', '.join(sorted(missed))}; "
            "is it a plugin, or in one?"
        )

    def take(self) -> dict[str, int]:
        """Return what was executed since the last call, with `DIRECT` and `BODY`, and arm it again."""
        found, self._called = self._called, {}
        _clear_reported()
        fired = self._fired[:]
        del self._fired[: len(fired)]  # A thread may have added to it.
        tests = self._codes.tests
        for flag, caller in fired:
            found[flag.key] = found.get(flag.key, 0) | tests.get(identity(caller), 0)
            flag.armed = True
        return found

    def objects(self) -> Mapping[str, object]:
        """Return the called objects without code of the library, by ``module:qualname``."""
        return self._callees.objects

    def watches(self, function: FunctionType) -> bool:
        """Return whether the start of *function*, of the library, is reported."""
        return identity(function.__code__) in self._codes.library

    def leave_alone(self, test: FunctionType | None) -> bool:
        """Give the library its plain code while *test* runs, if it looks at code; return whether it does."""
        if self._plain_code.active:
            self._plain_code.take_back()
        if test is None or not looks_at_code(test, self._is_test_file):
            return False
        self._plain_code.put()
        return True

    def _is_test_file(self, path: str) -> bool:
        return self._code_owners.owner(path, "") == "tests"

    def prepare(self, path: str) -> None:
        """Cache the code of a file with flags: a child cannot compile it without further imports."""
        with suppress(Exception):  # The child stays unsure.
            _flagged_code(path)

    def report_to(self, report: Callable[[str], object]) -> None:
        """Report at once what is executed from now on, in a forked child."""
        # An attribute of this instance, which mypy takes for the method of the class.
        setattr(self._fired, "append", lambda hit: report(hit[0].key))  # noqa: B010
        self._called = Called(report)

    def close(self) -> None:
        """Stop: remove the import hook, and disarm all flags."""
        self.leave_alone(None)
        self._hook.remove()
        self._rewriter.remove()
        self._doctests.remove()
        witnesses.remove(self._witness)
        _clear_reported()
        for code in self._codes.held:
            for const in code.co_consts:
                if type(const) is Flag:
                    const.armed = False

    def _record_call(self, callee: object, flags: int) -> None:
        # `suppress` would take longer than everything else here, and this runs at each call.
        try:
            if type(callee) is MethodType:
                callee = callee.__func__
            for key in self._callees.keys(callee):
                self._called[key] = self._called.get(key, 0) | flags
            if self._callees.holds(callee):
                (reported_by_bodies if flags & BODY else reported_by_helpers).add(identity(callee))
        except Exception:  # noqa: BLE001, S110  # an error here must not fail the test
            pass

    # Loading.

    def _load(self, loader: Loader, name: str, owner: Owner) -> CodeType | None:
        code = None
        plain = isinstance(loader, SourceFileLoader) and type(loader).get_code is SourceFileLoader.get_code
        if plain and name != _OURS:
            with suppress(Exception):  # Then it is loaded without instrumentation.
                path = loader.get_filename(name)
                code = self._armed_code(path, name) if owner == "library" else self._witnessed_code(path)
        if code is None:
            code = own_code(loader, name)
        if code is not None:
            self._add(code, name, owner)
        return code

    def _compiled_example(self, source: str, filename: str, mode: str, flags: int, *args: Any) -> CodeType:
        try:
            tree = compile(source, filename, mode, flags | ast.PyCF_ONLY_AST, *args)
            code: CodeType = compile(example_with_witnesses(tree), filename, mode, flags, *args)
            code = with_flags_in_place(code, lambda _: _WITNESSES)
        except Exception:  # noqa: BLE001  # then it is compiled as it is, which may raise an error
            code = compile(source, filename, mode, flags, *args)
        for _ in self._codes.add_example(code):
            pass
        return code

    def _add(self, code: CodeType, module: str, owner: Owner) -> None:
        for _ in self._codes.add(code, module, owner):
            pass

    def _armed_code(self, path: str, module: str) -> CodeType:
        code = with_flags_in_place(
            _flagged_code(path), lambda function: Flag(f"{module}:{function.co_qualname}", self._fired)
        )
        self._add(code, module, "library")
        return code

    def _witnessed_code(self, path: str) -> CodeType:
        return _compiled(path, lambda tree: with_witnesses(tree, self._code_owners.is_test))


class _CodeReplacer:
    """Replaces the code of functions that exist already by instrumented code."""

    def __init__(self, armed_code: Callable[[str, str], CodeType]) -> None:
        self._armed_code = armed_code
        self._modules: dict[str, dict[tuple[str, int], CodeType]] = {}

    def replace(self, function: FunctionType, module: str) -> bool:
        """Replace the code of *function*; return whether that was done, or is not needed."""
        old = function.__code__
        if not old.co_filename.endswith(".py") or module == _OURS:
            return True  # Made by `exec`.
        if getweakrefcount(old):
            return False  # Other code refers to it, as trio does to what no interrupt may end.
        new = self._of(old.co_filename, module).get((old.co_qualname, old.co_firstlineno))
        if new is None or new.co_freevars != old.co_freevars:
            return False
        if old.co_flags & _ITERABLE_COROUTINE:
            new = new.replace(co_flags=new.co_flags | _ITERABLE_COROUTINE)
        function.__code__ = new
        return True

    def _of(self, path: str, module: str) -> Mapping[tuple[str, int], CodeType]:
        if module not in self._modules:
            self._modules[module] = {}
            with suppress(Exception):  # The file was changed or deleted.
                codes = functions_in(self._armed_code(path, module))
                self._modules[module] = {(code.co_qualname, code.co_firstlineno): code for code in codes}
        return self._modules[module]


def _is_armed(code: CodeType) -> bool:
    return any(type(const) is Flag for const in code.co_consts)


def _clear_reported() -> None:
    reported_by_bodies.clear()
    reported_by_helpers.clear()


# The code of a module with placeholders for flags, cached next to its plain code under its own tag.


def _flagged_code(path: str) -> CodeType:
    if (found := cached_code(path)) is not None:
        return found
    code = _compiled(path, with_flags)
    if not sys.dont_write_bytecode:
        with suppress(OSError):
            cached, stamp = flagged_file(path)
            Path(cached).parent.mkdir(exist_ok=True)
            atomic_write(Path(cached), stamp + marshal.dumps(code))
    return code


def _compiled(path: str, change: Callable[[ast.Module], ast.Module]) -> CodeType:
    """Return the code of a file whose tree *change* changes, however deeply it is nested."""
    source = Path(path).read_bytes()

    def compiled() -> CodeType:
        code: CodeType = compile(change(ast.parse(source, path)), path, "exec", dont_inherit=True)
        return code

    return with_deep_stack(compiled)

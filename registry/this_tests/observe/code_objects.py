"""The code objects that are watched: those of the library's functions and of the tests."""

import builtins
import gc
from collections.abc import Callable, Iterator
from functools import partial
from types import CodeType, FunctionType
from weakref import ref

from ..observations.relation import BODY, DIRECT
from .code_owner import CodeOwners, Owner, callers_in, codes_in, functions_in
from .identity import identity

__all__ = ["Called", "Codes", "Loaded", "living_functions", "loaded_functions"]

# A living function, with its module and owner.
Loaded = tuple[FunctionType, str, Owner]


class Codes:
    """The code objects of the library's functions and of the tests, with the function of each.

    The keys are ids, because the hash of a code object is computed from all its bytes each time. The
    code objects are kept alive, so that their ids are not reused.

    Attributes:
        library: By id of the code, ``module:qualname``.
        tests: By id of the code, the flags of what it calls.
        held: All code objects of both, but for those of examples.
    """

    def __init__(self, code_owners: CodeOwners) -> None:
        self.library: dict[int, str] = {}
        self.tests: dict[int, int] = {}
        self._code_owners = code_owners
        self.held: list[CodeType] = []
        self._examples: dict[int, ref[CodeType]] = {}

    def add(self, code: CodeType, module: str, owner: Owner) -> Iterator[CodeType]:
        """Add all functions in *code*, and yield those that are new."""
        if identity(code) in self.library or identity(code) in self.tests:
            return  # Then all functions inside are, too.
        for function in functions_in(code) if owner == "library" else callers_in(code):
            if identity(function) in self.library or identity(function) in self.tests:
                continue
            self.held.append(function)
            if owner == "library":
                self.library[identity(function)] = f"{module}:{function.co_qualname}"
            else:
                body = self._code_owners.is_test(function.co_qualname)
                self.tests[identity(function)] = DIRECT | BODY if body else DIRECT
            yield function

    def add_example(self, code: CodeType) -> Iterator[CodeType]:
        """Add the code of a doctest's example, and yield all code inside it.

        A library may have thousands of examples, so theirs is not kept alive.
        """
        for part in codes_in(code):
            key = identity(part)
            self.tests[key] = DIRECT | BODY
            self._examples[key] = ref(part, partial(self._forget, key))
            yield part

    def _forget(self, key: int, _: object) -> None:
        del self.tests[key], self._examples[key]

    def living(self) -> Iterator[CodeType]:
        """Yield all code objects, with those of examples that still exist."""
        yield from self.held
        yield from filter(None, [example() for example in list(self._examples.values())])


class Called(dict[str, int]):
    """The called functions by their keys, in a forked child, which reports each at once."""

    def __init__(self, report: Callable[[str], object]) -> None:
        super().__init__()
        self._report = report

    def __setitem__(self, key: str, flags: int) -> None:
        if key not in self:
            self._report(key)
        super().__setitem__(key, flags)


def loaded_functions(code_owners: CodeOwners) -> Iterator[Loaded]:
    """Yield each living function of the library and the tests, with its module and owner.

    All living functions are found, also those inside a decorator or a fixture, and those made by
    ``exec``, which belong to the module whose globals they have.
    """
    # Most functions belong to neither, and most share their file and module with others.
    owners: dict[tuple[str, object], Owner] = {}
    for function in living_functions():
        filename, module = key = function.__code__.co_filename, function.__globals__.get("__name__")
        if type(module) is not str:
            continue
        owner = owners.get(key)
        if owner is None:
            owner = owners[key] = code_owners.owner(filename, module)
        if owner:
            yield function, module, owner


def living_functions() -> list[FunctionType]:
    """Return all functions that exist, whoever holds them."""
    # Each function refers to the built-in names, and little else does. `gc.get_referrers` takes half the
    # time of testing the type of each object here. Functions with built-ins of their own are not
    # found: those of the import system, or of a sandbox.
    return [function for function in gc.get_referrers(vars(builtins)) if type(function) is FunctionType]

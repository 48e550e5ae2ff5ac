"""The functions that are watched, by their code."""

import builtins
import gc
from collections.abc import Iterator
from types import CodeType, FunctionType

from ..observations.relation import BODY, DIRECT
from .code_owner import CodeOwners, Owner, callers_in, functions_in

__all__ = ["Codes", "Loaded", "loaded_functions"]

# A living function, with its module and owner.
Loaded = tuple[FunctionType, str, Owner]


class Codes:
    """The code of the library's functions and of the tests', each with what it stands for.

    Code is known by its id: its hash is computed from all of its bytes each time. What has an
    id here is held, so that the id stays its own.

    Attributes:
        library: By id of the code, ``module:qualname``.
        tests: By id of the code, the flags of what it calls.
        held: All code of both.
    """

    def __init__(self, scope: CodeOwners) -> None:
        self.library: dict[int, str] = {}
        self.tests: dict[int, int] = {}
        self._scope = scope
        self.held: list[CodeType] = []

    def add(self, code: CodeType, module: str, owner: Owner) -> Iterator[CodeType]:
        """Take all functions in *code*, and yield those that are new."""
        if id(code) in self.library or id(code) in self.tests:
            return  # And with it all functions in it.
        for each in functions_in(code) if owner == "library" else callers_in(code):
            if id(each) in self.library or id(each) in self.tests:
                continue
            self.held.append(each)
            if owner == "library":
                self.library[id(each)] = f"{module}:{each.co_qualname}"
            else:
                body = self._scope.is_test(each.co_qualname)
                self.tests[id(each)] = DIRECT | BODY if body else DIRECT
            yield each


def loaded_functions(scope: CodeOwners) -> Iterator[Loaded]:
    """Yield each living function of the library and the tests, with its module and owner.

    All living functions are looked at, wherever they hide: behind a decorator, in a fixture,
    made by ``exec`` (those belong to the module whose globals they have).
    """
    # Most functions are nobody's, and most share their file and module with others.
    owners: dict[tuple[str, object], Owner] = {}
    for each in _functions():
        filename, module = key = each.__code__.co_filename, each.__globals__.get("__name__")
        if type(module) is not str:
            continue
        owner = owners.get(key)
        if owner is None:
            owner = owners[key] = scope.owner(filename, module)
        if owner:
            yield each, module, owner


def _functions() -> list[FunctionType]:
    # Each function refers to the built-in names, and little else does, so that Python itself looks
    # through all objects, in half the time that it takes to look at the type of each here. Not
    # found is what was made with built-ins of its own: the import system's functions, a sandbox's.
    return [each for each in gc.get_referrers(vars(builtins)) if type(each) is FunctionType]

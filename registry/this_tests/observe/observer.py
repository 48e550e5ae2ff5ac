"""What each test executes, phase by phase, with what its fixtures executed."""

import sys
import weakref
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import FunctionType
from typing import Protocol

from ..names import Names
from ..names.introspection import MISSING
from ..observations.relation import CALL, SETUP, TEARDOWN, Named
from .code_objects import Loaded, loaded_functions
from .code_owner import CodeOwners
from .public_names import declared_functions, functions_shown, object_of, public_names

__all__ = ["Backend", "Executed", "Observer", "observe"]

Executed = dict[str, int]

_PHASES = {"setup": SETUP, "call": CALL, "teardown": TEARDOWN}
_NEXT = {"setup": CALL, "call": TEARDOWN, "teardown": TEARDOWN}


class Backend(Protocol):
    """A way to see what is executed."""

    def discover(self, loaded: Iterable[Loaded]) -> str:
        """Watch what is *loaded* already, and return what of it cannot be watched, in words."""

    def take(self) -> Executed:
        """Return what was executed since the last time, with `DIRECT` and `BODY`."""

    def objects(self) -> Mapping[str, object]:
        """Return what was called by the tests and has no code of the library, by ``module:qualname``."""

    def close(self) -> None:
        """Stop watching, and leave no trace."""


class Observer:
    """Books what is executed on the running test, or on the fixture of wider scope being set up.

    Attributes:
        outside: What was executed between tests, when modules were imported above all.
    """

    def __init__(self, scope: CodeOwners, backend: Backend) -> None:
        self.backend = backend
        self.outside: set[str] = set()
        self._scope = scope
        self._seen: set[str] = set()
        self._learned: dict[str, object] = {}
        self._test: Executed = {}
        self._current = self._test
        self._phase = SETUP
        self._fixtures: dict[object, Executed] = {}
        self._modules: frozenset[str] = frozenset()
        # Side by side: pairs would be thousands of objects more for the garbage collector.
        self._loaded: list[weakref.ref[FunctionType]] = []
        self._loaded_from: list[str] = []

    def discover(self) -> str:
        """Watch what is loaded already, and return what of it cannot be watched, in words."""
        # No tuple: one in the making is among the objects looked at, and then cannot grow.
        loaded = list(loaded_functions(self._scope))
        # To find them takes a look at every object, so what is found is kept for the end, and
        # weakly: a test may count on a function's end.
        self._loaded = [weakref.ref(each) for each, _, owner in loaded if owner == "library"]
        self._loaded_from = [module for _, module, owner in loaded if owner == "library"]
        self._modules = self._modules_now()
        return self.backend.discover(loaded)

    def begin(self) -> None:
        """Begin a test, or the repetition of one: forget what was executed before."""
        self.outside.update(self.backend.take())
        self._current = self._test = {}
        self._phase = SETUP

    def end_phase(self, phase: str) -> None:
        """Book what was executed since the last phase on *phase*."""
        _add(self._test, self.backend.take(), _PHASES[phase])
        self._phase = _NEXT[phase]

    @contextmanager
    def setting_up(self, fixture: object) -> Iterator[None]:
        """Book what is executed inside the ``with`` on *fixture*, for all tests that use it."""
        outer, mine = self._current, Executed()
        _add(outer, self.backend.take(), self._phase)
        self._current = self._fixtures[fixture] = mine
        try:
            yield
        finally:
            _add(mine, self.backend.take(), SETUP)
            self._current = outer
            _add(outer, mine, SETUP)

    def executed(self, fixtures: Iterable[object]) -> Executed:
        """Return what the test executed, with what *fixtures* of wider scope did when they were set up."""
        for fixture in fixtures:
            if fixture in self._fixtures:
                _add(self._test, self._fixtures[fixture], SETUP)
        self._seen.update(self._test)
        return self._test

    def learn(self, functions: Iterable[str], objects: Iterable[str]) -> None:
        """Take what was executed in another process, so that it is named, too.

        Args:
            objects: Those of *functions* that have no code of the library.
        """
        self._seen.update(functions)
        self._learned.update((key, found) for key in objects if (found := object_of(key)) is not MISSING)

    def public_names(self, names: Names, *, private: bool) -> Named:
        """Return the public names of all that was executed so far, or private ones where these are wanted."""
        objects = {**self._learned, **self.backend.objects()}
        return public_names(self._seen, names, self._functions(), objects, private=private)

    def _functions(self) -> Iterator[tuple[FunctionType, str]]:
        """Yield the functions of the library that may have been executed, each with its module."""
        for reference, module in zip(self._loaded, self._loaded_from, strict=True):
            if (function := reference()) is not None:
                yield function, module
        # To look at every object again, for what was made since, would take as long as to name all that
        # ran. What the API has, lies in a module.
        yield from functions_shown(self._modules_now() - self._modules)

    def _modules_now(self) -> frozenset[str]:
        return frozenset(filter(self._scope.owns, list(sys.modules)))

    def declared_functions(self, declared: Iterable[str]) -> dict[str, list[str]]:
        """Return for each declared name the functions of which one at least runs when the name is used."""
        return declared_functions(declared, self._scope)

    def close(self) -> None:
        """Stop observing."""
        self.backend.close()


def observe(scope: CodeOwners) -> Observer:
    """Begin to observe in the best way that this Python has.

    Raises:
        ObservingError: It cannot be done; the message says why.
    """
    if sys.version_info >= (3, 12):
        from .monitoring import Monitoring

        return Observer(scope, Monitoring(scope))
    from .instrument import Instrument

    return Observer(scope, Instrument(scope))


def _add(into: Executed, found: Mapping[str, int], phase: int) -> None:
    for key, flags in found.items():
        into[key] = into.get(key, 0) | flags | phase

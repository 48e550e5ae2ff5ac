"""Attributes what is executed to the running test, by phase, or to a fixture that is being set up."""

import sys
import weakref
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FunctionType
from typing import Protocol

from ..names import Names
from ..names.introspection import MISSING
from ..observations.relation import CALL, SETUP, TEARDOWN, Named
from .children import Children
from .code_objects import Loaded, loaded_functions
from .code_owner import CodeOwners
from .inputs import InputWatch
from .public_names import declared_functions, module_functions, object_of, public_names

__all__ = ["Backend", "Executed", "Observer", "observe"]

Executed = dict[str, int]

_PHASES = {"setup": SETUP, "call": CALL, "teardown": TEARDOWN}
_NEXT = {"setup": CALL, "call": TEARDOWN, "teardown": TEARDOWN}


class Backend(Protocol):
    """A way to observe what is executed."""

    def discover(self, loaded: Iterable[Loaded]) -> str:
        """Watch the functions in *loaded*, and return a message that lists those that cannot be watched."""

    def take(self) -> Executed:
        """Return what was executed since the last call, with `DIRECT` and `BODY`."""

    def objects(self) -> Mapping[str, object]:
        """Return the called objects without code of the library, by ``module:qualname``."""

    def watches(self, function: FunctionType) -> bool:
        """Return whether the start of *function*, of the library, is reported."""

    def leave_alone(self, test: FunctionType | None) -> bool:
        """Observe nothing while *test* runs, if it could tell; return whether that is so."""

    def prepare(self, path: str) -> None:
        """Prepare a file of the library for children that could not watch it."""

    def report_to(self, report: Callable[[str], object]) -> None:
        """Report at once what is executed from now on, in a forked child, without flags."""

    def close(self) -> None:
        """Stop watching, and restore what was changed."""


class Observer:
    """The observer of a session: attributes what is executed to a test, or to a fixture of wider scope.

    Attributes:
        outside: What was executed outside of tests, mostly when modules were imported; and as ``module:``
            each module that was imported before the observer began, of whose functions any may have run.
        otherwise: Those of them that did not run in `collecting` only.
        imports: By test file, the files that its collection imported and the functions that ran in it.
    """

    def __init__(self, code_owners: CodeOwners, backend: Backend, inputs: InputWatch) -> None:
        self.backend = backend
        self.inputs = inputs
        self.outside: set[str] = set()
        self.otherwise: set[str] = set()
        self.imports: dict[Path, tuple[set[Path], set[str]]] = {}
        self._code_owners = code_owners
        self._children = Children(code_owners, backend, inputs)
        self._blind = False
        self._left_alone = False
        self._blind_fixtures: set[object] = set()
        self._seen: set[str] = set()
        self._remote: dict[str, object] = {}
        self._test = self._current = _Used()
        self._phase = SETUP
        self._fixtures: dict[object, _Used] = {}
        self._modules: frozenset[str] = frozenset()
        # Two lists, because pairs would be thousands of objects more for the garbage collector.
        self._loaded: list[weakref.ref[FunctionType]] = []
        self._loaded_from: list[str] = []

    def discover_early(self) -> None:
        """Watch what was imported before: plugins load others, and many of them need popular libraries."""
        early = self._modules_now()
        self._ran_outside(f"{module}:" for module in early)
        if early:
            self.discover()  # What cannot be watched is told when it is called again.

    def discover(self) -> str:
        """Watch the functions loaded now, and return a message that lists those that cannot be watched."""
        # A list: a tuple under construction would be among the objects that `gc` finds, and could not grow.
        loaded = list(loaded_functions(self._code_owners))
        # To find them means visiting each object, so they are kept for the end of the session, weakly:
        # a test may rely on a function being freed.
        self._loaded = [weakref.ref(function) for function, _, owner in loaded if owner == "library"]
        self._loaded_from = [module for _, module, owner in loaded if owner == "library"]
        self._modules = self._modules_now()
        return self.backend.discover(loaded)

    def _ran_outside(self, functions: Iterable[str]) -> None:
        functions = set(functions)
        self.outside |= functions
        self.otherwise |= functions

    @contextmanager
    def collecting(self, path: Path) -> Iterator[None]:
        """Attribute what runs inside the ``with``, outside of tests, to the collection of a file."""
        self._ran_outside(self.backend.take())
        before = set(sys.modules)
        try:
            yield
        finally:
            ran = self.backend.take()
            self.outside.update(ran)
            files, functions = self.imports.setdefault(path, ({path}, set()))
            functions.update(ran)
            files.update(self._own_files(sys.modules.keys() - before))

    def _own_files(self, modules: Iterable[str]) -> Iterator[Path]:
        """Yield the files of those *modules* that belong to the library or the tests."""
        for name in modules:
            file = getattr(sys.modules.get(name), "__file__", None)
            if isinstance(file, str) and self._code_owners.owner(file, name):
                yield Path(file)

    def begin(self, test: FunctionType | None = None) -> bool:
        """Begin a test, or a rerun of one: what was executed before is not attributed to it.

        Args:
            test: Its function.

        Returns:
            Whether the test looks at code, and is not observed.
        """
        self._ran_outside((*self.backend.take(), *self._children.begin()))
        self.inputs.begin()
        self._blind = False
        self._current = self._test = _Used()
        self._phase = SETUP
        self._left_alone = self.backend.leave_alone(test)
        return self._left_alone

    def end_phase(self, phase: str) -> None:
        """Attribute what was executed since the last phase to *phase*."""
        self._take(self._test, _PHASES[phase], outside=phase == "teardown")
        self._phase = _NEXT[phase]

    @contextmanager
    def setting_up(self, fixture: object) -> Iterator[None]:
        """Attribute what is executed inside the ``with`` to *fixture*, for all tests that use it."""
        outer, used = self._current, _Used()
        self._take(outer, self._phase)
        self._blind_fixtures.discard(fixture)
        starts = self._children.starts
        self._current = self._fixtures[fixture] = used
        try:
            yield
        finally:
            self._take(used, SETUP)
            if self._left_alone or (self._children.incomplete and self._children.starts > starts):
                self._blind_fixtures.add(fixture)
            self._current = outer
            outer.add(used)

    def used(self, fixtures: Iterable[object]) -> tuple[Executed, Executed]:
        """Return what the test executed, and its inputs, with those of the setup of its wider *fixtures*."""
        self._children.end()
        self._blind = self._children.blind or self._left_alone
        for fixture in fixtures:
            if fixture in self._fixtures:
                self._test.add(self._fixtures[fixture])
                self._blind |= fixture in self._blind_fixtures
        self._seen.update(self._test.executed)
        return self._test.executed, self._test.inputs

    def blind(self) -> bool:
        """Return whether the test that just ended may have executed more, where it is not seen."""
        return self._blind

    def _take(self, into: "_Used", phase: int, *, outside: bool = False) -> None:
        _add(into.executed, self.backend.take(), phase)
        for key in self._children.take():
            into.executed[key] = into.executed.get(key, 0) | phase
        _add(into.inputs, self.inputs.take(outside=outside), 0)

    def learn(self, functions: Iterable[str], objects: Iterable[str]) -> None:
        """Add functions that were executed in another process, to be named.

        Args:
            objects: Those of *functions* without code of the library.
        """
        self._seen.update(functions)
        self._remote.update((key, found) for key in objects if (found := object_of(key)) is not MISSING)

    def public_names(self, names: Names, *, private: bool) -> Named:
        """Return the names of all functions executed so far: public ones, with *private* all."""
        objects = {**self._remote, **self.backend.objects()}
        return public_names(self._seen, names, self._functions(), objects, private=private)

    def _functions(self) -> Iterator[tuple[FunctionType, str]]:
        """Yield the functions of the library that may have been executed, each with its module."""
        for reference, module in zip(self._loaded, self._loaded_from, strict=True):
            if (function := reference()) is not None:
                yield function, module
        # To visit each object again, for functions made since, would take as long as naming all that ran.
        # Functions of the API are bound in modules.
        yield from module_functions(self._modules_now() - self._modules)

    def _modules_now(self) -> frozenset[str]:
        return frozenset(filter(self._code_owners.owns, list(sys.modules)))

    def declared_functions(self, declared: Iterable[str]) -> dict[str, list[str]]:
        """Return for each declared name its functions: at least one of them runs when the name is used."""
        return declared_functions(declared, self._code_owners, self.backend.watches)

    def close(self) -> None:
        """Stop observing."""
        self.inputs.close()
        self._children.close()
        self.backend.close()


class _Used:
    """What a test or the setup of a fixture executed, and its inputs."""

    __slots__ = ("executed", "inputs")

    def __init__(self) -> None:
        self.executed: Executed = {}
        self.inputs: Executed = {}

    def add(self, fixture: "_Used") -> None:
        """Add what the setup of *fixture* used."""
        _add(self.executed, fixture.executed, SETUP)
        _add(self.inputs, fixture.inputs, 0)


def observe(code_owners: CodeOwners, root: Path, left_out: Collection[Path] = ()) -> Observer:
    """Begin to observe, with the best backend that this Python version has.

    Args:
        root: The project's root.
        left_out: Files and folders below it that are no inputs of tests.

    Raises:
        ObservingError: Observing is not possible; the message says why.
    """
    if sys.version_info >= (3, 12):
        from .monitoring import Monitoring

        backend: Backend = Monitoring(code_owners)
    else:
        from .instrument import Instrument

        backend = Instrument(code_owners)
    return Observer(code_owners, backend, InputWatch(root, code_owners, left_out))


def _add(into: Executed, found: Mapping[str, int], phase: int) -> None:
    for key, flags in found.items():
        into[key] = into.get(key, 0) | flags | phase

"""Guards for shared objects: report the test that changed one."""

from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest

from .fingerprint import Facts, changes, fingerprint
from .fixture_usage import UsageLog
from .quick_fingerprint import QuickFingerprints

__all__ = ["Guard", "Guards", "SharedObjectChangedError", "guarded"]

_T = TypeVar("_T")
_MOST_LINES = 20


class SharedObjectChangedError(AssertionError):
    """A test changed an object that others share.

    Attributes:
        test: The test's node id.
        changes: The changes, a line for each.
    """

    def __init__(self, test: str, name: str, found: list[str], *, certain: bool = True) -> None:
        who = test if certain else f"{test}, or a test before it,"
        more = [f"… and {len(found) - _MOST_LINES} more"] if len(found) > _MOST_LINES else []
        super().__init__(
            "\n  ".join([f"{who} changed {name}, which other tests share:", *found[:_MOST_LINES], *more])
        )
        self.test = test
        self.changes = tuple(found)


@dataclass
class Guard:
    """A guarded object, and its last known state."""

    thing: object
    name: str
    exact: bool
    full: Facts = field(init=False)
    quick: Facts = field(init=False)
    cache: QuickFingerprints = field(init=False)

    def __post_init__(self) -> None:
        self.cache = QuickFingerprints()
        self.full = fingerprint(self.thing)
        self.quick = fingerprint(self.thing, quick=self.cache)

    def check(self, *, closely: bool) -> tuple[list[str], bool]:
        """Return the changes found, and whether they certainly happened since the last check.

        Args:
            closely: Whether to read all data instead of relying on torch's count of changes.
        """
        quick = fingerprint(self.thing, quick=self.cache)
        noticed = quick != self.quick
        if not (noticed or closely or self.exact):
            return [], True
        full = fingerprint(self.thing)
        found = list(changes(self.full, full))
        self.quick, self.full = quick, full
        return found, noticed or self.exact


class Guards:
    """The guards of a session, each with the fixture that created it."""

    def __init__(self) -> None:
        self._uses: UsageLog[Guard] = UsageLog()
        self._fixtures: list[str] = []
        self._next: pytest.Item | None = None
        self._exit = ExitStack()
        self._exit.enter_context(_activated(self))

    def add(self, thing: object, name: str, *, exact: bool) -> None:
        """Guard *thing* for the tests that use the fixture being set up, or else for the running test."""
        self._uses.note(Guard(thing, name or (self._fixtures[-1] if self._fixtures else "it"), exact))

    def check(self, item: pytest.Item) -> list[SharedObjectChangedError]:
        """Return an error for each changed object that the test uses."""
        checked = [(guard.name, guard.check(closely=self._is_last(item))) for guard in self._uses.of(item)]
        return [
            SharedObjectChangedError(item.nodeid, name, found, certain=certain)
            for name, (found, certain) in checked
            if found
        ]

    def _is_last(self, item: pytest.Item) -> bool:
        # Reading all data is slow; doing it once, after the module's last test, finds what the count missed.
        return self._next is None or self._next.path != item.path

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
        """Record which fixture is being set up."""
        self._uses.entered(fixturedef)
        self._fixtures.append(fixturedef.argname)
        try:
            return (yield)
        finally:
            self._fixtures.pop()
            self._uses.left()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        """Start a test."""
        self._uses.began()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self, nextitem: pytest.Item | None) -> None:
        """Record which test comes next."""
        self._next = nextitem

    def pytest_unconfigure(self) -> None:
        """End the session."""
        self._exit.close()


# The running sessions, the innermost last: a test may run a pytest session itself.
_sessions: list[Guards] = []


@contextmanager
def _activated(guards: Guards) -> Iterator[None]:
    _sessions.append(guards)
    try:
        yield
    finally:
        _sessions.remove(guards)


def guarded(thing: _T, name: str = "", *, exact: bool = False) -> _T:
    """Return *thing*, and make each test fail that changes it.

    For fixtures with module, package or session scope. After each test that uses the fixture, and after
    the test's function-scoped fixtures have cleaned up, the object is compared with its last known state: a
    module's parameters, buffers, gradients, ``requires_grad``, mode and hooks; an array; a frame; a plain
    object's fields. A change is reported once: later tests do not fail for it. Without the kit's plugin,
    nothing is compared.

    Args:
        name: The name to use in messages; by default the fixture's name.
        exact: Whether to read all data after each test. By default, the data of modules, tensors and large
            arrays is read if torch counts a change or a sample differs, and at the end of
            each file: a change of a few values that bypasses torch (``.data``, NumPy) is then reported for
            the file's last test "or a test before it".

    Example:
        >>> import pytest
        >>> @pytest.fixture(scope="module")
        ... def settings():
        ...     return guarded({"depth": 3})
    """
    if _sessions:
        _sessions[-1].add(thing, name, exact=exact)
    return thing

"""Usage of fixtures: attributes what happens during a fixture's setup to the tests that use it."""

from collections.abc import Sequence
from typing import Generic, TypeVar

import pytest

__all__ = ["UsageLog", "fixtures_of"]

_T = TypeVar("_T")


def fixtures_of(item: pytest.Item) -> Sequence[object]:
    """Return the definitions of all fixtures of the test, including those of `getfixturevalue`."""
    request = getattr(item, "_request", None)  # pytest has no public API for them.
    return tuple(getattr(request, "_fixture_defs", {}).values())


class UsageLog(Generic[_T]):
    """Records of things used, each with the fixture that was being set up, or else with the running test.

    A fixture with a wider scope is set up once; its records count for every test that uses it.
    """

    def __init__(self) -> None:
        self._by_fixture: dict[object, list[_T]] = {}
        self._by_test: list[_T] = []
        self._running: list[object] = []

    def note(self, thing: _T) -> None:
        """Record *thing* for the fixture being set up, or else for the running test."""
        if self._running:
            self._by_fixture.setdefault(self._running[-1], []).append(thing)
        else:
            self._by_test.append(thing)

    def entered(self, fixture: object) -> None:
        """Start the setup of *fixture*, and drop its earlier records."""
        self._running.append(fixture)
        self._by_fixture.pop(fixture, None)

    def left(self) -> None:
        """End the setup that was started last."""
        self._running.pop()

    def began(self) -> None:
        """Start a test."""
        self._by_test.clear()

    def of(self, item: pytest.Item) -> list[_T]:
        """Return the records that count for the running test."""
        shared = [thing for fixture in fixtures_of(item) for thing in self._by_fixture.get(fixture, ())]
        return [*shared, *self._by_test]

"""Which tests use what a fixture made: noted while fixtures are set up."""

from collections.abc import Sequence
from typing import Generic, TypeVar

import pytest

__all__ = ["Uses", "fixtures_of"]

_T = TypeVar("_T")


def fixtures_of(item: pytest.Item) -> Sequence[object]:
    """Return the definitions of all fixtures that the test has, those asked for by name included."""
    request = getattr(item, "_request", None)  # pytest has no public way to get at them.
    return tuple(getattr(request, "_fixture_defs", {}).values())


class Uses(Generic[_T]):
    """Things that are noted, each with the fixture during whose setup, or else the test during which, it was.

    A fixture of wider scope is set up once; what is noted then counts for every test that has it.
    """

    def __init__(self) -> None:
        self._by_fixture: dict[object, list[_T]] = {}
        self._by_test: list[_T] = []
        self._running: list[object] = []

    def note(self, thing: _T) -> None:
        """Note *thing* for the fixture or the test under way."""
        if self._running:
            self._by_fixture.setdefault(self._running[-1], []).append(thing)
        else:
            self._by_test.append(thing)

    def entered(self, fixture: object) -> None:
        """Begin the setup of *fixture*, which has noted nothing yet."""
        self._running.append(fixture)
        self._by_fixture.pop(fixture, None)

    def left(self) -> None:
        """End the setup begun last."""
        self._running.pop()

    def began(self) -> None:
        """Begin a test."""
        self._by_test.clear()

    def of(self, item: pytest.Item) -> list[_T]:
        """Return what counts for the test that is running."""
        shared = [thing for fixture in fixtures_of(item) for thing in self._by_fixture.get(fixture, ())]
        return [*shared, *self._by_test]

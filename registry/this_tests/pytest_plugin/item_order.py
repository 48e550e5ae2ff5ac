"""Order of the tests in a session of ``this-tests audit``: as collected, reversed or shuffled."""

from collections import defaultdict
from collections.abc import Generator
from random import Random

import pytest

__all__ = ["COLLECTED", "REVERSED", "ItemOrder"]

COLLECTED, REVERSED = "collected", "reversed"


class ItemOrder:
    """Orders the tests, whatever other plugins do.

    Args:
        order: `COLLECTED`, `REVERSED`, or the seed of a shuffle.
    """

    def __init__(self, order: str) -> None:
        self._order = order

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, items: list[pytest.Item]
    ) -> Generator[None, object, object]:
        """Remember the order of the collection, before plugins change it."""
        positions = {id(item): position for position, item in enumerate(items)}
        result = yield
        items.sort(key=lambda item: positions.get(id(item), len(positions)))
        if self._order not in (COLLECTED, REVERSED):
            _shuffle(items, int(self._order))
        # What pytest itself does after the collection: tests with the same parameter of a fixture of wider
        # scope stay together. Else the fixture would be set up again and again.
        session._fixturemanager.pytest_collection_modifyitems(items)
        if self._order == REVERSED:
            items.reverse()
        return result


def _shuffle(items: list[pytest.Item], seed: int) -> None:
    """Shuffle folders, the files in each, the classes in each and their tests.

    The tests of a file stay together, and so do those of a class, because of their fixtures.
    """
    random = Random(seed)  # noqa: S311  # no secret
    numbers: defaultdict[object, float] = defaultdict(random.random)
    items.sort(key=lambda item: [numbers[node] for node in item.listchain()])

"""The tests that callables have lost since a commit, as far as tests declare what they exercise."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..registry.diff import difference
from ..registry.model import Registry
from ..source.public_api import PublicCallable

__all__ = ["Lost", "lost_since"]


@dataclass(frozen=True)
class Lost:
    """Tests that are lost.

    Attributes:
        since: The commit, as the user names it.
        tests: The node ids by the name of the callable, both sorted.
    """

    since: str
    tests: Mapping[str, tuple[str, ...]]


def lost_since(since: str, then: Registry, now: Registry, callables: Iterable[PublicCallable]) -> Lost:
    """Return what callables have lost between the registries *then*, of the commit *since*, and *now*."""
    found = difference(then.declared(), now.declared())
    public = {name: item.name for item in callables for name in item.names}
    changes = (*found.lost, *found.changed)
    gone = {public.get(change.name, change.name): change.gone for change in changes if change.gone}
    return Lost(since, dict(sorted(gone.items())))

"""Compares the API of two versions of a library: which public callables are new, and have they tests?"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..source.public_api import PublicCallable
from .coverage import Coverage, Covered, cover
from .model import Registry

__all__ = ["ApiDifference", "Version", "api_difference"]


@dataclass(frozen=True)
class Version:
    """A library at one time.

    Attributes:
        api: Its public callables.
        registry: The evidence of that time.
    """

    api: tuple[PublicCallable, ...]
    registry: Registry


@dataclass(frozen=True)
class ApiDifference:
    """The differences between the API of two versions.

    Attributes:
        new: The callables that only the newer version has, with their tests, sorted by name.
        gone: The names of those that only the older one has, sorted.
        now: The coverage of the newer version.
        before: That of the older one; None if only its declarations are known.
    """

    new: tuple[Covered, ...]
    gone: tuple[str, ...]
    now: Coverage
    before: Coverage | None


def api_difference(old: Version, new: Version, *, whole: bool) -> ApiDifference:
    """Return the differences between the API of *old* and *new*; a callable may have had another name.

    Args:
        whole: Whether it is known what runs of the older version observed.
    """
    now = cover(new.api, new.registry)
    added = set(_only(new.api, old.api))
    return ApiDifference(
        tuple(item for item in now.items if item.name in added),
        tuple(sorted(_only(old.api, new.api))),
        now,
        cover(old.api, old.registry) if whole else None,
    )


def _only(some: Iterable[PublicCallable], others: Iterable[PublicCallable]) -> Iterator[str]:
    known = {name for function in others for name in function.names}
    yield from (function.name for function in some if known.isdisjoint(function.names))

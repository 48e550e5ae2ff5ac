"""Finds public callables that tests execute, where it is proven that none notices what they do."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from ..observations.proofs import Unnoticed
from ..source.public_api import PublicCallable
from ..suite.suppressions import Suppression
from .findings import Finding

__all__ = ["check_proofs"]


def check_proofs(
    callables: Iterable[PublicCallable],
    unnoticed: Mapping[str, Unnoticed],
    place: Callable[[str], tuple[str, int]],
    suppression: Callable[[PublicCallable], Suppression | None],
) -> tuple[Finding, ...]:
    """Return those of the *callables* that no test notices, sorted.

    Args:
        unnoticed: The functions that no test notices, as ``module:qualname``.
        place: Returns the file and line of a callable.
        suppression: Returns the comment that suppresses findings of a callable, if there is one.
    """
    return tuple(sorted(_findings(callables, unnoticed, place, suppression)))


def _findings(
    callables: Iterable[PublicCallable],
    unnoticed: Mapping[str, Unnoticed],
    place: Callable[[str], tuple[str, int]],
    suppression: Callable[[PublicCallable], Suppression | None],
) -> Iterator[Finding]:
    for function in callables:
        if known := unnoticed.get(function.definition):
            found = Finding(*place(function.name), "unnoticed", function.name, _message(function.name, known))
            suppressed = suppression(function)
            if suppressed is None:
                yield found
            elif not suppressed.reason:
                yield replace(found, message=f"{found.message}; to suppress this, give a reason")


def _message(name: str, unnoticed: Unnoticed) -> str:
    instead = " or ".join(unnoticed.replaced)
    if unnoticed.tests == 1:
        what = f"executed by 1 test, which passes when it {instead}"
    else:
        what = f"executed by {unnoticed.tests:,} tests, and none fails when it {instead}"
    return f"{what}; assert what it does, then run this-tests prove {name}"

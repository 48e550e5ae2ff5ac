"""Proofs: which tests fail when a callable does nothing, and for which code that was shown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

__all__ = ["Proof", "Proofs", "Unnoticed", "united_proofs"]


class Proof(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What came of a function in whose place others were put that do nothing.

    Attributes:
        session: The start time of the session, in nanoseconds.
        code: The digest of the function's body.
        replaced: What was put in its place, in words: ``returns None``.
        noticed: The tests that failed then, by node id, with the positions in `replaced` of what for.
        tests: The digests of the bodies of these tests, by node id without brackets. If none noticed,
            of those that executed it and passed whatever was put in its place, in all of their cases.
        unaware: The number of tests that executed it and passed all the same.
    """

    session: int
    code: str
    replaced: tuple[str, ...] = ()
    noticed: Mapping[str, tuple[int, ...]] = {}
    tests: Mapping[str, str] = {}
    unaware: int = 0


# By function, as ``module:qualname``.
Proofs = Mapping[str, Proof]


@dataclass(frozen=True)
class Unnoticed:
    """A function that may do nothing, and no test notices.

    Attributes:
        tests: The number of tests that execute it.
        replaced: What was put in its place, in words: ``returns None``.
    """

    tests: int
    replaced: tuple[str, ...]


def united_proofs(parts: Iterable[Proofs]) -> Proofs:
    """Return the newest proof of each function; the operation is associative, commutative and idempotent."""
    found: dict[str, Proof] = {}
    for part in parts:
        for function, proof in part.items():
            found[function] = max(found.get(function, proof), proof, key=_order)
    return {function: found[function] for function in sorted(found)}


def _order(proof: Proof) -> tuple[int, bytes]:
    return proof.session, msgspec.json.encode(proof, order="deterministic")

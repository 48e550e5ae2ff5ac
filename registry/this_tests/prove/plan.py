"""Plans which functions are to do nothing, and which tests run then. Pure, but for the files' names."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from ..observations.observations import Observations
from ..observations.relation import CALL, DIRECT, SETUP, Relation, unit
from ..observations.unsteady import existing
from ..registry.relevance import CallableName, TestName, name_relevance
from .trial import Target

__all__ = ["PLAN", "VERDICTS", "Plan", "is_maker", "provable", "targets"]

# In the folder of a session.
PLAN, VERDICTS = "plan.json", "verdicts.jsonl"
# Of a class, they make its objects: without them, each test fails.
_MAKERS = frozenset({"__init__", "__new__", "__post_init__", "__init_subclass__", "__class_getitem__"})


class Plan(msgspec.Struct):
    """What a session is to do.

    Attributes:
        all_tests: Let all tests of a target run, and not only until one notices.
        processes: How many run side by side.
        seconds: The time after which it stops; 0 where there is no limit.
        intact: Leave all bodies as they are: a control, in which no test may notice anything.
    """

    targets: list[Target]
    all_tests: bool = False
    processes: int = 1
    seconds: float = 0.0
    intact: bool = False


def provable(observations: Observations, environment: str, *, makers: bool = False) -> Mapping[str, str]:
    """Return the functions with a public name that tests executed, as ``module:qualname``, and these names.

    Args:
        makers: Include what makes objects, such as ``__init__``.
    """
    relation = observations.of(environment)
    named = {
        function: name
        for function in relation.functions
        if (name := observations.named.get(function)) and unit(function) == function
        if makers or not is_maker(function)
    }
    snapshot = observations.snapshots.get(relation.session)
    if snapshot is not None:  # Classes are no functions, and neither is what was written in C.
        written = existing(named, snapshot.files, observations.outlines)
        named = {function: name for function, name in named.items() if function in written}
    return named


def is_maker(function: str) -> bool:
    """Return whether a function makes objects of a class, such as ``__init__``."""
    return function.rpartition(":")[2].rpartition(".")[2] in _MAKERS


def targets(names: Mapping[str, str], relation: Relation, unsteady: Iterable[str]) -> Iterator[Target]:
    """Yield the functions called *names*, each with its tests, the likeliest to notice first.

    Args:
        unsteady: Tests whose outcome depends on the order of tests.
    """
    left_out = frozenset(unsteady)
    ranked = _ranked(names, relation)
    for function in sorted(names):
        tests = [test for test in ranked.get(function, ()) if test not in left_out]
        if tests:
            yield Target(function, tuple(tests))


def _ranked(names: Mapping[str, str], relation: Relation) -> Mapping[str, list[str]]:
    """Return the tests of each function: direct ones first, then as their names tell, then focused ones."""
    found: dict[str, list[tuple[bool, tuple[int, ...], int, str]]] = {}
    callables = {function: CallableName(name) for function, name in names.items()}
    for test, row in relation.rows.items():
        if row.outcome != "passed":
            continue
        named, among = TestName(test), len(row.functions)
        for position, flags in zip(row.functions, row.flags, strict=True):
            function = relation.table[position]
            if function in callables and flags & (SETUP | CALL):
                key = not flags & DIRECT, name_relevance(named, callables[function]), among, test
                found.setdefault(function, []).append(key)
    return {function: [key[-1] for key in sorted(keys)] for function, keys in found.items()}

"""Looks up the tests of a place in the library, and the callables of a test, in all evidence."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..gc_pause import collector_paused
from ..registry.model import STANDINGS, Evidence, Link, Registry, Standing, Test
from ..registry.query import Answer
from ..registry.relevance import CallableName, TestName, name_relevance
from ..settings import OBSERVATIONS
from . import file
from .executed import Executed
from .relation import CALL, DIRECT, SETUP, Named, Relation, unit

__all__ = [
    "CallablesOfTest",
    "Exercised",
    "callables_of",
    "evidence_of_definition",
    "exercised",
    "known_tests",
    "matching_tests",
    "similar_tests",
]


def evidence_of_definition(
    definition: str, registry: Registry, executed: Executed, *, is_class: bool = False
) -> Answer:
    """Return the evidence for a function, or a class with its methods, public or not.

    Args:
        definition: Its defining module and qualified name, joined by a dot.
    """
    parts: dict[str, list[str]] = {definition: [definition]}
    for name in executed.definitions_below(definition):
        # What is defined inside of a function belongs to it.
        parts.setdefault(unit(name) if is_class else definition, []).append(name)
    found = {name: tuple(_evidence(name, inside, registry, executed)) for name, inside in parts.items()}
    found = {name: evidence for name, evidence in found.items() if evidence}
    return Answer(found, {name: len(evidence) for name, evidence in found.items()}, (definition,))


def _evidence(
    definition: str, parts: Iterable[str], registry: Registry, executed: Executed
) -> Iterator[Evidence]:
    declared = {link.test: link for link in registry.evidence(definition) if link.kind == "declared"}
    name, plain = CallableName(definition), Test()
    observed: dict[str, bool] = {}
    for part in parts:
        for test, direct in executed.of_definition(part).items():
            observed[test] = observed.get(test, False) or direct
    yield from declared.values()
    for test in sorted(
        observed.keys() - declared.keys(),
        key=lambda test: (not observed[test], name_relevance(TestName(test), name), test),
    ):
        known = registry.tests.get(test, plain)
        link = Link(direct=observed[test])
        yield Evidence(definition, "observed", test, link, known.outcome, known.markers)


@dataclass(frozen=True)
class Exercised:
    """A callable that a test exercises.

    Attributes:
        name: Its public name, or else its definition.
        standing: The strongest evidence: ``declared``, ``direct`` or ``indirect``.
    """

    name: str
    standing: Standing


@dataclass(frozen=True)
class CallablesOfTest:
    """What tests exercise.

    Attributes:
        tests: By test, without brackets, what it exercises, the strongest evidence first.
        suggestions: Similar node ids, if no test matches.
    """

    tests: Mapping[str, Sequence[Exercised]]
    suggestions: tuple[str, ...] = ()


def callables_of(
    name: str, registry: Registry, path: Path, notice: Callable[[str], object] = lambda _: None
) -> CallablesOfTest:
    """Return what the tests called *name* exercise: a node id, or the last parts of one.

    Args:
        path: The registry file, which the observations are beside.
        notice: Called with a message for each file of observations that cannot be read; it is left out.
    """
    with collector_paused():
        relations, named = file.load_relations(path.parent / OBSERVATIONS, notice)
    known = known_tests(registry, relations)
    wanted = matching_tests(name, known)
    found = {test: tuple(exercised(test, registry, relations, named)) for test in wanted}
    return CallablesOfTest(found, () if wanted else similar_tests(name, known))


def known_tests(registry: Registry, relations: Iterable[Relation]) -> list[str]:
    """Return the tests, without brackets, that declare something or were observed to pass, sorted."""
    cases = {case.partition("[")[0] for relation in relations for case, _ in relation.passing()}
    return sorted({*cases, *registry.linked_tests()})


def matching_tests(name: str, tests: Iterable[str]) -> list[str]:
    """Return those of *tests*, without brackets, whose node id is *name* or ends with its parts."""
    plain = name.partition("[")[0]
    ends = tuple(f"{sign}{plain}" for sign in ("::", "/"))
    return [test for test in tests if test == plain or test.endswith(ends)]


def similar_tests(name: str, tests: Sequence[str]) -> tuple[str, ...]:
    """Return a few node ids that contain the last part of *name*, or resemble it."""
    from difflib import get_close_matches

    last = name.rpartition("::")[2].lower()
    containing = [test for test in tests if last in test.lower()]
    near = get_close_matches(name, tests, 5) if not containing else []
    return tuple([*containing, *near][:5])


def exercised(
    test: str, registry: Registry, relations: Iterable[Relation], named: Named
) -> Iterator[Exercised]:
    """Yield the callables that a test exercises, the strongest evidence first.

    Args:
        test: Its node id, without brackets.
        relations: Those of all environments.
        named: The public names of functions.
    """
    found: dict[str, Standing] = {}
    for name, entry in registry.callables.items():
        if test in entry.declared:
            found[name] = "declared"
    for function, flags in _executed(test, relations).items():
        name = named.get(function) or function.replace(":", ".")
        if name not in found or (flags & DIRECT and found[name] == "indirect"):
            found[name] = "direct" if flags & DIRECT else "indirect"
    for name in sorted(found, key=lambda name: (STANDINGS.index(found[name]), name)):
        yield Exercised(name, found[name])


def _executed(test: str, relations: Iterable[Relation]) -> Mapping[str, int]:
    """Return what the cases of a test executed in setup and call, by outermost function, and how."""
    found: dict[str, int] = {}
    for relation in relations:
        for case, row in relation.passing():
            if case == test or case.startswith(f"{test}["):
                for position, flags in zip(row.functions, row.flags, strict=True):
                    if flags & (SETUP | CALL):
                        name = unit(relation.table[position])
                        found[name] = found.get(name, 0) | flags
    return found

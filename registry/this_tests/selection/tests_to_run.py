"""Selects the tests to run, each with its reason: by name, or by what changed."""

import fnmatch
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

from ..observations.relation import Relation, unit
from ..observations.unsteady import Unsteady
from ..registry.model import Registry
from ..registry.query import answer
from ..text import counted
from .impact import Impact
from .shared_state import Facts, NameIndex, StateHolder, state_holders
from .surroundings import CollectedTest

__all__ = [
    "Choice",
    "Ground",
    "KnownEvidence",
    "choose_by_change",
    "choose_by_name",
    "suggestions",
    "what_changed",
]

_NAMED = 3
_SUGGESTIONS = 5
# Reasons that do not depend on what changed, and their plurals.
_OF_THE_TEST = {
    "was never observed": "were never observed",
    "was skipped when it was last run": "were skipped when they were last run",
    "failed when it was last observed": "failed when they were last observed",
    "depends on the order of tests": "depend on the order of tests",
}


@dataclass(frozen=True)
class Choice:
    """The tests to run.

    Attributes:
        reasons: The reason to run each test, by node id, in the order of the collection.
        total: The number of collected tests.
        why: What the tests were chosen for.
        incomplete: Whether some tests were chosen for other reasons than `why`.
        idle: What is said instead of `why` where tests were chosen for other reasons only.
        besides: What else there is to say.
    """

    reasons: Mapping[str, str]
    total: int
    why: str
    incomplete: bool = False
    idle: str = ""
    besides: tuple[str, ...] = ()

    def left(self, node_ids: Collection[str]) -> "Choice":
        """Return this choice limited to *node_ids*, without tests that `-k` or `-m` deselected."""
        return replace(self, reasons={test: why for test, why in self.reasons.items() if test in node_ids})

    @property
    def headline(self) -> str:
        """The line in the terminal that summarises the choice."""
        others = [*_other_reasons(self.reasons.values())] if self.incomplete else []
        reasons = [*others, self.idle] if self.idle and others else [self.why, *others]
        why = "; ".join([*reasons, *self.besides])
        return f"this-tests: {len(self.reasons):,} of {counted(self.total, 'test')}, {why}"

    def explained(self) -> Iterator[str]:
        """Yield a line for each test to run, with its reason."""
        yield from (f"  {node_id}: {reason}" for node_id, reason in self.reasons.items())


@dataclass(frozen=True)
class KnownEvidence:
    """The known evidence: which tests exercise or execute which functions.

    Attributes:
        registry: The declarations, and the summary of what was observed.
        relation: The tests and the functions that they were observed to execute.
        kept: By function of the library, the tests that may use what it computed for another test.
        keepers: Of these functions, those that keep a value themselves.
        unsteady: What depends on the order of tests.
        skipped: The tests that were skipped when they were last run.
    """

    registry: Registry
    relation: Relation
    kept: Mapping[str, frozenset[str]] = field(default_factory=dict)
    unsteady: Unsteady = field(default_factory=Unsteady)
    skipped: Collection[str] = frozenset()
    keepers: frozenset[str] = frozenset()

    def tests_of_unit(self, name: str) -> frozenset[str]:
        """Return the tests that executed an outermost function, or a function inside it."""
        functions = self._functions_of_units.get(name, ())
        return frozenset().union(*map(self.relation.tests_of, functions))

    @cached_property
    def _functions_of_units(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        for function in self.relation.functions:
            found.setdefault(unit(function), []).append(function)
        return found

    def tests_of_module(self, module: str) -> frozenset[str]:
        """Return the node ids of the tests that executed a function of *module*."""
        functions = (function for function in self.relation.functions if function.startswith(f"{module}:"))
        return frozenset().union(*map(self.relation.tests_of, functions))

    def with_kept(self, library: Mapping[str, Facts], late: Collection[str]) -> "KnownEvidence":
        """Return this evidence with `kept`, from caches and shared state in *library*.

        Args:
            late: The modules that only tests import. What runs then is observed in the first test only.
        """
        kept: dict[str, frozenset[str]] = {}
        holders = list(state_holders(library))
        mentioning = _mentioning({name for holder in holders for name in holder.names}, library)
        starts = [(holder.unit, self._users(holder, mentioning)) for holder in holders]
        keepers = frozenset(start for start, _ in starts)
        starts += [(f"{module}:", self.tests_of_module(module)) for module in late if module in library]
        index = NameIndex(library)
        for start, users in starts:
            seeing = self.tests_of_unit(start) if start[-1] != ":" else users
            for function in index.beneath(start, partial(self._ran_in_any, seeing)):
                kept[function] = kept.get(function, frozenset()) | users
        return replace(self, kept=kept, keepers=keepers)

    def _ran_in_any(self, tests: frozenset[str], function: str) -> bool:
        return not tests.isdisjoint(self.tests_of_unit(function))

    def _users(self, holder: StateHolder, mentioning: Mapping[str, Collection[str]]) -> frozenset[str]:
        # Of what is unsteady, it is seen that tests use it for each other, and not all need to mention it.
        if holder.everyone or holder.unit in self.unsteady.functions:
            return self.relation.tests
        units = {unit for name in holder.names for unit in mentioning.get(name, ())}
        return frozenset().union(*map(self.tests_of_unit, (holder.unit, *units)))

    def exercising(self, name: str) -> frozenset[str]:
        """Return the tests, without brackets, that the registry has for the callable *name*."""
        return frozenset(record.test for record in self.registry.evidence(name))

    def declaring(self, name: str) -> frozenset[str]:
        """Return those that declare it. What each case executed is in the relation."""
        return frozenset(record.test for record in self.registry.evidence(name) if record.kind == "declared")


def _mentioning(names: Collection[str], library: Mapping[str, Facts]) -> Mapping[str, Collection[str]]:
    """Return by name the functions that mention it."""
    found: dict[str, list[str]] = {}
    for module, facts in library.items():
        for function, syntax in facts.units.items():
            for name in syntax.names.intersection(names):
                found.setdefault(name, []).append(f"{module}:{function}")
    return found


# By name.


def choose_by_name(
    cases: Sequence[CollectedTest],
    names: Sequence[str],
    evidence: KnownEvidence,
    located: Callable[[str], Collection[str]] = lambda _: (),
) -> Choice:
    """Return the tests with evidence for *names*: callables, classes or modules, or their aliases.

    Args:
        located: Returns where the object of a name is defined: ``module:qualname``, or ``module``
            for a module.
    """
    reasons: dict[str, str] = {}
    for name in names:
        for test in _tests_of_name(name, evidence, located(name)):
            reasons.setdefault(test, f"exercises {name}")
    chosen = {
        case.node_id: reasons.get(case.node_id) or reasons[case.test]
        for case in cases
        if case.node_id in reasons or case.test in reasons
    }
    return Choice(chosen, len(cases), f"for {', '.join(names)}")


def _tests_of_name(name: str, evidence: KnownEvidence, places: Collection[str]) -> frozenset[str]:
    registry, relation = evidence.registry, evidence.relation
    known = {*registry.names(name), *(path for path in registry.callables if path.startswith(f"{name}."))}
    executed = (function for function in relation.functions if _is_of(function, name, places))
    return frozenset().union(
        *(evidence.exercising(path) for path in known),
        *(relation.tests_of(function) for function in executed),
    )


def _is_of(function: str, name: str, places: Collection[str]) -> bool:
    dotted = function.replace(":", ".")
    asked = (name, *(place.replace(":", ".") for place in places))
    return any(dotted == path or dotted.startswith(f"{path}.") for path in asked)


def suggestions(name: str, evidence: KnownEvidence) -> tuple[str, ...] | None:
    """Return similar names where there is no evidence for *name*; None where there is."""
    if _tests_of_name(name, evidence, ()):
        return None
    found = answer(evidence.registry, name)
    executed = sorted(function.replace(":", ".") for function in evidence.relation.functions)
    near = [path for path in executed if name.rpartition(".")[2].lower() == path.rpartition(".")[2].lower()]
    return tuple(dict.fromkeys((*found.evidence, *found.suggestions, *near)))[:_SUGGESTIONS]


# By change.


@dataclass(frozen=True)
class Ground:
    """The comparison that tests are chosen by.

    Attributes:
        rev: The commit that the user compares with, as given.
        since_rev: The impact of the changes since that commit.
        since_session: The impact of the changes since a session observed tests, by session.
        clean: Whether no file has changed since the commit.
        apart: The node ids of tests that may run the library where it is not seen.
        depends: By pattern of files or dotted name, the test files, folders and node ids that the settings
            say depend on it.
        uncompared: Folders and files of the library that are in no commit which can be compared with.
    """

    rev: str
    since_rev: Impact
    since_session: Mapping[int, Impact] = field(default_factory=dict)
    clean: bool = False
    apart: Collection[str] = ()
    depends: Mapping[str, Sequence[str]] = field(default_factory=dict)
    uncompared: Sequence[str] = ()


def choose_by_change(cases: Sequence[CollectedTest], evidence: KnownEvidence, ground: Ground) -> Choice:
    """Return the tests that changes affect, and the tests without valid evidence."""
    ground = _reaching_users(ground, evidence.unsteady.functions)
    finder = _ReasonFinder(evidence, ground)
    found = ((case.node_id, finder.reason(case)) for case in cases)
    reasons = {node_id: reason for node_id, reason in found if reason}
    if evidence.relation.rows:
        for impact in (ground.since_rev, *ground.since_session.values()):
            reasons |= _canaries(cases, evidence, impact, reasons)
    ordered = {case.node_id: reasons[case.node_id] for case in cases if case.node_id in reasons}
    incomplete = bool(evidence.relation.rows) and not ground.since_rev.everything
    why, idle = _why(evidence, ground)
    return Choice(ordered, len(cases), why, incomplete, idle, tuple(_besides(ground)))


def _canaries(
    cases: Sequence[CollectedTest], evidence: KnownEvidence, impact: Impact, chosen: Collection[str]
) -> Mapping[str, str]:
    """Return a test for each module whose import may fail now, where no chosen one would notice."""
    found: dict[str, str] = {}
    for module in sorted(impact.imported):
        executing = evidence.tests_of_module(module)
        if executing.isdisjoint(chosen) and executing.isdisjoint(found):
            known = (case.node_id for case in cases if case.node_id in executing)
            first = next(known, None) or (cases[0].node_id if cases and not (chosen or found) else None)
            if first is not None:
                found[first] = f"imports {module}, which changed"
    return found


def _reaching_users(ground: Ground, unsteady: frozenset[str]) -> Ground:
    """Return *ground* where a change of an *unsteady* function affects everything."""
    since_rev = _reaching_users_of(ground.since_rev, unsteady)
    since_session = {
        session: since_rev if impact is ground.since_rev else _reaching_users_of(impact, unsteady)
        for session, impact in ground.since_session.items()
    }
    return replace(ground, since_rev=since_rev, since_session=since_session)


def _reaching_users_of(impact: Impact, unsteady: frozenset[str]) -> Impact:
    function = min((impact.functions | impact.reached.keys() | impact.readers.keys()) & unsteady, default="")
    if impact.everything or not function:
        return impact
    name = function.replace(":", ".")
    moved = "which ran in some orders of tests and not in others"
    if function in impact.functions:
        changed = "it changed"
    elif function in impact.reached:
        changed = f"it may use {impact.reached[function]}"
    else:
        changed = f"it reads {impact.readers[function]}"
    return replace(impact, everything=f"any test may use what {name} keeps, {moved}, and {changed}")


class _ReasonFinder:
    """The finder of the reason to run a test, from all evidence."""

    def __init__(self, evidence: KnownEvidence, ground: Ground) -> None:
        self._evidence = evidence
        self._ground = ground
        self._since_rev = _ImpactOnTests(ground.since_rev, evidence, ground)
        self._since_session = {
            session: self._since_rev
            if impact is ground.since_rev
            else _ImpactOnTests(impact, evidence, ground)
            for session, impact in ground.since_session.items()
        }

    def reason(self, case: CollectedTest) -> str:
        """Return why *case* must run; empty if it need not."""
        changed = self._since_rev.reason(case)
        if changed:
            return changed
        row = self._evidence.relation.rows.get(case.node_id)
        if row is None:
            was_skipped = case.node_id in self._evidence.skipped
            return "was skipped when it was last run" if was_skipped else "was never observed"
        if row.outcome not in ("passed", "xfailed"):
            return "failed when it was last observed"
        if case.node_id in self._evidence.unsteady.tests:
            return "depends on the order of tests"
        then = self._since_session.get(row.session)
        if then is None:
            return "was observed with code that is not known any more"
        since = "" if then is self._since_rev else then.reason(case)
        return f"{since} (since it was observed)" if since else ""


class _ImpactOnTests:
    """One impact, resolved to tests and reasons."""

    def __init__(self, impact: Impact, evidence: KnownEvidence, ground: Ground) -> None:
        self._impact = impact
        self._told = dict(_told(impact, ground.depends))
        self._by_case: dict[str, str] = {}
        self._by_test: dict[str, str] = {}
        for function in sorted(impact.functions):
            name = function.replace(":", ".")
            executing = evidence.tests_of_unit(function)
            self._by_case |= dict.fromkeys(executing - self._by_case.keys(), f"executes {name}")
            using = evidence.kept.get(function, frozenset())
            why = f"may use what {name} computed for another test"
            self._by_case |= dict.fromkeys(using - self._by_case.keys(), why)
            declaring = evidence.declaring(name)
            self._by_test |= dict.fromkeys(declaring - self._by_test.keys(), f"exercises {name}")
        for function, used in sorted(impact.reached.items()):
            why = f"executes {function.replace(':', '.')}, which may use {used}"
            using = evidence.tests_of_unit(function) | evidence.kept.get(function, frozenset())
            self._by_case |= dict.fromkeys(using - self._by_case.keys(), why)
        for function, path in sorted(impact.readers.items()):
            using = evidence.kept.get(function, frozenset()) if function in evidence.keepers else frozenset()
            why = f"may use what {function.replace(':', '.')} keeps of {path}"
            self._by_case |= dict.fromkeys(using - self._by_case.keys(), why)
        if impact.functions or impact.reached:
            why = "may run the library where it is not seen"
            self._by_case |= dict.fromkeys(set(ground.apart) - self._by_case.keys(), why)

    def reason(self, case: CollectedTest) -> str:
        impact = self._impact
        return (
            impact.everything
            or impact.cases.get(case.node_id, "")
            or self._by_case.get(case.node_id, "")
            or self._by_test.get(case.test, "")
            or ("its source changed" if (case.source, case.function) in impact.tests else "")
            or self._used(case)
            or self._depends(case)
            or impact.files.get(case.file, "")
            or impact.files.get(case.source, "")
            or next((why for folder, why in impact.folders.items() if _is_below(case.file, folder)), "")
            or (impact.documentation.get(case.file, "") if case.doctest else "")
        )

    def _depends(self, case: CollectedTest) -> str:
        if not self._told:
            return ""
        places = (case.node_id, case.test, case.file)
        return next(
            (
                why
                for place, why in self._told.items()
                if place in places or _is_below(case.file, place.rstrip("/"))
            ),
            "",
        )

    def _used(self, case: CollectedTest) -> str:
        used = self._impact.using.get((case.source, case.function), "")
        return f"may use {used}" if used else ""


def _told(impact: Impact, depends: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Yield the test files, folders and node ids that depend on what changed, by the settings, and why."""
    names = {name.replace(":", ".") for name in (*impact.functions, *impact.reached, *impact.changed)}
    for key, tests in depends.items():
        changed = fnmatch.filter(impact.paths, key) or [
            name for name in names if name == key or name.startswith(f"{key}.")
        ]
        if changed:
            yield from dict.fromkeys(tests, f"depends on {min(changed)} by [tool.this-tests.depends]").items()


def _is_below(file: str, folder: str) -> bool:
    return not folder or file.startswith(f"{folder}/")


def _why(evidence: KnownEvidence, ground: Ground) -> tuple[str, str]:
    """Return what the tests were chosen for; and what to say if the changes chose none, but others did."""
    impact, rev = ground.since_rev, ground.rev
    if not evidence.relation.rows:
        return "because nothing was observed yet (run the tests with --this-tests-observe)", ""
    if impact.everything:
        return f"because {impact.everything} since {rev}", ""
    if parts := _parts(impact):
        return f"{'; '.join(parts)} since {rev}", ""
    nothing = "nothing changed" if ground.clean else "nothing that tests depend on changed"
    return f"{nothing} since {rev}", f"no other is affected since {rev}"


def what_changed(impact: Impact) -> str:
    """Return what changed, in the words of a choice's headline."""
    if impact.everything:
        return impact.everything
    parts = [part.removeprefix("for ") for part in _parts(impact)] or ["nothing that tests depend on"]
    return "; ".join([*parts, *_aside(impact)])


def _parts(impact: Impact) -> list[str]:
    functions = sorted(function.replace(":", ".") for function in impact.functions)
    parts = [f"for {_listed(functions, 'changed function')}"] if functions else []
    names = sorted(impact.changed.difference(functions))
    parts += [f"for what uses {_listed(names, 'changed name')}"] if names else []
    parts += [f"everything in {file} because {why}" for file, why in _first(impact.files)]
    parts += [f"everything below {folder or '.'} because {why}" for folder, why in _first(impact.folders)]
    parts += [counted(len(impact.tests), "changed test")] if impact.tests else []
    parts += [f"for what {why}" for why in sorted(set(impact.cases.values()))[:_NAMED]]
    return parts


def _besides(ground: Ground) -> Iterator[str]:
    yield from _aside(ground.since_rev)
    if ground.uncompared:
        yield f"{_some(ground.uncompared)}: compared with the observed session only"


def _aside(impact: Impact) -> Iterator[str]:
    if aside := sorted(impact.aside):
        yield f"set aside: {_some(aside)} (no test uses {'it' if len(aside) == 1 else 'them'})"


def _other_reasons(reasons: Iterable[str]) -> Iterator[str]:
    """Yield the numbers of tests that are run for other reasons than the changes."""
    all_reasons = list(reasons)
    for reason, of_several in _OF_THE_TEST.items():
        if number := all_reasons.count(reason):
            yield f"{number:,} that {reason if number == 1 else of_several}"
    old = sum(reason.endswith("(since it was observed)") for reason in all_reasons)
    if old:
        yield f"{old:,} observed with other code"
    if number := all_reasons.count("was observed with code that is not known any more"):
        yield f"{number:,} observed with code that is not known any more"


def _first(reasons: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    return sorted(reasons.items())[:_NAMED]


def _some(names: Sequence[str]) -> str:
    return ", ".join([*names[:_NAMED], *(["…"] if len(names) > _NAMED else [])])


def _listed(names: Sequence[str], what: str) -> str:
    return f"{counted(len(names), what)}: {_some(names)}"

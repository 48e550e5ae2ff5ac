"""Which of the collected tests to run, and why: by the API's names, or by what changed. Pure."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

from ..observations.relation import Relation
from ..registry.model import Registry
from ..registry.query import answer
from ..text import counted
from .impact import Impact, unit
from .shared_state import Facts, StateHolder, beneath, state_holders

__all__ = [
    "Choice",
    "CollectedTest",
    "Ground",
    "KnownEvidence",
    "choose_by_change",
    "choose_by_name",
    "suggestions",
]

_NAMED = 3
_SUGGESTIONS = 5


@dataclass(frozen=True)
class CollectedTest:
    """A collected test: one case of it, where it is parametrised.

    Attributes:
        node_id: As pytest has it.
        test: The node id without the brackets of a parametrised case.
        source: The file that defines the test's function; a base class may stand elsewhere.
        function: The qualified name of that function; empty for doctests and the like.
        doctest: Whether it is an example in a docstring.
    """

    node_id: str
    test: str
    source: str = ""
    function: str = ""
    doctest: bool = False

    @property
    def file(self) -> str:
        """The file that the test was collected from."""
        return self.test.partition("::")[0]


@dataclass(frozen=True)
class Choice:
    """The tests to run.

    Attributes:
        reasons: Why each is run, by node id, in the order of the collection.
        total: How many were collected.
        why: What they were chosen for.
        besides: Whether `why` does not speak of all of them.
    """

    reasons: Mapping[str, str]
    total: int
    why: str
    besides: bool = False

    def left(self, node_ids: Collection[str]) -> "Choice":
        """Return this choice without the tests that something else (`-k`, `-m`) has deselected."""
        return replace(self, reasons={test: why for test, why in self.reasons.items() if test in node_ids})

    @property
    def headline(self) -> str:
        """The line that tells of the choice."""
        why = "; ".join((self.why, *(_others(self.reasons.values()) if self.besides else ())))
        return f"this-tests: {len(self.reasons):,} of {counted(self.total, 'test')}, {why}"

    def explained(self) -> Iterator[str]:
        """Yield a line for each test that is run."""
        yield from (f"  {node_id}: {reason}" for node_id, reason in self.reasons.items())


@dataclass(frozen=True)
class KnownEvidence:
    """All that is known of who exercises what.

    Attributes:
        registry: What was declared, and what the registry keeps of what was observed.
        relation: All that was observed.
        kept: By function of the library, the tests that may use what it computed for another test.
    """

    registry: Registry
    relation: Relation
    kept: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @cached_property
    def tests_of_units(self) -> Mapping[str, frozenset[str]]:
        """The node ids of the tests that executed a function, or one inside of it."""
        found: dict[str, set[str]] = {}
        for function in self.relation.functions:
            found.setdefault(unit(function), set()).update(self.relation.tests_of(function))
        return {name: frozenset(tests) for name, tests in found.items()}

    def with_kept(self, library: Mapping[str, Facts], late: Collection[str]) -> "KnownEvidence":
        """Return this evidence with what the syntax of *library* tells of caches and the like.

        Args:
            late: The modules that tests import. What runs then is seen in the first test only.
        """
        kept: dict[str, frozenset[str]] = {}
        starts = [(each.unit, self._users(each, library)) for each in state_holders(library)]
        starts += [(f"{module}:", self._users_of_module(module)) for module in late if module in library]
        for start, users in starts:
            seeing = self.tests_of_units.get(start, frozenset()) if start[-1] != ":" else users
            for each in beneath(start, library, partial(self._ran_with, seeing)):
                kept[each] = kept.get(each, frozenset()) | users
        return replace(self, kept=kept)

    def _users_of_module(self, module: str) -> frozenset[str]:
        units = (tests for each, tests in self.tests_of_units.items() if each.startswith(f"{module}:"))
        return frozenset().union(*units)

    def _ran_with(self, tests: frozenset[str], function: str) -> bool:
        return not tests.isdisjoint(self.tests_of_units.get(function, ()))

    def _users(self, keeper: StateHolder, library: Mapping[str, Facts]) -> frozenset[str]:
        if keeper.everyone:
            return self.relation.tests
        speakers = (
            f"{module}:{name}"
            for module, facts in library.items()
            for name, each in facts.units.items()
            if not keeper.signs.isdisjoint(each.names)
        )
        empty: frozenset[str] = frozenset()
        return empty.union(*(self.tests_of_units.get(each, empty) for each in (keeper.unit, *speakers)))

    def declaring(self, name: str) -> frozenset[str]:
        """Return the tests, without brackets, that the registry has for the callable *name*."""
        return frozenset(each.test for each in self.registry.evidence(name))


# By name.


def choose_by_name(
    cases: Sequence[CollectedTest],
    names: Sequence[str],
    evidence: KnownEvidence,
    located: Callable[[str], Collection[str]] = lambda _: (),
) -> Choice:
    """Return the tests with evidence for *names*: of callables, classes or modules, or aliases of them.

    Args:
        located: Returns where the object of a name is defined, as ``module:qualname``, or
            ``module`` for a module.
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
    known = {*registry.names(name), *(each for each in registry.callables if each.startswith(f"{name}."))}
    executed = (each for each in relation.functions if _is_of(each, name, places))
    return frozenset().union(
        *(evidence.declaring(each) for each in known),
        *(relation.tests_of(each) for each in executed),
    )


def _is_of(function: str, name: str, places: Collection[str]) -> bool:
    dotted = function.replace(":", ".")
    asked = (name, *(each.replace(":", ".") for each in places))
    return any(dotted == each or dotted.startswith(f"{each}.") for each in asked)


def suggestions(name: str, evidence: KnownEvidence) -> tuple[str, ...] | None:
    """Return names near to *name*, of which nothing is known; None if something is known of it."""
    if _tests_of_name(name, evidence, ()):
        return None
    found = answer(evidence.registry, name)
    executed = sorted(each.replace(":", ".") for each in evidence.relation.functions)
    near = [each for each in executed if name.rpartition(".")[2].lower() == each.rpartition(".")[2].lower()]
    return tuple(dict.fromkeys((*found.evidence, *found.suggestions, *near)))[:_SUGGESTIONS]


# By change.


@dataclass(frozen=True)
class Ground:
    """What the tests chosen by change are measured against.

    Attributes:
        rev: The name of the commit that the user compares with.
        since_rev: What has changed since then.
        since_session: What has changed since a session observed tests, by the session.
        clean: Whether no file at all has changed since the commit.
        apart: The tests, by node id, that may run the library in another process, where nobody looks.
    """

    rev: str
    since_rev: Impact
    since_session: Mapping[int, Impact] = field(default_factory=dict)
    clean: bool = False
    apart: Collection[str] = ()


def choose_by_change(cases: Sequence[CollectedTest], evidence: KnownEvidence, ground: Ground) -> Choice:
    """Return the tests that changes concern, and all of which nothing can be said."""
    judge = _Judge(evidence, ground)
    judged = ((case.node_id, judge.reason(case)) for case in cases)
    reasons = {node_id: reason for node_id, reason in judged if reason}
    besides = bool(evidence.relation.rows) and not ground.since_rev.everything
    return Choice(reasons, len(cases), _why(evidence, ground), besides)


class _Judge:
    """Says of each test why it must run."""

    def __init__(self, evidence: KnownEvidence, ground: Ground) -> None:
        self._evidence = evidence
        self._ground = ground
        self._since_rev = _Reach(ground.since_rev, evidence, ground.apart)
        self._since_session = {
            session: _Reach(impact, evidence, ground.apart)
            for session, impact in ground.since_session.items()
        }

    def reason(self, case: CollectedTest) -> str:
        """Return why *case* must run; empty if it need not."""
        changed = self._since_rev.reason(case)
        if changed:
            return changed
        row = self._evidence.relation.rows.get(case.node_id)
        if row is None:
            return "was never observed"
        if row.outcome not in ("passed", "xfailed"):
            return "failed when it was last observed"
        then = self._since_session.get(row.session)
        if then is None:
            return "was observed with code that is not known any more"
        since = then.reason(case)
        return f"{since} (since it was observed)" if since else ""


class _Reach:
    """An impact, brought down to tests."""

    def __init__(self, impact: Impact, evidence: KnownEvidence, apart: Collection[str]) -> None:
        self._impact = impact
        self._by_case: dict[str, str] = {}
        self._by_test: dict[str, str] = {}
        for function in sorted(impact.functions):
            name = function.replace(":", ".")
            executing = evidence.tests_of_units.get(function, frozenset())
            self._by_case |= dict.fromkeys(executing - self._by_case.keys(), f"executes {name}")
            using = evidence.kept.get(function, frozenset())
            why = f"may use what {name} computed for another test"
            self._by_case |= dict.fromkeys(using - self._by_case.keys(), why)
            declaring = evidence.declaring(name)
            self._by_test |= dict.fromkeys(declaring - self._by_test.keys(), f"exercises {name}")
        if impact.functions:
            why = "may run the library in another process"
            self._by_case |= dict.fromkeys(set(apart) - self._by_case.keys(), why)

    def reason(self, case: CollectedTest) -> str:
        impact = self._impact
        return (
            impact.everything
            or self._by_case.get(case.node_id, "")
            or self._by_test.get(case.test, "")
            or ("its source changed" if (case.source, case.function) in impact.tests else "")
            or impact.files.get(case.file, "")
            or impact.files.get(case.source, "")
            or next((why for folder, why in impact.folders.items() if _is_below(case.file, folder)), "")
            or (f"{case.file} changed its docstrings" if self._shows(case) else "")
        )

    def _shows(self, case: CollectedTest) -> bool:
        return case.doctest and case.file in self._impact.documentation


def _is_below(file: str, folder: str) -> bool:
    return not folder or file.startswith(f"{folder}/")


def _why(evidence: KnownEvidence, ground: Ground) -> str:
    impact, rev = ground.since_rev, ground.rev
    if not evidence.relation.rows:
        return "because nothing was observed yet (run the tests with --this-tests-observe)"
    if impact.everything:
        return f"because {impact.everything} since {rev}"
    functions = sorted(each.replace(":", ".") for each in impact.functions)
    parts = [f"for {_listed(functions, 'changed function')}"] if functions else []
    parts += [f"everything in {file} because {why}" for file, why in _first(impact.files)]
    parts += [f"everything below {folder or '.'} because {why}" for folder, why in _first(impact.folders)]
    parts += [counted(len(impact.tests), "changed test")] if impact.tests else []
    nothing = "nothing changed" if ground.clean else "nothing that tests depend on changed"
    return f"{'; '.join(parts) or nothing} since {rev}"


def _others(reasons: Iterable[str]) -> Iterator[str]:
    """Yield how many tests are run for a *reason* of their own."""
    given = list(reasons)
    for reason in ("was never observed", "failed when it was last observed"):
        if number := given.count(reason):
            yield f"{number:,} that {_in_plural(reason, number)}"
    old = sum(each.endswith("(since it was observed)") for each in given)
    if old:
        yield f"{old:,} observed with other code"
    if number := given.count("was observed with code that is not known any more"):
        yield f"{number:,} observed with code that is not known any more"


def _in_plural(reason: str, number: int) -> str:
    return reason if number == 1 else reason.replace("was never", "were never").replace("it was", "they were")


def _first(reasons: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    return sorted(reasons.items())[:_NAMED]


def _listed(names: Sequence[str], what: str) -> str:
    more = "" if len(names) <= _NAMED else ", …"
    return f"{counted(len(names), what)}: {', '.join(names[:_NAMED])}{more}"

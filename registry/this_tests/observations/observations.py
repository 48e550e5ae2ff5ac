"""Everything that runs saw, as one value that can be merged."""

from collections.abc import Callable, Collection, Container, Hashable, Iterable, Mapping

import msgspec
from msgspec.structs import replace

from ..registry.model import Outcome
from ..source.fingerprint import Outline
from .audits import Audits, united_audits
from .proofs import Proofs, united_proofs
from .relation import Relation, combined, united
from .snapshots import Snapshot
from .summary import Outcomes, Summary, is_news, latest_outcomes, summary, worst_outcome
from .unsteady import Unsteady, compared

__all__ = ["Observations", "learned", "merged", "same_code"]

# A session's start time, and the name that it saw: of two, the newer one counts.
_Named = tuple[int, str]


class Observations(msgspec.Struct, frozen=True, dict=True):
    """What runs saw.

    Attributes:
        relations: The tests and the functions that they executed, by the environment that they ran in
            (see `snapshots.environment_name`).
        names: By function, as ``module:qualname``, the session that last named it, and its public name.
        snapshots: The code that each session ran, by the session's start time.
        outlines: The outlines of Python files that sessions ran, by content as in `Snapshot.files`.
        outcomes: By environment, the last outcomes of tests in sessions that did not observe, as far as
            they matter: of tests that did not pass, or passed again.
        unsteady: By environment, what depends on the order of tests.
        inputs: As `relations`, of the same tests and sessions, with the paths of the files and folders that
            the tests used, and how (see `inputs.READ`).
        audits: What the selection would have chosen in full runs, by the session's start time.
        skipped: By environment, the session that last skipped each test of which no run is known there.
        proofs: Which tests noticed that a function does nothing, by function.
    """

    relations: Mapping[str, Relation] = {}
    names: Mapping[str, _Named] = {}
    snapshots: Mapping[int, Snapshot] = {}
    outlines: Mapping[str, Outline] = {}
    outcomes: Mapping[str, Outcomes] = {}
    unsteady: Mapping[str, Unsteady] = {}
    inputs: Mapping[str, Relation] = {}
    audits: Audits = {}
    skipped: Mapping[str, Mapping[str, int]] = {}
    proofs: Proofs = {}

    @property
    def named(self) -> Mapping[str, str]:
        """The public names by function."""
        return {function: name for function, (_, name) in self.names.items()}

    def of(self, environment: str) -> Relation:
        """Return what runs in one environment saw."""
        return self.relations.get(environment, Relation())

    def combined(self) -> Relation:
        """Return what runs in all environments saw."""
        return combined(self.relations.values())

    def summary(self, *, every: bool = False) -> Summary:
        """Return how many tests executed each callable, and which.

        Args:
            every: List all tests of each callable, and not only the most relevant ones.
        """
        return summary(self.relations.values(), self.named, self._worst(), every=every)

    def _worst(self) -> Mapping[str, Outcome]:
        """Return the outcomes of the tests that did not pass; of several environments, the worst."""
        found: dict[str, list[Outcome]] = {}
        for environment in self.relations.keys() | self.outcomes.keys():
            latest = latest_outcomes(self.of(environment), self.outcomes.get(environment, {}))
            for test, (_, outcome) in latest.items():
                found.setdefault(test, []).append(outcome)
        worst = {test: worst_outcome(outcomes) for test, outcomes in sorted(found.items())}
        return {test: outcome for test, outcome in worst.items() if outcome != "passed"}

    def only(self, wanted: Callable[[str], bool]) -> "Observations":
        """Return the observations of the tests whose node ids are *wanted*, and the names that they need."""
        relations = {name: relation.only(wanted) for name, relation in self.relations.items()}
        known = {function for relation in relations.values() for function in relation.used()}
        inputs = {name: relation.only(wanted) for name, relation in self.inputs.items()}
        return replace(
            self,
            relations={name: relation for name, relation in relations.items() if relation.rows},
            inputs={name: relation for name, relation in inputs.items() if relation.rows},
            names={function: named for function, named in self.names.items() if function in known},
            outcomes=self._needed_outcomes(wanted),
            unsteady=_any({name: unsteady.only(wanted) for name, unsteady in self.unsteady.items()}),
            skipped=_last_skipped([self], lambda _, test: wanted(test)),
        )

    def without_unsteady(self, environments: Collection[str]) -> "Observations":
        """Return the observations without what is known to depend on the order of tests in *environments*."""
        return replace(
            self,
            unsteady={name: known for name, known in self.unsteady.items() if name not in environments},
        )

    def without_inputs(self, unwanted: Callable[[Mapping[str, int]], Container[str]]) -> "Observations":
        """Return the observations without some inputs.

        Args:
            unwanted: Returns which, given how each was used, as in `inputs.foreign`.
        """
        used: dict[str, int] = {}
        for snapshot in self.snapshots.values():
            used.update(dict.fromkeys(snapshot.inputs.names() if snapshot.inputs else (), 0))
        for relation in self.inputs.values():
            for test in relation.rows:
                for name, how in relation.flags_of(test):
                    used[name] = used.get(name, 0) | how
        names = unwanted(used)
        return replace(
            self,
            inputs={name: relation.without(names) for name, relation in self.inputs.items()},
            snapshots={
                session: replace(snapshot, inputs=snapshot.inputs and snapshot.inputs.without(names))
                for session, snapshot in self.snapshots.items()
            },
        )

    def _needed_outcomes(self, wanted: Callable[[str], bool]) -> Mapping[str, Outcomes]:
        found = {}
        for environment, outcomes in self.outcomes.items():
            seen = latest_outcomes(self.of(environment), {})
            needed = {
                test: last
                for test, last in outcomes.items()
                if wanted(test) and is_news(last, seen.get(test))
            }
            if needed:
                found[environment] = needed
        return found

    def __len__(self) -> int:
        """Return the number of pairs of a test and a function."""
        return sum(map(len, self.relations.values()))


def merged(parts: Iterable[Observations]) -> Observations:
    """Return the union of *parts*: for each test and environment, what its latest run saw.

    The operation is associative, commutative and idempotent, so observations of workers, shards, machines
    and Python versions can be merged in any order, and more than once.
    """
    parts = tuple(parts)
    relations = _united(part.relations for part in parts)
    names: dict[str, _Named] = {}
    for part in parts:
        for function, named in part.names.items():
            names[function] = max(names.get(function, named), named)
    needed = {
        row.session
        for relation in relations.values()
        for row in (*relation.rows.values(), *relation.earlier.values())
    }
    snapshots = {
        session: snapshot
        for part in parts
        for session, snapshot in part.snapshots.items()
        if session in needed
    }
    blobs = {blob for snapshot in snapshots.values() for blob in snapshot.files.values()}
    return Observations(
        relations=relations,
        inputs=_united(part.inputs for part in parts),
        names=names,
        outcomes=_newest_outcomes(parts),
        snapshots=snapshots,
        outlines={
            blob: outline for part in parts for blob, outline in part.outlines.items() if blob in blobs
        },
        unsteady=_all_unsteady(parts),
        audits=united_audits(part.audits for part in parts),
        proofs=united_proofs(part.proofs for part in parts),
        skipped=_last_skipped(
            parts,
            lambda environment, test: environment not in relations or test not in relations[environment].rows,
        ),
    )


def _united(parts: Iterable[Mapping[str, Relation]]) -> dict[str, Relation]:
    parts = tuple(parts)
    environments = sorted({environment for part in parts for environment in part})
    relations = {
        environment: united(part[environment] for part in parts if environment in part)
        for environment in environments
    }
    return {name: relation for name, relation in relations.items() if relation.rows}


def learned(parts: Iterable[Observations]) -> Observations:
    """Return the union of *parts*, and what a comparison of their rows shows to depend on the order of tests.

    This is no part of `merged`. Which rows meet depends on the order of merges, because a newer row replaces
    the older one of a test; so a merge that compared them would not be associative. What was learned
    is only united. Of sessions that ran equal code, it is the same in whichever order they meet.
    """
    parts = tuple(parts)
    if len(parts) == 1:  # It was compared when it was made.
        return merged(parts)
    code = _code(parts)
    found = []
    for environment in {environment for part in parts for environment in part.relations}:
        unsteady, rows = compared((part.of(environment) for part in parts), code)
        # The merge adds these rows to those of the same session, or drops them as the older ones.
        found.append(Observations({environment: rows}, unsteady=_any({environment: unsteady})))
    return merged([*parts, *found])


def same_code(parts: Iterable[Observations]) -> bool:
    """Return whether the sessions of all *parts* ran the same code, as far as that is known."""
    parts = tuple(parts)
    code = _code(parts)
    sessions = {relation.session for part in parts for relation in part.relations.values()}
    return sessions <= code.keys() and len(set(code.values())) == 1


def _code(parts: Iterable[Observations]) -> Mapping[int, Hashable]:
    """Return by session what identifies its code: all Python files, the interpreter and the packages."""
    snapshots = {session: snapshot for part in parts for session, snapshot in part.snapshots.items()}
    return {
        session: (
            snapshot.environment,
            frozenset(file for file in snapshot.files.items() if file[0].endswith(".py")),
        )
        for session, snapshot in snapshots.items()
    }


def _all_unsteady(parts: Iterable[Observations]) -> Mapping[str, Unsteady]:
    found: dict[str, Unsteady] = {}
    for part in parts:
        for environment, unsteady in part.unsteady.items():
            found[environment] = found.get(environment, Unsteady()) | unsteady
    return _any(found)


def _any(unsteady: Mapping[str, Unsteady]) -> Mapping[str, Unsteady]:
    return {environment: known for environment, known in unsteady.items() if known}


def _newest_outcomes(parts: Iterable[Observations]) -> Mapping[str, Outcomes]:
    found: dict[str, dict[str, tuple[int, Outcome]]] = {}
    for part in parts:
        for environment, outcomes in part.outcomes.items():
            newest = found.setdefault(environment, {})
            for test, last in outcomes.items():
                newest[test] = max(newest.get(test, last), last)
    return found


def _last_skipped(
    parts: Iterable[Observations], wanted: Callable[[str, str], bool]
) -> Mapping[str, Mapping[str, int]]:
    """Return the last session that skipped each test, of those that are *wanted* in an environment."""
    found: dict[str, dict[str, int]] = {}
    for part in parts:
        for environment, sessions in part.skipped.items():
            for test, session in sessions.items():
                if wanted(environment, test):
                    known = found.setdefault(environment, {})
                    known[test] = max(known.get(test, session), session)
    return found

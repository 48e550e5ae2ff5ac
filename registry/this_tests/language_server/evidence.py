"""The evidence of a project, read again when its files change, and asked by definition or by test."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from ..errors import RegistryNotFoundError, ThisTestsError
from ..gc_pause import collector_paused
from ..observations.evidence import load_declared, load_summary, origins_of, with_observed
from ..observations.executed import Executed
from ..observations.file import evidence_files, load_names, load_relations
from ..observations.lookup import Exercised, evidence_of_definition, exercised
from ..observations.relation import Relation, combined
from ..registry.model import STANDINGS, Registry, Standing
from ..registry.query import by_strength
from ..settings import Project

__all__ = ["Counts", "Evidence", "EvidenceFiles"]

Notice = Callable[[str], object]


class Counts(NamedTuple):
    """The number of tests of a callable, of those that call it directly, and of those that declare it."""

    tests: int = 0
    direct: int = 0
    declared: int = 0


class Evidence:
    """The evidence of a project at one moment.

    Definitions are given by their module and qualified name, joined by a dot. What their summary says is
    known at once; the pairs of all tests and functions are read when they are first asked for.

    Args:
        registry: What is declared, and the summary of what runs saw.
        named: The public names of functions.
        folder: That of the observations.
        notice: Called with a message for each file that cannot be read.
    """

    def __init__(self, registry: Registry, named: Mapping[str, str], folder: Path, notice: Notice) -> None:
        self.registry = registry
        self._named = named
        self._folder = folder
        self._notice = notice
        # Requests are answered in several threads. What the source says is never waited for by those that
        # read all pairs.
        self._pairs_lock, self._source_lock = threading.RLock(), threading.Lock()
        self._relations: tuple[Sequence[Relation], Mapping[str, str]] | None = None
        self._combined: Relation | None = None
        self._executed: Executed | None = None
        self._names: dict[str, tuple[str, ...]] = {}
        # Without the library's source: reading all of it would take seconds.
        self._plain = Registry(registry.callables, registry.tests)

    @property
    def observed(self) -> bool:
        """Whether there are observations, so that more may be known than the summary says."""
        return bool(self._named)

    def names(self, definition: str) -> tuple[str, ...]:
        """Return the names that the registry has for a definition, or for another name of one."""
        with self._source_lock:
            found = self._names.get(definition)
            if found is None:
                found = self._names[definition] = tuple(sorted(self._names_of(definition)))
            return found

    def _names_of(self, definition: str) -> Iterator[str]:
        known = self.registry.callables
        if definition in known:
            yield definition
        observed = self._by_definition.get(definition, "")
        if observed in known and observed != definition:
            yield observed
        for name in self._unlocated.get(definition.rpartition(".")[2], ()):
            if name != definition and (self.registry.origins(name) or ("",))[-1] == definition:
                yield name

    def meant(self, name: str) -> str:
        """Return the definition that a dotted name leads to; the name itself if the source shows no other."""
        with self._source_lock:
            function = self._by_public_name.get(name)
            return function or (self.registry.origins(name) or (name,))[-1]

    @cached_property
    def _by_definition(self) -> Mapping[str, str]:
        return {function.replace(":", "."): name for function, name in self._named.items()}

    @cached_property
    def _by_public_name(self) -> Mapping[str, str]:
        # Of a class and its constructor, the shorter one.
        return {name: definition for definition, name in sorted(self._by_definition.items(), reverse=True)}

    @cached_property
    def _unlocated(self) -> Mapping[str, Sequence[str]]:
        """The declared callables that no run saw, by their last name: only the source locates them."""
        seen = set(self._named.values())
        found: dict[str, list[str]] = {}
        for name in self.registry.callables:
            if name not in seen:
                found.setdefault(name.rpartition(".")[2], []).append(name)
        return found

    def counts(self, definition: str) -> Counts | None:
        """Return the counts that the summary has; None if only all pairs can tell."""
        names = self.names(definition)
        if not names and self.observed:
            return None
        entries = [self.registry.callables[name] for name in names]
        return Counts(
            max((self._plain.number_of_tests(name) for name in names), default=0),
            max((entry.observed.direct for entry in entries), default=0),
            len({test for entry in entries for test in entry.declared}),
        )

    def all_counts(self, definition: str, *, is_class: bool) -> Counts:
        """Return the counts of a definition; those of a class that no test makes are of its methods."""
        known = self.counts(definition)
        if known is not None:
            return known
        found = self.tests(definition, is_class=is_class).values()
        return Counts(len(found), sum(standing == "direct" for standing in found), 0)

    def examples(self, definition: str) -> list[tuple[str, Standing]]:
        """Return the most relevant tests that the summary lists, the strongest evidence first."""
        links = (link for name in self.names(definition) for link in self._plain.evidence(name))
        return [(link.test, link.standing) for link in by_strength(links)]

    def tests(self, definition: str, *, is_class: bool = False) -> dict[str, Standing]:
        """Return all tests of a definition, the strongest evidence first."""
        found: dict[str, Standing] = {}
        names = self.names(definition)
        seen = self._seen(definition, names, is_class=is_class and not names) if self.observed else ()
        for test, standing in [*self.examples(definition), *seen]:
            if test not in found or STANDINGS.index(standing) < STANDINGS.index(found[test]):
                found[test] = standing
        return dict(sorted(found.items(), key=lambda item: STANDINGS.index(item[1])))

    def _seen(
        self, definition: str, names: Iterable[str], *, is_class: bool
    ) -> Iterator[tuple[str, Standing]]:
        executed = self.executed()
        answer = evidence_of_definition(definition, self._plain, executed, is_class=is_class)
        for evidence in answer.evidence.values():
            yield from ((link.test, link.standing) for link in evidence)
        for name in names:
            for test, direct in executed.of(name).items():
                yield test, "direct" if direct else "indirect"

    def exercised_at_once(self, test: str) -> tuple[Exercised, ...] | None:
        """Return what a test exercises if that is known without all pairs."""
        return None if self.observed else tuple(exercised(test, self._plain, (), {}))

    def exercised(self, test: str) -> tuple[Exercised, ...]:
        """Return what a test exercises, the strongest evidence first."""
        relations, named = self.pairs()
        return tuple(exercised(test, self._plain, relations, named))

    def pairs(self) -> tuple[Sequence[Relation], Mapping[str, str]]:
        """Return the relations of all environments, and the public names of functions; read once."""
        with self._pairs_lock:
            if self._relations is None:
                with collector_paused():
                    self._relations = load_relations(self._folder, self._notice)
            return self._relations

    def combined(self) -> Relation:
        """Return what runs in all environments saw."""
        with self._pairs_lock:
            if self._combined is None:
                self._combined = combined(self.pairs()[0])
            return self._combined

    def executed(self) -> Executed:
        """Return all tests of each function; built once."""
        with self._pairs_lock:
            if self._executed is None:
                relations, named = self.pairs()
                with collector_paused():
                    self._executed = Executed(relations, named)
            return self._executed


class EvidenceFiles:
    """The files of a project's evidence.

    Args:
        notice: Called with a message for each file that cannot be read; it is left out.
    """

    def __init__(self, project: Project, notice: Notice) -> None:
        self._project = project
        self._notice = notice
        self._stamp: object = None
        self._evidence: Evidence | None = None
        self._lock = threading.Lock()

    def current(self) -> Evidence:
        """Return the evidence, read again if a file changed; that takes no more than to look at each."""
        with self._lock:
            stamp = self._stamp_now()
            if self._evidence is None or stamp != self._stamp:
                self._evidence, self._stamp = self._read(), stamp
            return self._evidence

    def _stamp_now(self) -> object:
        found = []
        for path in evidence_files(self._project.registry):
            try:
                status = path.stat()
            except OSError:
                continue
            found.append((path, status.st_mtime_ns, status.st_size))
        return found

    def _read(self) -> Evidence:
        folder = self._project.observations
        with collector_paused():
            observed = with_observed(self._declared(), load_summary(folder, self._notice))
            return Evidence(observed, load_names(folder), folder, self._notice)

    def _declared(self) -> Registry:
        path = self._project.registry
        try:
            return load_declared(path)
        except RegistryNotFoundError:
            pass
        except (ThisTestsError, OSError, RecursionError, MemoryError) as error:
            self._notice(str(error))
        return Registry(origins=origins_of(path))

"""The tests of a project without a collection: those that sessions collected, and those in test files."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property

from ..files import is_module_name
from ..observations.collected import Collected, implied_definition
from ..observations.observations import Observations
from ..observations.snapshots import Snapshot, read_content
from ..settings import Project
from ..source.fingerprint import parse
from ..suite.conventions import Conventions, read_conventions
from ..suite.reader import SourceError, read_source
from .surroundings import CollectedTest, Surroundings

__all__ = ["KnownTests", "without_group"]

# xdist's group, which under `--dist=loadgroup` follows the name of a test, or the brackets of a case.
_GROUP = re.compile(r"(?<=\])@[^\[\]]*$|^(?P<plain>[^\[]*)@[^\[\]]*$")


class KnownTests:
    """The tests that a collection would find, as far as that is known without one.

    Args:
        environment: The name of the environment that they run in.
    """

    def __init__(self, project: Project, observations: Observations, environment: str) -> None:
        self._project = project
        self._observations = observations
        self._relation = observations.of(environment)
        self._skipped = observations.skipped.get(environment, {})

    @cached_property
    def snapshots(self) -> Mapping[int, Snapshot]:
        """The code that the tests last ran, by session, the oldest first."""
        sessions = {row.session for row in self._relation.rows.values()} | set(self._skipped.values())
        known = self._observations.snapshots
        return {session: known[session] for session in sorted(sessions) if session in known}

    @cached_property
    def _collected(self) -> Mapping[int, Collected]:
        return {session: found.collected for session, found in self.snapshots.items() if found.collected}

    def surroundings(self) -> Surroundings:
        """Return what was imported before the tests ran; of all sessions together."""
        found = list(self._collected.values())
        places = found[-1].library if found else {}
        return Surroundings(
            library={
                name: tuple((self._project.root / path).resolve() for path in paths)
                for name, paths in places.items()
            },
            modules=frozenset(name for collected in found for name in collected.modules),
            files=frozenset(
                path
                for collected in found
                for path in collected.files
                if (self._project.root / path).is_file()
            ),
        )

    def tests(self, files: Mapping[str, str]) -> Iterator[CollectedTest]:
        """Yield the tests that sessions collected and that still exist, and new ones.

        Args:
            files: The current files, as in `Snapshot.files`.
        """
        known: dict[str, set[str]] = {}
        for case in self._cases():
            if self._exists(case, files):
                known.setdefault(case.file, set()).add(case.test)
                yield case
        for file in files:
            if self._is_test_file(file) and self._may_be_new(file, files, known):
                yield from (case for case in self._defined(file) if case.test not in known.get(file, ()))

    # What sessions collected.

    def _cases(self) -> Iterator[CollectedTest]:
        waiting = (case for collected in self._collected.values() for case in collected.waiting)
        sessions = {
            **dict.fromkeys(waiting, 0),
            **self._skipped,
            **{test: row.session for test, row in self._relation.rows.items()},
        }
        for node_id, session in sessions.items():
            yield self._case(node_id, session)

    def _case(self, node_id: str, session: int) -> CollectedTest:
        test = without_group(node_id).partition("[")[0]
        known = self._collected
        for collected in [known[session]] if session in known else reversed([*known.values()]):
            if test in collected.doctests:
                return CollectedTest(node_id, test, doctest=True)
            if test in collected.definitions:
                return CollectedTest(node_id, test, *collected.definitions[test])
        return CollectedTest(node_id, test, *implied_definition(test))

    def _exists(self, case: CollectedTest, files: Mapping[str, str]) -> bool:
        if case.file not in files and not self._is_file(case.file):
            return is_module_name(case.file)  # Of an installed package.
        return not case.function or (case.source, case.function) not in self._gone_from(case.source, files)

    def _is_file(self, path: str) -> bool:
        if path not in self._are_files:
            self._are_files[path] = (self._project.root / path).is_file()
        return self._are_files[path]

    @cached_property
    def _are_files(self) -> dict[str, bool]:
        return {}

    def _gone_from(self, file: str, files: Mapping[str, str]) -> Collection[tuple[str, str]]:
        """Return the functions that *file* had when tests ran, and has no more."""
        if file not in self._gone:
            then = {snapshot.files.get(file) for snapshot in self.snapshots.values()}
            self._gone[file] = frozenset()
            if then - {files.get(file), None}:
                outlines = [self._observations.outlines.get(blob or "") for blob in then]
                had = {name for outline in outlines if outline for name in outline.functions}
                now = parse(read_content(self._project.root / file) or b"")
                self._gone[file] = frozenset(
                    (file, name) for name in had - (now.bodies.keys() if now else had)
                )
        return self._gone[file]

    @cached_property
    def _gone(self) -> dict[str, Collection[tuple[str, str]]]:
        return {}

    # What test files define now.

    @cached_property
    def _conventions(self) -> Conventions:
        return read_conventions(self._project.root)

    def _is_test_file(self, path: str) -> bool:
        return path.endswith(".py") and self._conventions.holds(path)

    def _may_be_new(self, file: str, files: Mapping[str, str], known: Collection[str]) -> bool:
        """Return whether *file* may define tests that no session collected."""
        return not any(
            snapshot.files.get(file) == files[file]
            and (file in known or (snapshot.collected is not None and file in snapshot.collected.empty))
            for snapshot in self.snapshots.values()
        )

    def _defined(self, file: str) -> Iterable[CollectedTest]:
        try:
            found = read_source(self._project.root / file, self._project.root, self._conventions)
        except SourceError:
            return
        for function in found.functions:
            if function.is_test:
                test = f"{file}::{function.name}"
                yield CollectedTest(test, test, *implied_definition(test))


def without_group(node_id: str) -> str:
    """Return the node id of a case without the group that xdist adds to it under ``--dist=loadgroup``."""
    return _GROUP.sub(lambda found: found["plain"] or "", node_id) if "@" in node_id else node_id

"""Choice of tests by what changed: since a commit, and since each test was observed."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from ..errors import RegistryNotFoundError
from ..git import Repository
from ..observations.checkouts import Checkouts
from ..observations.evidence import load as load_evidence
from ..observations.evidence import load_declared
from ..observations.inputs import SharedInputs, united_shared
from ..observations.observations import Observations
from ..observations.relation import Relation
from ..observations.snapshots import Snapshot, blob_of, environment, environment_name, read_content
from ..observations.unsteady import Unsteady
from ..registry.model import Registry
from ..settings import Project
from .changes import FileChange, changes_between, changes_of, changes_since
from .impact import impact, is_by_product
from .imports_of_files import ImportsOfFiles
from .project_files import ProjectFiles
from .surroundings import CollectedTest, Surroundings, relative
from .survey import survey
from .tests_to_run import Choice, Ground, KnownEvidence, choose_by_change

__all__ = ["ChangeSelection", "known_evidence", "nothing_changed"]


class ChangeSelection:
    """Chooses tests by what changed.

    Args:
        evidence: What `known_evidence` makes of *observations*.
        around: Returns what is imported, after the collection.

    Raises:
        RepositoryError: git is missing, or the project is in no repository.
    """

    def __init__(
        self,
        project: Project,
        observations: Observations,
        evidence: KnownEvidence,
        around: Callable[[], Surroundings],
    ) -> None:
        self._surroundings = around
        self._project = project
        self._observations = observations
        self._evidence = evidence
        self._repository = Repository(project.root)

    def since_rev(self, rev: str) -> Sequence[FileChange]:
        """Return the changes since the commit *rev*.

        Raises:
            RepositoryError: git fails, or has no such commit.
        """
        return self._not_own(changes_since(rev, self._repository, self._project.root))

    def former(self, rev: str, paths: Sequence[str]) -> Mapping[str, str]:
        """Return the texts of the files at *paths* in the commit *rev*; empty where it has none.

        Raises:
            RepositoryError: git fails, or has no such commit.
        """
        contents = self._repository.contents(self._repository.commit(rev), paths)
        return {
            path: (content or b"").decode("utf-8", errors="replace") for path, content in contents.items()
        }

    def since_rev_elsewhere(
        self, rev: str, changes: Sequence[FileChange]
    ) -> tuple[Sequence[FileChange], Sequence[str]]:
        """Return *changes* with those in other repositories, and what is in none that can be compared.

        They are known after the collection.

        Raises:
            RepositoryError: git fails.
        """
        former = self._checkouts.former(rev)
        own = [change for change in changes if change.path not in former.submodules]
        other = self._not_own(changes_of(former.contents, self._project.root))
        return (*own, *other), former.uncompared

    @cached_property
    def _around(self) -> Surroundings:
        return self._surroundings()

    @cached_property
    def _checkouts(self) -> Checkouts:
        places = (place for found in self._around.library.values() for place in found)
        return Checkouts(self._project.root, places, self._repository)

    def since_observed(self, cases: Sequence[CollectedTest]) -> Mapping[int, Sequence[FileChange]]:
        """Return the changes since each session that observed any of *cases*.

        Of sessions that ran in another environment, nothing is known.

        Raises:
            RepositoryError: git fails.
        """
        observed = self._observed(self._sessions(cases))
        if not observed:
            return {}
        root, outlines = self._project.root, self._observations.outlines
        now = self._checkouts.files()
        return {
            session: self._not_own(changes_between(snapshot.files, now, outlines, self._checkouts, root))
            for session, snapshot in observed.items()
        }

    def files(self) -> Mapping[str, str]:
        """Return the current files, as in `Snapshot.files`.

        Raises:
            RepositoryError: git fails.
        """
        return self._checkouts.files()

    def choose_since(
        self, rev: str, cases: Sequence[CollectedTest], changes: Sequence[FileChange]
    ) -> tuple[Choice, Ground]:
        """Return the tests among *cases* that changes since *rev*, or since they were observed, affect.

        Args:
            changes: What `since_rev` returns for *rev*.

        Raises:
            RepositoryError: git fails.
        """
        changes, uncompared = self.since_rev_elsewhere(rev, changes)
        return self.choose(
            cases,
            self.since_observed(cases),
            rev=rev,
            changes=changes,
            clean=nothing_changed(changes),
            uncompared=uncompared,
        )

    def choose(  # noqa: PLR0913  # one comparison, and what it is with
        self,
        cases: Sequence[CollectedTest],
        since_observed: Mapping[int, Sequence[FileChange]],
        *,
        rev: str = "",
        changes: Sequence[FileChange] = (),
        clean: bool = False,
        uncompared: Sequence[str] = (),
    ) -> tuple[Choice, Ground]:
        """Return the tests among *cases* that changes affect, and the comparison that they were chosen by.

        Args:
            since_observed: The changes since sessions that observed them.
            rev: The commit that the user compares with, as given; without one, only what changed since
                tests were observed counts.
            changes: The changes since that commit.
            clean: Whether no file has changed since the commit.
            uncompared: What of the library is in no commit.
        """
        snapshots = [self._observations.snapshots[session] for session in since_observed]
        project_files = survey(
            self._project,
            cases,
            self._evidence,
            self._around,
            blobs=self._checkouts.listed,
            at_import=frozenset(name for snapshot in snapshots for name in snapshot.at_import),
            inputs=self._inputs(self._sessions(cases)),
            imports=_imports(snapshots),
        )
        changes = self._not_made(snapshots, changes)
        since_rev = impact(changes, project_files)
        ground = Ground(
            rev=rev,
            since_rev=since_rev,
            # Usually the tests were observed at that commit.
            since_session={
                session: since_rev if since == changes else impact(since, project_files)
                for session, since in since_observed.items()
            },
            clean=clean,
            apart=_apart(cases, project_files),
            depends=self._project.settings.depends,
            uncompared=uncompared,
        )
        choice = choose_by_change(cases, self._with_kept(ground, project_files), ground)
        if project_files.syntax is not None:
            project_files.syntax.save()
        return choice, ground

    def _sessions(self, cases: Sequence[CollectedTest]) -> set[int]:
        rows = self._evidence.relation.rows
        return {rows[case.node_id].session for case in cases if case.node_id in rows}

    def _with_kept(self, ground: Ground, project_files: ProjectFiles) -> KnownEvidence:
        if any(
            found.functions or found.reached or found.readers
            for found in (ground.since_rev, *ground.since_session.values())
        ):
            return self._evidence.with_kept(project_files.facts(), project_files.late)
        return self._evidence

    def _inputs(self, sessions: set[int]) -> tuple[Relation, SharedInputs] | None:
        """Return the inputs of the tests that *sessions* observed; None where a session observed none."""
        snapshots = self._observations.snapshots
        shared = [snapshots[session].inputs if session in snapshots else None for session in sessions]
        known = [inputs for inputs in shared if inputs is not None]
        if not known or len(known) != len(shared):
            return None
        return self._observations.inputs.get(environment_name(), Relation()), united_shared(known)

    def _observed(self, sessions: set[int]) -> Mapping[int, Snapshot]:
        """Return the snapshots of those *sessions* that ran in the current environment."""
        here = environment(self._project.library)
        return {
            session: snapshot
            for session, snapshot in self._observations.snapshots.items()
            if session in sessions and snapshot.environment == here
        }

    def _not_made(self, snapshots: Sequence[Snapshot], changes: Sequence[FileChange]) -> Sequence[FileChange]:
        """Return *changes* without the new files that an observed session left as they are."""
        left = {(path, snapshot.files[path]) for snapshot in snapshots for path in snapshot.made}
        made = {
            path for path, blob in left if blob_of(read_content(self._project.root / path) or b"") == blob
        }
        return tuple(change for change in changes if change.path not in made)

    def _not_own(self, changes: Sequence[FileChange]) -> Sequence[FileChange]:
        own = relative(self._project.registry, self._project.root)
        return tuple(change for change in changes if change.path != own and not is_by_product(change.path))


def _imports(snapshots: Sequence[Snapshot]) -> ImportsOfFiles | None:
    known = [snapshot.collected for snapshot in snapshots if snapshot.collected is not None]
    return ImportsOfFiles(known) if len(known) == len(snapshots) else None


def nothing_changed(changes: Sequence[FileChange]) -> bool:
    """Return whether *changes* are of comments and formatting only."""
    return all(change.textual for change in changes)


def known_evidence(
    project: Project, observations: Observations, *, summarised: bool = False
) -> KnownEvidence:
    """Return the evidence that tests are chosen by: declared, and observed in the current environment.

    Args:
        summarised: Include the summary of what was observed in all environments. A choice by change needs
            what each test executed, and not the summary of it.
    """
    load = load_evidence if summarised else load_declared
    try:
        registry = load(project.registry)
    except RegistryNotFoundError:
        registry = Registry()
    here = environment_name()
    unsteady = observations.unsteady.get(here, Unsteady())
    skipped = observations.skipped.get(here, {})
    return KnownEvidence(registry, observations.of(here), unsteady=unsteady, skipped=skipped)


def _apart(cases: Sequence[CollectedTest], project_files: ProjectFiles) -> frozenset[str]:
    """Return the tests that may run the library in another process, where it is not observed."""
    if project_files.inputs is not None:
        return project_files.inputs.apart
    files = {file for case in cases for file in (case.file, case.source)}
    apart = set(filter(project_files.works_apart, files))
    return frozenset(case.node_id for case in cases if {case.file, case.source} & apart)

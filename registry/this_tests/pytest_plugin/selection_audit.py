"""Audit of a full run: what would the selection have chosen of the tests that were collected?"""

from typing import Any

import pytest

from ..observations.file import load
from ..selection.change_selection import ChangeSelection, known_evidence
from ..selection.tests_to_run import what_changed
from ..settings import Project
from .collected_tests import CollectedTests, surroundings_of
from .guard import SafeHooks, never_raises
from .session_log import Collection

__all__ = ["SelectionAudit"]


class SelectionAudit(SafeHooks):
    """Computes what the selection would choose, in the only process or in one xdist worker.

    Attributes:
        output: The fields of a `selection.audit.Foreseen` as plain data; empty where not all tests run.
    """

    def __init__(self, config: pytest.Config, project: Project, collection: Collection) -> None:
        super().__init__()
        self.output: dict[str, Any] = {}
        self._config = config
        self._project = project
        self._collection = collection

    @pytest.hookimpl(trylast=True)  # After all plugins that deselect tests, and after the runner.
    @never_raises
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Choose among the tests that will run."""
        if self._collection.whole:
            self.output = self._choose(session)

    def _choose(self, session: pytest.Session) -> dict[str, Any]:
        observations = load(self._project.observations)
        evidence = known_evidence(self._project, observations)
        tests = CollectedTests(self._config, self._project, evidence.relation.rows)
        cases = [tests.read(item) for item in session.items]
        if self._leaves_out({test.partition("::")[0] for test in evidence.relation.rows}):
            return {}
        selection = ChangeSelection(
            self._project, observations, evidence, lambda: surroundings_of(self._config, self._project)
        )
        since = selection.since_observed(cases)
        if not any(since.values()):
            return {}
        choice, ground = selection.choose(cases, since)
        impacts = ground.since_session
        return {
            "tests": len({case.node_id for case in cases}),
            "chosen": list(choice.reasons),
            "since": {session: what_changed(impacts[session]) if since[session] else "" for session in since},
        }

    def _leaves_out(self, known: set[str]) -> bool:
        """Return whether tests of some *known* file were not collected, because paths were given."""
        files = self._collection.files
        return any(file not in files and (self._project.root / file).is_file() for file in known)

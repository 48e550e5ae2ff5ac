"""A pytest plugin for `history.py`: writes what was collected, and each test's outcome, to a JSON file.

The file is named by the environment variable ``HISTORY_OUTCOMES``. The plugin has a folder of its own,
which is put on the path of the project under test.
"""

import json
import os
from pathlib import Path

import pytest

_RANKS = ("passed", "skipped", "xfailed", "failed")


class Outcomes:
    """The outcomes of one session."""

    def __init__(self) -> None:
        self._outcomes: dict[str, str] = {}
        self._collected: list[str] = []
        self._deselected: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the worst outcome of a test's phases."""
        expected = report.skipped and hasattr(report, "wasxfail")
        outcome = "xfailed" if expected else report.outcome
        self._outcomes[report.nodeid] = max(
            outcome, self._outcomes.get(report.nodeid, outcome), key=_RANKS.index
        )

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """Note the tests that were left out."""
        self._deselected += [item.nodeid for item in items]

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note the tests that will run."""
        self._collected = [item.nodeid for item in session.items]

    def pytest_sessionfinish(self) -> None:
        """Write the file."""
        content = {
            "outcomes": self._outcomes,
            "selected": self._collected,
            "deselected": self._deselected,
        }
        Path(os.environ["HISTORY_OUTCOMES"]).write_text(json.dumps(content))


def pytest_configure(config: pytest.Config) -> None:
    """Register the session's object."""
    config.pluginmanager.register(Outcomes(), "history_outcomes_of_session")

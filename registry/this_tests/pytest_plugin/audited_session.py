"""A session of ``this-tests audit``: puts what it saw into a folder for the command."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from ..observations import file
from ..registry.update import Run
from ..settings import Project
from .item_order import ItemOrder
from .observation_finish import Watch, outlines
from .session_log import SessionLog

__all__ = ["AuditFinish", "AuditedSession", "begin_audited_session", "session_of"]

_NAME = "session.json"


class AuditedSession(msgspec.Struct, frozen=True):
    """What the command needs to know besides the observations.

    Attributes:
        observations: The folder of the project's observations, as pytest's configuration has it.
        files: The test files of which all tests were collected, and run or skipped.
    """

    observations: str
    files: frozenset[str]


def session_of(folder: Path) -> AuditedSession | None:
    """Return the session that was put into *folder*; None if it did not end in order, or observed nothing."""
    try:
        return msgspec.json.decode((folder / _NAME).read_bytes(), type=AuditedSession)
    except FileNotFoundError:
        return None


def begin_audited_session(config: pytest.Config) -> None:
    """Order or isolate the tests as the command wants it, and let chance be the same in all runs."""
    order = config.option.this_tests_order
    config.pluginmanager.register(ItemOrder(order), "this_tests_order")
    if config.option.this_tests_isolate:
        from .isolation import Isolation  # It may use what other systems do not have.

        config.pluginmanager.register(Isolation(config), "this_tests_isolation")
    chosen = any("randomly" in str(argument) for argument in config.invocation_params.args)
    if hasattr(config.option, "randomly_seed") and not chosen:
        config.option.randomly_seed = 0


class AuditFinish:
    """Finishes the observations of such a session.

    Created when the session starts, to record the state of the code that the tests will run.
    """

    def __init__(self, project: Project, folder: Path) -> None:
        self._project = project
        self._folder = folder
        self._watch = Watch(project)

    @staticmethod
    def audits() -> bool:
        """Return that the selection is not audited: code is the same in all these sessions."""
        return False

    def finish(
        self, log: SessionLog, run: Run, _foreseen: Mapping[str, Any], _add_line: Callable[[str, str], None]
    ) -> None:
        """Put what *log* saw into the folder."""
        code = self._watch.end(log.outside, log.shared_inputs, map(Path, log.places), collected=log.collected)
        fresh = self._watch.without_foreign_inputs(log.observations(code))
        file.write(self._folder, "session", replace(fresh, outlines=outlines(self._project, fresh, ())))
        files = (file for file, tests in run.collected.items() if tests.keys() <= run.results.keys())
        session = AuditedSession(str(self._project.observations.absolute()), frozenset(files))
        (self._folder / _NAME).write_bytes(msgspec.json.encode(session))

"""Notebooks run by nbmake: records the ``this_tests`` calls made in the kernel's process."""

import os
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from ..recorder import REPORT, record_reported

__all__ = ["NotebookPlugin", "is_notebook"]


def is_notebook(item: pytest.Item) -> bool:
    """Return whether *item* is a notebook, which nbmake marks as such."""
    return getattr(item, "nbmake", False) is True


class NotebookPlugin:
    """Passes a report file to the kernel of a notebook, and reads it when the notebook has run."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        """Attribute the declarations that the kernel reports to the notebook, whether it passes or fails."""
        # Only for notebooks: other processes that a test starts may be pytest sessions themselves.
        if not is_notebook(item):
            return (yield)
        with (
            tempfile.TemporaryDirectory(prefix="this-tests-") as folder,
            pytest.MonkeyPatch.context() as patch,
        ):
            report = Path(folder, "report")
            report.touch()
            patch.setenv(REPORT, os.fspath(report))  # The kernel inherits the environment.
            try:
                return (yield)
            finally:
                record_reported(report.read_bytes().splitlines())

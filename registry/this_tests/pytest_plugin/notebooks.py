"""Notebooks that pytest runs: their calls of ``this_tests`` come from a kernel, another process."""

import os
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from ..recorder import REPORT, book_reported

__all__ = ["Kernels", "is_notebook"]


def is_notebook(item: pytest.Item) -> bool:
    """Tell whether *item* is a notebook: nbmake says so of its items."""
    return getattr(item, "nbmake", False) is True


class Kernels:
    """Gives the kernel of a notebook a file to report to, and reads it when the notebook has run."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        """Book on a notebook what its kernel reports, whether it passes or fails."""
        # Other processes that a test starts may be sessions of their own.
        if not is_notebook(item):
            return (yield)
        with (
            tempfile.TemporaryDirectory(prefix="this-tests-") as folder,
            pytest.MonkeyPatch.context() as patch,
        ):
            report = Path(folder, "report")
            report.touch()
            patch.setenv(REPORT, os.fspath(report))  # The kernel starts with our environment.
            try:
                return (yield)
            finally:
                book_reported(report.read_bytes().splitlines())

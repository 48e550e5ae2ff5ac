"""Coverage reports of a plain ``--cov``: in the terminal, and as XML and HTML below ``./coverage``."""

from typing import Any, Final

import pytest

__all__ = ["add_coverage_reports"]

# By report: the option of coverage that a project may have set, its default, and where ours goes.
_FILES: Final = {
    "xml": ("xml:output", "coverage.xml", "coverage/coverage.xml"),
    "html": ("html:directory", "htmlcov", "coverage/html"),
}


def add_coverage_reports(config: pytest.Config) -> None:
    """Let pytest-cov write all three reports, if neither the command line nor the project names one.

    A path that the project has configured for coverage is kept.
    """
    plugin: Any = config.pluginmanager.get_plugin("_cov")
    controller = getattr(plugin, "cov_controller", None)
    # Where none is asked for, pytest-cov has chosen that of the terminal for itself, but not in the options.
    if controller is None or config.getoption("cov_report", None):
        return
    reports = {"term": None, **{name: _path(controller.cov, *where) for name, where in _FILES.items()}}
    plugin.options.cov_report = controller.cov_report = reports


def _path(coverage: Any, option: str, default: str, ours: str) -> str | None:
    return ours if coverage.get_option(option) == default else None

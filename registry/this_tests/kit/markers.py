"""Markers ``slow``, ``cpp``, ``integration`` and ``cuda``, and the options that select by them."""

import re
from collections.abc import Callable, Mapping, Sequence

import pytest

from .device import why_no_cuda

__all__ = ["MARKERS", "Markers", "chosen_by_expression"]

MARKERS: Mapping[str, str] = {
    "slow": "takes over a second, downloads a model, or runs inference; runs with --runslow",
    "cpp": "needs compiled extensions; runs with --runcpp",
    "integration": "tests several parts together; skipped with --skipint",
    "cuda": "needs a CUDA device; skipped if there is none, and with --device=cpu",
}


class Markers:
    """Registers the markers, and skips the tests that were not requested."""

    def __init__(self, config: pytest.Config) -> None:
        for name, text in MARKERS.items():
            config.addinivalue_line("markers", f"{name}: {text}")
        self._config = config
        self._reasons: Mapping[str, Callable[[], str]] = {
            "slow": lambda: self._unless("slow", "--runslow"),
            "cpp": lambda: self._unless("cpp", "--runcpp"),
            "integration": lambda: "skipped by --skipint" if config.getoption("--skipint") else "",
            "cuda": lambda: why_no_cuda(str(config.getoption("--device"))),
        }

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: Sequence[pytest.Item]) -> None:
        """Mark the tests that were not requested as skipped."""
        for name, reason in self._reasons.items():
            marked = [item for item in items if item.get_closest_marker(name)]
            # Look for a CUDA device only if a test needs one.
            why = reason() if marked else ""
            for item in marked if why else ():
                item.add_marker(pytest.mark.skip(reason=f"{name}: {why}"))

    def _unless(self, name: str, flag: str) -> str:
        config = self._config
        chosen = chosen_by_expression(name, config.option.markexpr, config.invocation_params.args)
        return "" if chosen or config.getoption(flag) else f"runs with {flag}"


def chosen_by_expression(marker: str, expression: str, arguments: Sequence[str]) -> bool:
    """Return whether ``-m`` itself selects the tests with *marker*: it names the marker, or selects all.

    Args:
        expression: The value of ``-m``, from the command line or the project's ``addopts``.
        arguments: The command line. An empty ``-m ""`` there overrides the expression in ``addopts``.
    """
    return marker in re.findall(r"\w+", expression) if expression else "-m" in arguments

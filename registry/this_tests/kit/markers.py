"""The markers ``slow``, ``cpp``, ``integration`` and ``cuda``, and the options that choose by them."""

import re
from collections.abc import Callable, Mapping, Sequence

import pytest

from .device import why_no_cuda

__all__ = ["MARKERS", "Markers", "chosen_by_expression"]

MARKERS: Mapping[str, str] = {
    "slow": "takes over a second, downloads a model, or infers; runs with --runslow",
    "cpp": "needs compiled extensions; runs with --runcpp",
    "integration": "several parts at once; left out with --skipint",
    "cuda": "needs a CUDA device; skipped where there is none, and with --device=cpu",
}


class Markers:
    """Registers the markers, and skips what was not asked for."""

    def __init__(self, config: pytest.Config) -> None:
        for name, text in MARKERS.items():
            config.addinivalue_line("markers", f"{name}: {text}")
        self._config = config
        self._reasons: Mapping[str, Callable[[], str]] = {
            "slow": lambda: self._unless("slow", "--runslow"),
            "cpp": lambda: self._unless("cpp", "--runcpp"),
            "integration": lambda: "left out by --skipint" if config.getoption("--skipint") else "",
            "cuda": lambda: why_no_cuda(str(config.getoption("--device"))),
        }

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: Sequence[pytest.Item]) -> None:
        """Mark as skipped what was not asked for."""
        for name, reason in self._reasons.items():
            marked = [item for item in items if item.get_closest_marker(name)]
            # Whether there is a CUDA device is asked only where a test wants one.
            why = reason() if marked else ""
            for item in marked if why else ():
                item.add_marker(pytest.mark.skip(reason=f"{name}: {why}"))

    def _unless(self, name: str, flag: str) -> str:
        config = self._config
        chosen = chosen_by_expression(name, config.option.markexpr, config.invocation_params.args)
        return "" if chosen or config.getoption(flag) else f"runs with {flag}"


def chosen_by_expression(marker: str, expression: str, arguments: Sequence[str]) -> bool:
    """Tell whether ``-m`` itself decides about the tests with *marker*: it names it, or asks for all.

    Args:
        expression: What ``-m`` says, on the command line or in the project's ``addopts``.
        arguments: The command line. There, an empty ``-m ""`` takes back what ``addopts`` left out.
    """
    return marker in re.findall(r"\w+", expression) if expression else "-m" in arguments

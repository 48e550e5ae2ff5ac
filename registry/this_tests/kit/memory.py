"""Memory that a test uses: of the accelerator by torch's own statistics, else of the process."""

import gc
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from .device import find_device

__all__ = ["MB", "Gauge", "Memory", "device_gauge", "host_gauge", "reclaim"]

MB: Final = 2**20


@dataclass(frozen=True)
class Gauge:
    """What tells how much memory is used, in bytes.

    Attributes:
        name: Of the memory, for messages.
        used: Returns what is used now.
        peak: Returns the most that was used since the last reset.
        reset: Forgets the peak.
    """

    name: str
    used: Callable[[], int]
    peak: Callable[[], int]
    reset: Callable[[], object]


class Memory:
    """The memory that is used since the measuring began, and at most.

    On an accelerator it is what torch's tensors hold, without torch's cache; on the CPU it is the
    process's resident set, where a few MB either way mean nothing.
    """

    def __init__(self, gauge: Gauge) -> None:
        self.gauge = gauge
        self.reset()

    @property
    def used(self) -> float:
        """MB in use now, less those in use at the start."""
        reclaim()
        return (self.gauge.used() - self._start) / MB

    @property
    def peak(self) -> float:
        """MB in use at the highest, less those in use at the start."""
        return (max(self.gauge.peak(), self.gauge.used()) - self._start) / MB

    def reset(self) -> None:
        """Begin to measure anew."""
        reclaim()
        self.gauge.reset()
        self._start = self.gauge.used()

    def expect(
        self, *, used: float | None = None, peak: float | None = None, tolerance: float, context: str = ""
    ) -> None:
        """Assert what was used, and at most.

        Args:
            used: MB expected to be in use now; None leaves it open.
            peak: MB expected at the highest; None leaves it open.
            tolerance: MB that either may be off.
            context: What the message begins with: what was measured.

        Raises:
            AssertionError: One of them is off by more; the message tells both.
        """
        found = {"used": self.used, "peak": self.peak}
        expected = {"used": used, "peak": peak}
        off = [name for name, mb in expected.items() if mb is not None and abs(found[name] - mb) > tolerance]
        if off:
            told = ", ".join(
                f"{name} {found[name]:.2f} MB"
                + ("" if mb is None else f" (expected {mb:.2f} ± {tolerance:g})")
                for name, mb in expected.items()
            )
            raise AssertionError(f"{context + ': ' if context else ''}{self.gauge.name}: {told}")


def reclaim(device: str = "auto") -> None:
    """Give back what nobody uses: collect the garbage, then empty torch's cache on *device*."""
    gc.collect()
    if (torch := sys.modules.get("torch")) and (kind := find_device(device).type) != "cpu":
        torch.get_device_module(kind).empty_cache()


def device_gauge(device: Any) -> Gauge:
    """Return the gauge for *device*, a ``torch.device``: of the process where it is the CPU."""
    import torch

    if device.type == "cpu":
        return host_gauge()
    module = torch.get_device_module(device)
    torch.ones((1, 1), device=device)  # The driver's own share comes with the first tensor.
    if device.type == "mps":  # It keeps no peak.
        used = module.current_allocated_memory
        return Gauge("memory of mps", used, used, lambda: None)
    return Gauge(
        f"memory of {device}",
        lambda: int(module.memory_allocated(device)),
        lambda: int(module.max_memory_allocated(device)),
        lambda: module.reset_peak_memory_stats(device),
    )


# Linux keeps the highest resident set, and forgets it on request; see proc(5), clear_refs.
_CLEAR = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")


def host_gauge() -> Gauge:
    """Return the gauge for the process's resident set."""
    import psutil

    process = psutil.Process()

    def used() -> int:
        return int(process.memory_info().rss)

    # Where the peak cannot be forgotten, it is that of another time.
    peak = _highest if _forget_highest() else used
    return Gauge("resident memory", used, peak, _forget_highest)


def _highest() -> int:
    with suppress(OSError):
        for line in _STATUS.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def _forget_highest() -> bool:
    with suppress(OSError):
        return _CLEAR.write_text("5", encoding="ascii") > 0
    return False

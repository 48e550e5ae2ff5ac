"""Memory that a test uses: by torch's statistics on an accelerator, else by the process."""

import ctypes
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
    """A measure of used memory, in bytes.

    Attributes:
        name: The name of the memory, for messages.
        used: Returns the memory in use now.
        peak: Returns the highest memory use since the last reset.
        reset: Resets the peak, and sees to it that new memory counts.
    """

    name: str
    used: Callable[[], int]
    peak: Callable[[], int]
    reset: Callable[[], object]


class Memory:
    """Current and peak memory use since the start of the measurement.

    On an accelerator, it is the memory of torch's tensors, without torch's cache; on the CPU, it is the
    process's resident set, where a difference of a few MB is not significant. Memory that was freed
    before the measurement does not count when it is used again, as far as the C library can return it.
    """

    def __init__(self, gauge: Gauge) -> None:
        self.gauge = gauge
        self.reset()

    @property
    def used(self) -> float:
        """MB in use now, minus those in use at the start."""
        reclaim()
        return (self.gauge.used() - self._start) / MB

    @property
    def peak(self) -> float:
        """The highest number of MB in use, minus those in use at the start."""
        return (max(self.gauge.peak(), self.gauge.used()) - self._start) / MB

    def reset(self) -> None:
        """Restart the measurement."""
        reclaim()
        self.gauge.reset()
        self._start = self.gauge.used()

    def expect(
        self, *, used: float | None = None, peak: float | None = None, tolerance: float, context: str = ""
    ) -> None:
        """Assert the current and the peak memory use.

        Args:
            used: Expected MB in use now; None accepts any.
            peak: Expected peak in MB; None accepts any.
            tolerance: Allowed difference in MB.
            context: What was measured; the message begins with it.

        Raises:
            AssertionError: One of them differs by more; the message gives both.
        """
        found = {"used": self.used, "peak": self.peak}
        expected = {"used": used, "peak": peak}
        off = [name for name, mb in expected.items() if mb is not None and abs(found[name] - mb) > tolerance]
        if off:
            values = ", ".join(
                f"{name} {found[name]:.2f} MB"
                + ("" if mb is None else f" (expected {mb:.2f} ± {tolerance:g})")
                for name, mb in expected.items()
            )
            raise AssertionError(f"{context + ': ' if context else ''}{self.gauge.name}: {values}")


def reclaim(device: str = "auto") -> None:
    """Free unused memory: collect garbage, return freed memory, and empty torch's cache on *device*."""
    gc.collect()
    _return_freed_memory()
    if (torch := sys.modules.get("torch")) and (kind := find_device(device).type) != "cpu":
        torch.get_device_module(kind).empty_cache()


def device_gauge(device: Any) -> Gauge:
    """Return the gauge for *device*, a ``torch.device``; that of the process for the CPU."""
    import torch

    torch.ones(
        (1, 1), device=device
    )  # The first tensor makes torch and the driver allocate their own memory.
    if device.type == "cpu":
        return host_gauge()
    module = torch.get_device_module(device)
    if device.type == "mps":  # It records no peak.
        used = module.current_allocated_memory
        return Gauge("memory of mps", used, used, lambda: None)
    return Gauge(
        f"memory of {device}",
        lambda: int(module.memory_allocated(device)),
        lambda: int(module.max_memory_allocated(device)),
        lambda: module.reset_peak_memory_stats(device),
    )


def _return_freed_memory() -> None:
    """Return the memory that the C library has free, and keeps resident, to the system (glibc)."""
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)):
        trim(0)


# Linux records the peak of the resident set, and resets it on request; see proc(5), clear_refs.
_CLEAR = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")


def host_gauge() -> Gauge:
    """Return the gauge for the process's resident set."""
    import psutil

    process = psutil.Process()

    def used() -> int:
        return int(process.memory_info().rss)

    def reset() -> None:
        _return_freed_memory()
        _forget_highest()

    # If the peak cannot be reset, it may be from before the measurement.
    return Gauge("resident memory", used, _highest if _forget_highest() else used, reset)


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

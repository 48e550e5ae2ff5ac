"""Leak detection: memory growth over repeated calls, and the objects that caused it."""

import gc
import sys
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from .device import find_device
from .memory import MB, device_gauge, host_gauge
from .object_growth import growth_lines

__all__ = ["LeakError", "assert_no_leak"]

# The first calls fill caches, run lazy imports and warm up allocators.
_WARM_UP = 2
_MOST_LINES = 5
_OURS = (tracemalloc.__file__, __file__)


class LeakError(AssertionError):
    """A call leaks memory.

    Attributes:
        growth: The leaked MB over all repetitions, by measure.
    """

    def __init__(self, message: str, growth: Mapping[str, float]) -> None:
        super().__init__(message)
        self.growth = growth


def assert_no_leak(
    fn: Callable[[], object], *, repeats: int = 10, tolerance: float = 0.1, resident: float = 8.0
) -> None:
    """Assert that repeated calls of *fn* leak no memory.

    Four measures are taken before and after *repeats* calls, after two calls to warm up: the memory
    allocated by Python (tracemalloc), by torch's tensors and by the accelerator's allocator, and the
    resident set of the process, the only one that includes the memory of compiled code.

    Args:
        repeats: The number of calls; more calls show smaller leaks.
        tolerance: MB that may remain after all calls.
        resident: MB that the resident set may grow by: it depends on the allocator.

    Raises:
        LeakError: More memory remains. The message gives the amount by measure, the objects that were not
            released (type, number, an object that refers to them), and the lines that allocated them.

    Example:
        >>> assert_no_leak(lambda: [0] * 1_000_000, repeats=3)
    """
    with _tracing():
        for _ in range(_WARM_UP):
            fn()
        growth = _growth(fn, repeats)
        limits = {"resident set": resident}
        over = {name: mb for name, mb in growth.items() if mb > limits.get(name, tolerance)}
        # A leak repeats, so its objects are searched for in further calls.
        allocations = list(_allocation_lines(fn, repeats)) if over else []
    if over:
        amounts = ", ".join(f"{mb:.2f} MB of {name}" for name, mb in over.items())
        lines = [f"{repeats} calls left {amounts} behind", *growth_lines(fn, repeats), *allocations]
        raise LeakError("\n".join(lines), growth)


@contextmanager
def _tracing() -> Iterator[None]:
    if tracemalloc.is_tracing():
        yield
        return
    tracemalloc.start()
    try:
        yield
    finally:
        tracemalloc.stop()


def _growth(fn: Callable[[], object], repeats: int) -> Mapping[str, float]:
    measures = _measures()
    # The resident set is the last measure before the calls and the first after them: searching all objects
    # for tensors takes memory itself, which the C library may keep.
    before = _reading(measures)
    for _ in range(repeats):
        fn()
    after = _reading(dict(reversed(measures.items())))
    return {name: (after[name] - before[name]) / MB for name in measures}


def _measures() -> dict[str, Callable[[], int]]:
    measures: dict[str, Callable[[], int]] = {"Python's memory": lambda: tracemalloc.get_traced_memory()[0]}
    if torch := sys.modules.get("torch"):
        measures["tensors"] = lambda: _held_by_tensors(torch)
        if (device := find_device()).type != "cpu":
            measures["the accelerator's memory"] = device_gauge(device).used
    measures["resident set"] = host_gauge().used
    return measures


def _reading(measures: Mapping[str, Callable[[], int]]) -> Mapping[str, int]:
    gc.collect()
    return {name: measure() for name, measure in measures.items()}


def _held_by_tensors(torch: Any) -> int:
    """Return the bytes of the storages of all living tensors; tracemalloc does not count them."""
    storages: dict[int, int] = {}
    for candidate in gc.get_objects():
        # By type: `isinstance` accesses `__class__`, which may run code of lazy objects.
        if issubclass(type(candidate), torch.Tensor):
            with suppress(Exception):  # Some kinds (meta, sparse, wrappers) have no storage.
                storage = candidate.untyped_storage()
                storages[storage.data_ptr()] = storage.nbytes()
    return sum(storages.values())


def _allocation_lines(fn: Callable[[], object], repeats: int) -> Iterator[str]:
    """Call *fn* *repeats* times, and yield the source lines that allocated memory that stays."""
    gc.collect()
    before = tracemalloc.take_snapshot()
    for _ in range(repeats):
        fn()
    gc.collect()
    ours = [tracemalloc.Filter(inclusive=False, filename_pattern=name) for name in _OURS]
    after = tracemalloc.take_snapshot().filter_traces(ours)
    changes = after.compare_to(before.filter_traces(ours), "lineno")
    for difference in [difference for difference in changes if difference.size_diff > 0][:_MOST_LINES]:
        place = f"{difference.traceback[0].filename}:{difference.traceback[0].lineno}"
        yield f"  {difference.size_diff / 1024:.1f} KB in {difference.count_diff} blocks from {place}"

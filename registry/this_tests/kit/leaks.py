"""Does a call leave something behind? Measured over repetitions, with the objects that stayed."""

import gc
import sys
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from .device import find_device
from .memory import MB, device_gauge, host_gauge
from .object_growth import stayed_lines

__all__ = ["LeakError", "assert_no_leak"]

# Caches, lazy imports and allocators settle in the first calls.
_WARM_UP = 2
_MOST_LINES = 5
_OURS = (tracemalloc.__file__, __file__)


class LeakError(AssertionError):
    """A call leaves memory behind.

    Attributes:
        growth: MB that were left behind over all repetitions, by what measured them.
    """

    def __init__(self, message: str, growth: Mapping[str, float]) -> None:
        super().__init__(message)
        self.growth = growth


def assert_no_leak(
    fn: Callable[[], object], *, repeats: int = 10, tolerance: float = 0.1, resident: float = 8.0
) -> None:
    """Assert that calling *fn* again and again leaves no memory behind.

    Four things are measured before and after *repeats* calls, after two calls to warm up: what
    Python allocated (tracemalloc), what torch's tensors hold, what the accelerator's allocator
    gave out, and the resident set of the process, which is the only one to see what compiled code keeps.

    Args:
        repeats: How many calls; more of them show smaller leaks.
        tolerance: MB that may be left over all calls.
        resident: MB that the resident set may grow by: it is at the mercy of the allocator.

    Raises:
        LeakError: More was left. The message tells how much by whose count, which objects stayed (type,
            how many a call, who refers to them), and the lines that allocated them.

    Example:
        >>> assert_no_leak(lambda: [0] * 1_000_000, repeats=3)
    """
    with _tracing():
        for _ in range(_WARM_UP):
            fn()
        growth = _growth(fn, repeats)
        limits = {"resident set": resident}
        over = {name: mb for name, mb in growth.items() if mb > limits.get(name, tolerance)}
        # A leak repeats, so what it consists of is looked for in calls of their own.
        allocations = list(_allocation_lines(fn, repeats)) if over else []
    if over:
        told = ", ".join(f"{mb:.2f} MB of {name}" for name, mb in over.items())
        lines = [f"{repeats} calls left {told} behind", *stayed_lines(fn, repeats), *allocations]
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
    before = _reading(measures)
    for _ in range(repeats):
        fn()
    after = _reading(measures)
    return {name: (after[name] - before[name]) / MB for name in measures}


def _measures() -> Mapping[str, Callable[[], int]]:
    measures: dict[str, Callable[[], int]] = {
        "Python's memory": lambda: tracemalloc.get_traced_memory()[0],
        "resident set": host_gauge().used,
    }
    if torch := sys.modules.get("torch"):
        measures["tensors"] = lambda: _held_by_tensors(torch)
        if (device := find_device()).type != "cpu":
            measures["the accelerator's memory"] = device_gauge(device).used
    return measures


def _reading(measures: Mapping[str, Callable[[], int]]) -> Mapping[str, int]:
    gc.collect()
    return {name: measure() for name, measure in measures.items()}


def _held_by_tensors(torch: Any) -> int:
    """Return the bytes of the storages of all tensors alive; tracemalloc does not see them."""
    storages: dict[int, int] = {}
    for each in gc.get_objects():
        # By type: `isinstance` asks the object, and lazy objects do things when they are asked.
        if issubclass(type(each), torch.Tensor):
            with suppress(Exception):  # Some kinds (meta, sparse, wrappers) have no storage.
                storage = each.untyped_storage()
                storages[storage.data_ptr()] = storage.nbytes()
    return sum(storages.values())


def _allocation_lines(fn: Callable[[], object], repeats: int) -> Iterator[str]:
    """Call *fn* *repeats* times, and yield the lines of source that allocated what stays."""
    gc.collect()
    before = tracemalloc.take_snapshot()
    for _ in range(repeats):
        fn()
    gc.collect()
    ours = [tracemalloc.Filter(inclusive=False, filename_pattern=name) for name in _OURS]
    after = tracemalloc.take_snapshot().filter_traces(ours)
    changes = after.compare_to(before.filter_traces(ours), "lineno")
    for each in [each for each in changes if each.size_diff > 0][:_MOST_LINES]:
        place = f"{each.traceback[0].filename}:{each.traceback[0].lineno}"
        yield f"  {each.size_diff / 1024:.1f} KB in {each.count_diff} blocks from {place}"

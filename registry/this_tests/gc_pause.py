"""Pauses Python's garbage collector."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["collector_paused"]


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the collector while objects are made by the thousand that stay, and no cycles.

    Each ten thousand of them would have it look at all that lives, in vain: a build of NetworkX's
    reference that has nothing to do would spend a sixth of its time so.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()

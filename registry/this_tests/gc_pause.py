"""Pauses Python's garbage collector."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["collector_paused"]


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the collector while thousands of objects are created that stay alive and form no cycles.

    Otherwise it would run repeatedly and find nothing: a build of NetworkX's reference without
    changes would spend a sixth of its time on it.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()

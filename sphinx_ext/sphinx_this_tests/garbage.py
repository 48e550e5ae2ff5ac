"""Python's garbage collector, kept from looking through all of Sphinx's objects again and again."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["collector_paused"]


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the collector while many values are made that stay.

    Each ten thousand of them would have it look at all that lives, in vain: a build of NetworkX's
    reference that has nothing to do spends a sixth of its time so without us.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()

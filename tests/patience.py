"""How long a test may take, and a process that it starts: a hang fails, and says where.

The suite's conftest.py has these hooks. Without ``SIGALRM``, as on Windows, nothing ends a test that hangs but a process's limit.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest

__all__ = ["PROCESS", "pytest_runtest_call", "pytest_runtest_setup"]

# A test of `make trust` repeats for minutes what the suite tries once.
TEST: Final = 1_500.0 if os.environ.get("THIS_TESTS_TRUST") else 600.0
PROCESS: Final = 240.0
_AGAIN = 5.0


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Iterator[None]:
    with _limited(TEST):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    with _limited(TEST):
        return (yield)


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    if not hasattr(signal, "SIGALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(*_: object) -> None:
        # A session inside of this test may take the first one for a failure of its own, and go on.
        pytest.fail(f"not ended after {seconds:g} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

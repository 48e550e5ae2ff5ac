"""Timeouts of tests and of the processes that they start: a test that hangs fails with a traceback.

The suite's conftest.py imports these hooks. Without ``SIGALRM``, as on Windows, only processes have a timeout.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest

__all__ = ["PROCESS_TIMEOUT", "pytest_runtest_call", "pytest_runtest_setup"]

# Tests of `make trust` repeat for minutes what the suite runs once.
TEST_TIMEOUT: Final = 1_500.0 if os.environ.get("THIS_TESTS_TRUST") else 600.0
PROCESS_TIMEOUT: Final = 240.0
_REPEAT = 5.0


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Iterator[None]:
    with _limited(TEST_TIMEOUT):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    with _limited(TEST_TIMEOUT):
        return (yield)


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    if not hasattr(signal, "SIGALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(*_: object) -> None:
        # A session inside this test may treat the first exception as its own failure, and continue.
        pytest.fail(f"not ended after {seconds:g} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds, _REPEAT)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

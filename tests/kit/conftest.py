"""Fixtures of the kit's tests: a project that uses the kit."""

import contextlib

import pytest

import this_tests.kit.plugin  # noqa: F401  # so that sessions inside of tests do not load, and unload, it
from this_tests.kit.device import why_no_cuda

# torch cannot be loaded twice, and a session of pytester forgets what it was the first to load; the
# second module is among what torch loads when its algorithms are made deterministic.
with contextlib.suppress(ImportError):
    import torch
    import torch._inductor.config  # noqa: F401  # see above


@pytest.fixture
def kit(project):
    """Return the project, with the kit switched on by its ini file."""
    project.configure(rest='addopts = ["-p", "this_tests.kit", "--strict-markers", "-rs"]')
    return project


def pytest_runtest_setup(item):
    """Skip the tests for a GPU where there is none, visibly."""
    if item.get_closest_marker("cuda") and (why := why_no_cuda("auto")):
        pytest.skip(f"cuda: {why}")

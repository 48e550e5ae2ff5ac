"""Fixtures of the kit's tests: a project that uses the kit."""

import contextlib

import pytest

import this_tests.kit.plugin  # noqa: F401  # so that sessions inside of tests do not load and unload it
from this_tests.kit.device import why_no_cuda

# torch cannot be loaded twice, and a session of pytester unloads what it has loaded itself; the
# second module is one that torch loads when its algorithms are made deterministic.
with contextlib.suppress(ImportError):
    import torch
    import torch._inductor.config  # noqa: F401  # see above


@pytest.fixture
def kit(project):
    """Return the project, with the kit enabled in its ini file."""
    project.configure(rest='addopts = ["-p", "this_tests.kit", "--strict-markers", "-rs"]')
    return project


def pytest_runtest_setup(item):
    """Skip the GPU tests if there is no GPU, with a reason."""
    if item.get_closest_marker("cuda") and (why := why_no_cuda("auto")):
        pytest.skip(f"cuda: {why}")

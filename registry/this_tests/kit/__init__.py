"""A kit for the tests of torch libraries; switch it on with ``-p this_tests.kit``.

Or with ``pytest_plugins = ["this_tests.kit"]`` in the conftest.py at the project's root. It is
never loaded by itself, because projects declare the same options.

PYTEST_DONT_REWRITE: a conftest may import from here before pytest takes it for a plugin.
"""

from .capture import CaptureStd, CaptureStderr, CaptureStdout
from .device import DeviceError, find_device
from .guards import SharedObjectChangedError, guarded
from .leaks import LeakError, assert_no_leak
from .memory import Memory
from .models import ModelCache, ModelError
from .seeds import reproducible
from .terminal import apply_print_resets

__all__ = [
    "CaptureStd",
    "CaptureStderr",
    "CaptureStdout",
    "DeviceError",
    "LeakError",
    "Memory",
    "ModelCache",
    "ModelError",
    "SharedObjectChangedError",
    "apply_print_resets",
    "assert_no_leak",
    "find_device",
    "guarded",
    "reproducible",
]

pytest_plugins = ["this_tests.kit.plugin"]

"""Test kit for torch libraries; enable it with ``-p this_tests.kit``.

Or with ``pytest_plugins = ["this_tests.kit"]`` in the conftest.py at the project's root. It is
never loaded automatically, because projects declare the same options.

PYTEST_DONT_REWRITE: a conftest may import from here before pytest registers it as a plugin.
"""

from .capture import CaptureStd, CaptureStderr, CaptureStdout
from .device import DeviceError, find_device
from .guards import SharedObjectChangedError, guarded
from .leaks import LeakError, assert_no_leak
from .memory import Memory
from .model_installer import install_and_load_model
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
    "install_and_load_model",
    "reproducible",
]

pytest_plugins = ["this_tests.kit.plugin"]

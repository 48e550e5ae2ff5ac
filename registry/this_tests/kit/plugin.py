"""Pytest plugin of the kit: hooks and fixtures.

PYTEST_DONT_REWRITE: there is nothing to rewrite.
"""

import importlib.util
import os
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ..errors import SettingsError
from .coverage_reports import add_coverage_reports
from .device import DeviceError, find_device, hidden_devices
from .durations import Durations
from .guards import Guards
from .markers import Markers
from .memory import Memory, device_gauge, host_gauge
from .model_usage import Models
from .models import ModelCache
from .options import INI, OptionConflicts, declare
from .seeds import Reseed, reproducible
from .temp_folder import temporary_files_in

if TYPE_CHECKING:
    import torch

__all__: list[str] = []


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Add the ini keys; and the options, if the project's conftests have declared theirs already."""
    for name, (text, default) in INI.items():
        parser.addini(name, text, type="string", default=default)
    if _has_conftests(pluginmanager):
        pluginmanager.register(OptionConflicts(declare(parser)), "this_tests_kit_options")


def _has_conftests(pluginmanager: pytest.PytestPluginManager) -> bool:
    """Return whether the project's conftests are loaded: one of them loads the kit, or pytest loads it late.

    The subprocess of xdist's ``--looponfail`` reads no ``addopts``, and loads the plugins that are
    named there after it has parsed its command line.
    """
    parsed = bool(getattr(pluginmanager.get_plugin("pytestconfig"), "args", ()))
    return parsed or any(name.endswith("conftest.py") for name, _ in pluginmanager.list_name_plugin())


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser
) -> Generator[None, object, object]:
    """Add the options after the project's conftests have declared theirs."""
    result = yield
    early_config.pluginmanager.register(OptionConflicts(declare(parser)), "this_tests_kit_options")
    return result


def pytest_configure(config: pytest.Config) -> None:
    """Register the session's objects."""
    register = config.pluginmanager.register
    try:
        register(Markers(config), "this_tests_kit_markers")
        register(_HiddenDevices(str(config.getoption("--device"))), "this_tests_kit_hidden_devices")
        register(Guards(), "this_tests_kit_guards")
        if importlib.util.find_spec("pooch") is not None:
            register(Models(config), "this_tests_kit_models")
        if config.getoption("--durations-audit"):
            register(Durations(config), "this_tests_kit_durations")
    except SettingsError as error:
        raise pytest.UsageError(str(error)) from None
    add_coverage_reports(config)


class _HiddenDevices:
    """Hides the CUDA devices during the session with ``--device=cpu``."""

    def __init__(self, device: str) -> None:
        self._old = hidden_devices(device)
        self._hides = device == "cpu"

    def pytest_unconfigure(self) -> None:
        if self._hides:
            del os.environ["CUDA_VISIBLE_DEVICES"]
            os.environ.update(self._old)


@pytest.fixture(scope="session")
def torch_device(pytestconfig: pytest.Config) -> "torch.device":
    """Return the device to test on: that of ``--device``, by default the accelerator if there is one."""
    pytest.importorskip("torch", reason="torch_device needs torch, which is not installed")
    return _device(pytestconfig)


def _device(config: pytest.Config) -> "torch.device":
    try:
        return find_device(str(config.getoption("--device")))
    except DeviceError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(name="reproducible")
def _reproducible() -> Generator[Reseed, None, None]:
    """Make random numbers in the test reproducible, from seed 0; call it to seed again."""
    with reproducible() as again:
        yield again


@pytest.fixture
def memory(pytestconfig: pytest.Config) -> Memory:
    """Return a gauge of the test's memory in MB: ``used`` and ``peak``, on the device under test."""
    pytest.importorskip("psutil", reason="memory needs psutil: pip install 'this-tests[kit]'")
    if importlib.util.find_spec("torch") is None:
        return Memory(host_gauge())
    return Memory(device_gauge(_device(pytestconfig)))


@pytest.fixture(autouse=True)
def _this_tests_guards(request: pytest.FixtureRequest) -> Generator[None, None, None]:
    """Check the guards after the test's other function-scoped fixtures: a plugin's are torn down last."""
    yield
    guards = request.config.pluginmanager.get_plugin("this_tests_kit_guards")
    errors = guards.check(request.node) if isinstance(guards, Guards) else []
    if errors:
        pytest.fail("\n".join(map(str, errors)), pytrace=False)


@pytest.fixture
def temp_folder(tmp_path: Path) -> Generator[Path, None, None]:
    """Return a folder for the test, which is also its current folder and its folder for temporary files."""
    with temporary_files_in(tmp_path) as folder:
        yield folder


@pytest.fixture(scope="session")
def model_cache(pytestconfig: pytest.Config) -> ModelCache:
    """Return the model cache: ``model_cache.fetch(name, url, sha256, reason=…)`` returns a path."""
    pytest.importorskip("pooch", reason="model_cache needs pooch: pip install 'this-tests[kit]'")
    models = pytestconfig.pluginmanager.get_plugin("this_tests_kit_models")
    assert isinstance(models, Models)
    return models.cache


@pytest.fixture(scope="session")
def model_installer(model_cache: ModelCache) -> ModelCache:
    """Return the model cache, under the name that InvokeAI's tests know."""
    return model_cache


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Seed again before the test function, after fixtures drew random numbers and pytest-randomly seeded."""
    again = pyfuncitem.funcargs.get("reproducible")
    if isinstance(again, Reseed):
        again()
    return (yield)

"""The pytest plugin: hooks that set a session up.

Two objects live as long as the session does. `Runner` works where tests run: alone, or in each
of xdist's workers. `Controller` works where reports meet: alone, or in xdist's controller.

PYTEST_DONT_REWRITE: see `dont_rewrite`.
"""

import argparse
from typing import TYPE_CHECKING

import pytest

from ..errors import SettingsError
from ..settings import INI_PREFIX, Project, describe, read_project
from . import options
from .controller import Controller, cache_folder
from .runner import Runner, Sender, node_id

if TYPE_CHECKING:  # Few sessions need it, and all would wait for it.
    from .observation import Observing

__all__: list[str] = []

_OBSERVING = "this_tests_observing"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options and, from the settings, the ini keys."""
    options.declare(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Begin to observe before a conftest imports the library."""
    _observe(early_config, early_config.known_args_namespace)


def pytest_configure(config: pytest.Config) -> None:
    """Set up the session's objects."""
    config.addinivalue_line(
        "markers",
        "this_tests(target=…): the callables that the test exercises, for a test, a class or a module; "
        "objects or dotted names, one or a list",
    )
    try:
        project, asked = _project(config, config.option)
    except SettingsError as error:
        raise pytest.UsageError(str(error)) from None
    if config.option.this_tests_for or config.option.this_tests_changed:
        _select(config, project)
    observing = _observe(config, config.option)
    runner = Runner(config, project, observing)
    config.pluginmanager.register(runner, "this_tests_runner")
    if hasattr(config, "workerinput"):
        config.pluginmanager.register(Sender(runner), "this_tests_sender")
    else:
        controller = Controller(config, project, runner, asked=asked)
        config.pluginmanager.register(controller, "this_tests_controller")


def _select(config: pytest.Config, project: Project) -> None:
    from .deselection import Selecting

    selecting = Selecting(config, project, cache_folder(config), node_id)
    config.pluginmanager.register(selecting, "this_tests_selecting")


def _observe(config: pytest.Config, option: argparse.Namespace) -> "Observing | None":
    """Return what observes this session, if that is asked for; it begins with the first call."""
    plugins = config.pluginmanager
    found: Observing | None = plugins.get_plugin(_OBSERVING)
    try:
        project, _ = _project(config, option)
    except SettingsError:
        return None  # It is told when the session is configured.
    if found is None and project.settings.observe and project.library:
        found = _observing(config, project)
        plugins.register(found, _OBSERVING)
    return found


def _observing(config: pytest.Config, project: Project) -> "Observing":
    from .observation import Observing

    return Observing(config, project)


def _project(config: pytest.Config, option: argparse.Namespace) -> tuple[Project, bool]:
    """Return the project under test, and whether anything asks for us: a table, a key, a flag, a file."""
    project = read_project(config.rootpath)
    ini = {name: value for name in describe() if (value := config.getini(INI_PREFIX + name)) is not None}
    settings = project.settings.replaced(ini, "this_tests_… of the ini file")
    flags: dict[str, object] = {}
    if option.this_tests_missing:
        flags["missing"] = option.this_tests_missing
    if option.this_tests_observe is not None:
        flags["observe"] = option.this_tests_observe
    if option.this_tests_registry:
        flags["registry"] = str(config.invocation_params.dir / option.this_tests_registry)
    project = project.with_settings(settings.replaced(flags, "--this-tests-…"))
    asked = project.configured or bool(ini or flags) or option.this_tests_check
    return project, asked or project.registry.exists()

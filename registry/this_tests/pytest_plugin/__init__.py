"""Pytest plugin: hooks that set up the session.

Two objects live as long as the session. `Runner` works where tests run: in the only process, or in
each xdist worker. `Controller` works where reports are collected: in the only process, or in the
xdist controller.

PYTEST_DONT_REWRITE: see `dont_rewrite`.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ..errors import SettingsError
from ..settings import INI_PREFIX, Project, describe, find_configured
from . import options
from .controller import AUDITS, Controller
from .runner import Runner, Sender

if TYPE_CHECKING:  # Imported only in sessions that need it, because it takes time.
    from .observation import ObservationPlugin

__all__: list[str] = []

_OBSERVATION = "this_tests_observation"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the command-line options, and an ini key for each setting."""
    options.declare(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Start observing before a conftest imports the library."""
    _observe(early_config, early_config.known_args_namespace)


def pytest_configure(config: pytest.Config) -> None:
    """Register the session's objects."""
    config.addinivalue_line(
        "markers",
        "this_tests(target=…): the callables that a test, or the tests of a class or module, exercise; "
        "an object, a dotted name, or a list of them",
    )
    try:
        project, in_use = _project(config, config.option)
    except SettingsError as error:
        raise pytest.UsageError(str(error)) from None
    if config.option.this_tests_prove:
        _prove(config, project)
        return
    if config.option.this_tests_for or config.option.this_tests_changed:
        _select(config, project)
    if config.option.this_tests_audit:
        from .audited_session import begin_audited_session

        begin_audited_session(config)
    observation = _observe(config, config.option)
    runner = Runner(config, project, observation)
    config.pluginmanager.register(runner, "this_tests_runner")
    if hasattr(config, "workerinput"):
        config.pluginmanager.register(Sender(runner), "this_tests_sender")
        audits = AUDITS in config.workerinput
    else:
        controller = Controller(config, project, runner, in_use=in_use)
        config.pluginmanager.register(controller, "this_tests_controller")
        audits = controller.audits
    if audits:
        _audit(config, project, runner)


def _audit(config: pytest.Config, project: Project, runner: Runner) -> None:
    from .selection_audit import SelectionAudit

    runner.audit = SelectionAudit(config, project, runner.collection)
    config.pluginmanager.register(runner.audit, "this_tests_selection_audit")


def _prove(config: pytest.Config, project: Project) -> None:
    from .proving import Proving  # It may use what other systems do not have.

    proving = Proving(config, project, Path(config.option.this_tests_prove))
    config.pluginmanager.register(proving, "this_tests_proving")


def _select(config: pytest.Config, project: Project) -> None:
    from .deselection import Selecting

    selecting = Selecting(config, project)
    config.pluginmanager.register(selecting, "this_tests_selecting")


def _observe(config: pytest.Config, option: argparse.Namespace) -> "ObservationPlugin | None":
    """Return the plugin that observes this session, if requested; the first call starts it."""
    plugins = config.pluginmanager
    found: ObservationPlugin | None = plugins.get_plugin(_OBSERVATION)
    try:
        project, _ = _project(config, option)
    except SettingsError:
        return None  # Reported by `pytest_configure`.
    if found is None and project.settings.observe and project.library:
        found = _observation(config, project)
        plugins.register(found, _OBSERVATION)
    return found


def _observation(config: pytest.Config, project: Project) -> "ObservationPlugin":
    from .observation import ObservationPlugin

    return ObservationPlugin(config, project)


def _project(config: pytest.Config, option: argparse.Namespace) -> tuple[Project, bool]:
    """Return the project under test, and whether it uses this-tests: by a table, key, flag or registry."""
    folder = config.invocation_params.dir
    arguments = [folder / str(argument).partition("::")[0] for argument in getattr(option, "file_or_dir", ())]
    project = find_configured([path for path in arguments if path.exists()] or [folder], config.rootpath)
    names = [name for name, (kind, _) in describe().items() if kind is not dict]  # An ini file has no tables.
    ini = {name: value for name in names if (value := config.getini(INI_PREFIX + name)) is not None}
    settings = project.settings.replaced(ini, "this_tests_… of the ini file")
    flags: dict[str, object] = {}
    if option.this_tests_missing:
        flags["missing"] = option.this_tests_missing
    if option.this_tests_observe is not None:
        flags["observe"] = option.this_tests_observe
    if option.this_tests_audit:
        flags["observe"] = True
    if option.this_tests_prove:
        flags["observe"] = False  # The functions are to be as they are.
    if option.this_tests_registry:
        flags["registry"] = str(config.invocation_params.dir / option.this_tests_registry)
    project = project.with_settings(settings.replaced(flags, "--this-tests-…"))
    in_use = project.configured or bool(ini or flags) or option.this_tests_check
    return project, in_use or project.registry.exists()

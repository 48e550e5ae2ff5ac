"""The account of models: which tests used which, and what is said of it at the end."""

from collections.abc import Generator, Sequence
from typing import Any

import pytest

from .fixture_usage import Uses
from .models import Model, ModelCache, ModelUse, finding_lines, models_folder, report_lines

__all__ = ["Models"]


class Models:
    """Accounts for the models that the tests of a session use, in whichever processes they run."""

    def __init__(self, config: pytest.Config) -> None:
        folder = models_folder(str(config.getini("this_tests_models")), config.rootpath)
        self._uses: Uses[Model] = Uses()
        self._seen: dict[str, tuple[Model, set[str]]] = {}
        self._config = config
        self.cache = ModelCache(folder, self._uses.note)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
        """Book what the fixture fetches on the fixture."""
        self._uses.entered(fixturedef)
        try:
            return (yield)
        finally:
            self._uses.left()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        """Begin a test."""
        self._uses.began()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Let the report carry the models that the test used."""
        report = yield
        if call.when == "teardown" and (models := self._uses.of(item)):
            report.this_tests_models = models  # type: ignore[attr-defined]  # reports take attributes of plugins
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take what a test used."""
        models: Sequence[Model] = getattr(report, "this_tests_models", ())
        for each in models:
            known, tests = self._seen.get(each["name"], (each, set()))
            # One that says why speaks for all.
            self._seen[each["name"]] = (known if known["reason"] else each, tests | {report.nodeid})

    def pytest_terminal_summary(self, terminalreporter: "pytest.TerminalReporter") -> None:
        """Tell of the models if asked, and of those without a reason in any case."""
        uses = [ModelUse(model, sorted(tests)) for model, tests in self._seen.values()]
        findings = list(finding_lines(uses))
        lines = list(report_lines(uses)) if self._config.getoption("--models") else []
        if lines or findings:
            terminalreporter.section("models")
        for line in lines:
            terminalreporter.write_line(line)
        for line in findings:
            terminalreporter.write_line(line, yellow=True)

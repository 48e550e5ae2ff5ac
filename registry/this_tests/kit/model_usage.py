"""Usage of models: which tests use which model, and the report at the end of the session."""

from collections.abc import Generator, Sequence
from typing import Any

import pytest

from .fixture_usage import UsageLog
from .models import Model, ModelCache, ModelUse, finding_lines, models_folder, report_lines

__all__ = ["Models"]


class Models:
    """Records the models that the tests of a session use, also with xdist."""

    def __init__(self, config: pytest.Config) -> None:
        folder = models_folder(str(config.getini("this_tests_models")), config.rootpath)
        self._uses: UsageLog[Model] = UsageLog()
        self._seen: dict[str, tuple[Model, set[str]]] = {}
        self._config = config
        self.cache = ModelCache(folder, self._uses.note)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
        """Attribute the models that are fetched during a fixture's setup to the fixture."""
        self._uses.entered(fixturedef)
        try:
            return (yield)
        finally:
            self._uses.left()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        """Start a test."""
        self._uses.began()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Add the models that the test used to the report."""
        report = yield
        if call.when == "teardown" and (models := self._uses.of(item)):
            report.this_tests_models = models  # type: ignore[attr-defined]  # reports take attributes of plugins
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Record the models that a test used."""
        models: Sequence[Model] = getattr(report, "this_tests_models", ())
        for model in models:
            known, tests = self._seen.get(model["name"], (model, set()))
            # One reason is enough for all tests that use the model.
            self._seen[model["name"]] = (known if known["reason"] else model, tests | {report.nodeid})

    def pytest_terminal_summary(self, terminalreporter: "pytest.TerminalReporter") -> None:
        """Report the models if requested, and always those without a reason."""
        uses = [ModelUse(model, sorted(tests)) for model, tests in self._seen.values()]
        findings = list(finding_lines(uses))
        lines = list(report_lines(uses)) if self._config.getoption("--models") else []
        if lines or findings:
            terminalreporter.section("models")
        for line in lines:
            terminalreporter.write_line(line)
        for line in findings:
            terminalreporter.write_line(line, yellow=True)

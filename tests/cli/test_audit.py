"""``this-tests audit``: the history of full runs, JSON, a badge, and the exit code."""

import json
from xml.etree import ElementTree as ET

import pytest

from this_tests.observations.audits import Audit, Missed
from this_tests.observations.file import write
from this_tests.observations.observations import Observations
from this_tests.selection.audit_lines import ADVICE, started

pytestmark = [
    pytest.mark.slow,
    pytest.mark.this_tests(target=["this_tests.cli", "this_tests.report.audit", "this_tests.report.badge"]),
]

FIRST, SECOND = 1_800_000_000_000_000_000, 1_800_003_600_000_000_000
MISSED = Missed("tests/test_it.py::test_mode", "passed", "failed", FIRST, "1 changed function: mylib.add")
AUDITS = {FIRST: Audit(900, 40, 2), SECOND: Audit(920, 80, 1, 1, (MISSED,))}
SENTENCE = "The selection would have run 120 of 1,820 tests and missed 1 (last 2 full runs)."


@pytest.fixture
def audited(project):
    """Return a project with two audited runs."""
    write(project.root / "test_observations", "a", Observations(audits=AUDITS))
    return project


def test_the_history_has_a_row_for_each_run_the_sum_and_what_was_missed(audited, command):
    result = command("audit")
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert [line.split() for line in lines if line.strip(" ─")][:4] == [
        ["when", "tests", "would", "run", "changed", "outcome", "missed"],
        [*started(FIRST).split(), "900", "40", "2"],
        [*started(SECOND).split(), "920", "80", "1", "1"],
        ["all", "1,820", "120", "3", "1"],
    ]
    assert lines[-4:] == [
        SENTENCE,
        "Missed:",
        f"  tests/test_it.py::test_mode: passed on {started(FIRST)}, failed on {started(SECOND)}; "
        "changed in between: 1 changed function: mylib.add",
        ADVICE,
    ]


def test_colours_are_for_terminals_that_want_them(audited, command):
    assert "\x1b[31m" in command("audit", FORCE_COLOR="1", TERM="xterm").stdout
    assert "\x1b[31m" not in command("audit", FORCE_COLOR="1", TERM="xterm", NO_COLOR="1").stdout


def test_json_has_every_run(audited, command):
    found = json.loads(command("audit", "--json").stdout)
    assert (found["tests"], found["would_run"], found["changed_outcome"], found["missed"]) == (
        1820,
        120,
        3,
        1,
    )
    first, second = found["runs"]
    assert first == {
        "started": "2027-01-15T08:00:00+00:00",
        "tests": 900, "would_run": 40, "changed_outcome": 2, "missed": 0, "misses": [],
    }  # fmt: skip
    assert second["misses"] == [
        {
            "test": "tests/test_it.py::test_mode",
            "before": "passed", "now": "failed", "since": "2027-01-15T08:00:00+00:00",
            "changed": "1 changed function: mylib.add",
        }
    ]  # fmt: skip


def test_the_exit_code_tells_a_miss_on_request(audited, command):
    assert command("audit", "--fail-on-miss").returncode == 1
    write(audited.root / "test_observations", "a", Observations(audits={FIRST: AUDITS[FIRST]}))
    result = command("audit", "--fail-on-miss")
    assert result.returncode == 0
    assert result.stdout.endswith(
        "The selection would have run 40 of 900 tests and missed none (last full run).\n"
    )


def test_the_badge_tells_the_share_that_would_run_and_the_misses(audited, command):
    command("audit", "--badge", "selection.svg")
    root = ET.fromstring((audited.root / "selection.svg").read_text(encoding="utf-8"))
    assert root.get("aria-label") == "selection: 6.6 % run, 1 missed"


def test_without_an_audited_run_it_says_what_to_do(project, command):
    result = command("audit", "--fail-on-miss", "--badge", "selection.svg")
    assert (result.returncode, result.stdout) == (0, "")
    assert result.stderr.startswith("this-tests: no full run was audited yet: run all tests with ")
    assert "no full run yet" in (project.root / "selection.svg").read_text(encoding="utf-8")
    assert json.loads(command("audit", "--json").stdout)["runs"] == []

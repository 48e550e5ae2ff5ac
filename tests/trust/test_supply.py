"""Supply chain of a release: pinned dependencies and minimal permissions."""

import json
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.y*ml"))

pytestmark = pytest.mark.this_tests(target="na")


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.name)
def workflow(request):
    """Return a workflow as GitHub reads it; YAML 1.1 reads the key ``on`` as true."""
    found = yaml.safe_load(request.param.read_text(encoding="utf-8"))
    return {"on" if key is True else key: value for key, value in found.items()}


def steps(workflow):
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def test_there_are_workflows():
    assert WORKFLOWS


def test_a_workflow_can_read_and_nothing_else(workflow):
    assert workflow["permissions"] == {}
    assert [job["permissions"] for job in workflow["jobs"].values()] == [{"contents": "read"}] * len(
        workflow["jobs"]
    )


def test_an_outside_contributor_starts_none_with_our_rights(workflow):
    """`pull_request_target`, `workflow_run` and comments run with them."""
    assert workflow["on"].keys() <= {"push", "pull_request", "schedule", "workflow_dispatch"}


def test_what_a_workflow_uses_is_pinned(workflow):
    """An action by the commit's hash, an image by its version."""
    used = [step["uses"] for step in steps(workflow) if "uses" in step]
    assert [action for action in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action)] == []
    assert [job["runs-on"] for job in workflow["jobs"].values() if "latest" in job["runs-on"]] == []


def test_no_script_is_made_of_text_from_outside(workflow):
    assert [step["run"] for step in steps(workflow) if "${{" in step.get("run", "")] == []


def test_no_workflow_runs_for_hours(workflow):
    assert all(job["timeout-minutes"] <= 120 for job in workflow["jobs"].values())


def test_security_describes_how_to_report_in_private():
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    assert "Report a vulnerability" in text
    assert "do not open an issue" in text


AUDITS = {
    "all well": ([{"name": "a", "vulns": []}], "0 in 1 packages", True),
    "nothing looked up": ([{"name": "a", "skip_reason": "not found"}], "0 in 0 packages; 1 could not be looked up from here", None),
    "one of two looked up": (
        [{"name": "a", "vulns": []}, {"name": "b", "skip_reason": "not found"}],
        "0 in 1 packages; 1 could not be looked up from here",
        None,
    ),
    "vulnerable": (
        [{"name": "a", "vulns": [{"id": "PYSEC-1"}]}, {"name": "b", "skip_reason": "not found"}],
        "1 in 1 packages; 1 could not be looked up from here, a PYSEC-1",
        False,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", AUDITS)
def test_what_could_not_be_looked_up_is_not_called_well(monkeypatch, name):
    monkeypatch.syspath_prepend(ROOT / "benchmarks" / "trust")
    from supply import audited

    found, value, good = AUDITS[name]
    figure = audited(json.dumps({"dependencies": found}))
    assert (figure.value, figure.good) == (value, good)


def test_an_audit_without_output_is_no_success(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks" / "trust")
    from supply import audited

    assert audited("").good is None

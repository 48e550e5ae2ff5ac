"""The pre-commit hooks, the GitHub Actions workflow and the GitLab job of the docs."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.this_tests(target="this_tests.cli")

ROOT = Path(__file__).parents[2]
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
GUIDE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
_, WORKFLOW, GITLAB, HOOK = (
    yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
)


@pytest.fixture
def path():
    """Return a PATH that has the command."""
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


def test_the_hooks_of_the_docs_exist():
    assert [hook["id"] for hook in HOOKS] == ["this-tests", "this-tests-changed"]
    assert {hook["id"] for repo in HOOK["repos"] for hook in repo["hooks"]} <= {hook["id"] for hook in HOOKS}


@pytest.fixture
def hooked(project, git, path, tmp_path):
    """Return a function that runs the hooks in the project, as pre-commit runs them at a commit.

    Their environment would be built from the network; here it is the one that runs the tests.
    """
    local = [{**hook, "language": "system"} for hook in HOOKS]
    config = {"repos": [{"repo": "local", "hooks": local}]}
    project.write({".pre-commit-config.yaml": yaml.safe_dump(config)})
    git.commit()

    def run(hook):
        git("add", "-A")
        environment = {**os.environ, "PATH": path, "PRE_COMMIT_HOME": str(tmp_path / "pre-commit")}
        return subprocess.run(
            [sys.executable, "-m", "pre_commit", "run", hook],
            cwd=project.root, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    return run


@pytest.mark.slow
@pytest.mark.parametrize("hook", ["this-tests", "this-tests-changed"])
def test_pre_commit_refuses_a_test_that_declares_nothing(project, hooked, hook):
    project.tests("def test_it(): pass\n")
    result = hooked(hook)
    assert result.returncode == 1
    assert "tests/test_it.py:5: missing test_it" in result.stdout
    project.tests("def test_it(): this_tests(mylib.add)\n")
    result = hooked(hook)
    assert (result.returncode, "Passed" in result.stdout) == (0, True)


def test_pre_commit_takes_our_hook_file():
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "")


STEPS = [step for step in WORKFLOW["jobs"]["registry"]["steps"] if "run" in step]


def test_the_workflow_checks_runs_and_reports():
    assert WORKFLOW[True] == ["push", "pull_request"]  # YAML 1.1 reads `on` as true.
    assert [step["name"].split()[0] for step in STEPS] == ["Install", "Check", "Run", "Summarize"]


@pytest.mark.slow
@pytest.mark.parametrize("base", ["", "main"])
def test_the_steps_of_the_workflow_run(project, git, path, base):
    project.tests("def test_it(): this_tests(mylib.add)\n")
    project.run()
    git.commit()
    git("update-ref", "refs/remotes/origin/main", "HEAD")
    summary = project.root / "summary.md"
    variables = {"GITHUB_STEP_SUMMARY": str(summary), "GITHUB_BASE_REF": base}
    # What the first step installs.
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(project.root), **variables}
    for step in STEPS[1:]:
        # As the runner runs it: https://docs.github.com/actions/reference/workflow-syntax (shell).
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=project.root, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
    assert "The same tests exercise the same callables." in summary.read_text(encoding="utf-8")
    assert "| `mylib` |" in summary.read_text(encoding="utf-8")


def test_the_workflow_fails_where_a_test_declares_nothing(project, git, path):
    project.tests("def test_it(): pass\n")
    git.commit()
    git("update-ref", "refs/remotes/origin/main", "HEAD")
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", STEPS[1]["run"]],
        cwd=project.root, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout.startswith(
        "::error file=tests/test_it.py,line=5,title=this-tests%3A missing::test_it: "
    )


@pytest.mark.slow
def test_the_job_of_gitlab_runs_what_a_merge_request_affects_and_then_all(project, git, path):
    install, affected, everything = GITLAB["test"]["script"]
    assert install.startswith("python -m pip install")
    project.tests(
        "def test_add(): this_tests(mylib.add(1, 2) and mylib.add)\n\ndef test_none(): this_tests('na')\n"
    )
    git.commit()

    def ran(script, base=""):
        # The runner's shell ends at the first command that fails.
        done = subprocess.run(
            ["bash", "-e", "-c", script],
            cwd=project.root,
            # In place of an installation.
            env={**os.environ, "PATH": path, "PYTHONPATH": ".", "CI_MERGE_REQUEST_DIFF_BASE_SHA": base},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    assert ran(affected, "HEAD") == ""
    assert "2 passed" in ran(everything)
    assert "no tests ran" in ran(affected, "HEAD")
    (project.root / "mylib/__init__.py").write_text("def add(a, b): return b + a\n", encoding="utf-8")
    assert "1 passed" in ran(affected, "HEAD")

"""action.yml: its steps, as a runner of GitHub Actions runs them, in a clone of a bare repository."""

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from this_tests import this_tests

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
FILES = {
    "pyproject.toml": """
        [project]
        name = "mylib"
        version = "1"

        [tool.this-tests]
        missing = "ignore"
    """,
    "mylib.py": """
        def add(a, b):
            return a + b

        def twice(a):
            return 2 * a
    """,
    "test_it.py": """
        import mylib

        def test_add():
            assert mylib.add(1, 2) == 3

        def test_twice():
            assert mylib.twice(2) == 4
    """,
    ".gitignore": "__pycache__/\n.pytest_cache/\n",
}
# It keeps comments in a file, and fails where a token may not write.
GH = """
import json, os, sys
from pathlib import Path

arguments = sys.argv[1:]
store = Path(os.environ["COMMENTS"])
comments = json.loads(store.read_text()) if store.exists() else []
assert arguments[0] == "api" and os.environ["GH_TOKEN"]
address = next(word for word in arguments if word.startswith("repos/"))
if "--method" not in arguments:
    assert address == "repos/o/r/issues/7/comments"
    print(*(comment["id"] for comment in comments if comment["body"].startswith("<!-- this-tests -->")), sep="\\n")
    sys.exit()
if os.environ["GH_TOKEN"] == "read-only":
    sys.exit("HTTP 403")
name, _, file = arguments[arguments.index("--field") + 1].partition("=@")
assert name == "body"
body = Path(file).read_text()
if arguments[arguments.index("--method") + 1] == "POST":
    comments.append({"id": 40 + len(comments), "body": body})
else:
    (old,) = [comment for comment in comments if address == f"repos/o/r/issues/comments/{comment['id']}"]
    old["body"] = body
store.write_text(json.dumps(comments))
"""


@dataclass
class Job:
    """One run of the action.

    Attributes:
        log: What each step printed, by its name; steps that did not run are missing.
        failed: Whether a step failed.
        steps: The outputs of the steps, by step, as expressions refer to them.
        summary: The job's summary.
    """

    log: dict[str, str] = field(default_factory=dict)
    failed: bool = False
    steps: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    summary: str = ""


class Runner:
    """A runner with a clone of a repository, a cache, and the comments of pull request 7."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.origin, self.clone, self.bin = folder / "origin.git", folder / "clone", folder / "bin"
        self._cache = folder / "cache"
        self._cache.mkdir()
        self.bin.mkdir()
        for name, code in (
            ("this-tests", f'exec "{sys.executable}" -m this_tests "$@"'),
            ("python", f'exec "{sys.executable}" "$@"'),
            ("gh", f'exec "{sys.executable}" "{folder / "gh.py"}" "$@"'),
        ):
            (self.bin / name).write_text(f"#!/bin/sh\n{code}\n")
            (self.bin / name).chmod(0o755)
        (folder / "gh.py").write_text(GH)
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", self.origin], check=True)
        subprocess.run(["git", "clone", "-q", self.origin, self.clone], check=True, capture_output=True)
        self.write(FILES)
        self.commit("main")

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            (self.clone / name).write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")

    def git(self, *arguments: str) -> None:
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *identity, *arguments], cwd=self.clone, check=True, capture_output=True)

    def commit(self, branch: str) -> None:
        self.git("checkout", "-q", "-B", branch)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "change")
        self.git("push", "-q", "origin", branch)
        self.git("fetch", "-q", "origin")

    @property
    def comments(self) -> list[str]:
        path = self.folder / "comments.json"
        return [comment["body"] for comment in json.loads(path.read_text())] if path.exists() else []

    def run(self, *, pull_request: bool, token: str = "token", run_id: int = 1, **inputs: str) -> Job:
        """Run the steps as a runner does: after one failed, only those that always run."""
        github = {
            "token": token,
            "event_name": "pull_request" if pull_request else "push",
            "run_id": str(run_id),
            "run_attempt": "1",
        }
        temp = self.folder / "temp"
        shutil.rmtree(temp, ignore_errors=True)
        temp.mkdir()
        # GitHub checks a pull request out without what earlier jobs left.
        shutil.rmtree(self.clone / "test_observations", ignore_errors=True)
        job = Job()
        given = {name: declared["default"] for name, declared in ACTION["inputs"].items()}
        values = {"github": github, "inputs": {**given, **inputs}, "steps": job.steps}
        values["inputs"]["token"] = token
        for step in ACTION["runs"]["steps"]:
            if _is_run(step.get("if", "success()"), values, failed=job.failed):
                self._step(step, values, job, pull_request=pull_request)
        summary = temp / "summary"
        job.summary = summary.read_text(encoding="utf-8") if summary.exists() else ""
        return job

    def _step(self, step, values, job, *, pull_request):
        if "uses" in step:
            with_ = {key: _filled_in(value, values) for key, value in step["with"].items()}
            job.log[step["name"]] = self._cached(step["uses"], with_)
            return
        assert step["shell"] == "bash"
        # An expression in a script would be code that anybody may write.
        assert not EXPRESSION.search(step["run"])
        output = self.folder / "temp" / "output"
        output.write_text("")
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]],
            cwd=self.clone / _filled_in(step["working-directory"], values),
            env={
                **{name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")},
                **{name: _filled_in(value, values) for name, value in step.get("env", {}).items()},
                "PATH": f"{self.bin}:{os.environ['PATH']}",
                "COMMENTS": str(self.folder / "comments.json"),
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(self.folder / "temp" / "summary"),
                "GITHUB_REPOSITORY": "o/r",
                "GITHUB_REF": "refs/pull/7/merge" if pull_request else "refs/heads/main",
                "GITHUB_BASE_REF": "main" if pull_request else "",
                "RUNNER_TEMP": str(self.folder / "temp"),
                "RUNNER_OS": "Linux",
                "RUNNER_ARCH": "X64",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        job.log[step["name"]] = done.stdout
        job.failed = job.failed or done.returncode != 0
        pairs = (line.partition("=") for line in output.read_text(encoding="utf-8").splitlines())
        job.steps[step.get("id", "")] = {"outputs": {name: value for name, _, value in pairs}}

    def _cached(self, uses: str, with_: dict[str, str]) -> str:
        folder = self.clone / with_["path"]
        if uses.startswith("actions/cache/save@"):
            shutil.copytree(folder, self._cache / with_["key"])
            return f"saved {with_['key']}"
        assert uses.startswith("actions/cache/restore@")
        known = sorted(path for path in self._cache.iterdir() if path.name.startswith(with_["restore-keys"]))
        if known:
            shutil.copytree(known[-1], folder)
        return f"restored {known[-1].name}" if known else "nothing to restore"


def _filled_in(text, values):
    return EXPRESSION.sub(lambda found: _value(found[1], values), text)


def _value(name, values):
    for part in name.split("."):
        values = values.get(part, {})
    return values or ""


def _is_run(condition, values, *, failed):
    parts = condition.split(" && ")
    if failed and "always()" not in parts:
        return False
    return all(_holds(part, values) for part in parts if part not in {"always()", "success()"})


def _holds(comparison, values):
    name, sign, text = comparison.split(" ")
    return (_value(name, values) == text.strip("'")) == (sign == "==")


@pytest.fixture
def runner(tmp_path):
    return Runner(tmp_path)


AFFECTED = "Run the tests that the change affects"
ALL = "Run all tests"
KEEP = "Keep what the tests execute, for later runs"


def test_a_pull_request_runs_what_it_affects_first_and_gets_one_comment(runner):
    this_tests("this_tests.cli.affected.affected", "this_tests.cli.diff.diff")
    first = runner.run(pull_request=False)
    assert not first.failed
    assert "2 passed" in first.log[ALL]
    assert "::notice::Nothing is known" in first.log[AFFECTED]
    assert first.log[KEEP].startswith("saved this-tests-Linux-X64-cpython-3")
    assert runner.comments == []

    runner.write(
        {"mylib.py": FILES["mylib.py"].replace("a + b", "b + a") + "\n        def new():\n            pass\n"}
    )
    runner.commit("change")
    job = runner.run(pull_request=True, run_id=2)
    assert not job.failed
    assert "1 passed" in job.log[AFFECTED]
    assert "2 passed" in job.log[ALL]
    assert KEEP not in job.log
    assert job.steps["affected"]["outputs"]["affected"] == "1"
    (comment,) = runner.comments
    assert comment.startswith("<!-- this-tests -->\n### Tests of the API\n\n![API tested: 67%](https://")
    assert "| `mylib.new` | **none** |" in comment.splitlines()
    assert "67% of 3 public callables with tests, before 100%." in comment.splitlines()
    assert "Affected: 1 of 2 tests, for 1 changed function: mylib.add" in comment
    assert job.summary == comment

    runner.write({"mylib.py": FILES["mylib.py"]})
    runner.commit("change")
    runner.run(pull_request=True, run_id=3)
    (comment,) = runner.comments
    assert "mylib.new" not in comment


def test_a_failing_test_fails_before_all_others_are_run(runner):
    this_tests("this_tests.cli.affected.affected")
    runner.run(pull_request=False)
    runner.write({"mylib.py": FILES["mylib.py"].replace("a + b", "a - b")})
    runner.commit("change")
    job = runner.run(pull_request=True, run_id=2)
    assert job.failed
    assert "1 failed" in job.log[AFFECTED]
    assert ALL not in job.log
    assert len(runner.comments) == 1


def test_the_rest_need_not_be_run(runner):
    this_tests("this_tests.cli.affected.affected")
    runner.run(pull_request=False)
    runner.write({"README.md": "Text.\n"})
    runner.commit("change")
    job = runner.run(pull_request=True, run_id=2, rest="false", comment="false")
    assert not job.failed
    assert (ALL in job.log, "passed" in job.log[AFFECTED]) == (False, False)
    assert job.steps["affected"]["outputs"]["affected"] == "0"
    assert runner.comments == []
    assert "Tests of the API" in job.summary


def test_without_the_rest_and_without_observations_all_tests_run(runner):
    this_tests("this_tests.cli.affected.affected")
    runner.write({"mylib.py": FILES["mylib.py"].replace("a + b", "a - b")})
    runner.commit("change")
    job = runner.run(pull_request=True, rest="false")
    assert job.failed
    assert "1 failed, 1 passed" in job.log[AFFECTED]


def test_a_fork_may_not_comment_and_the_summary_says_so(runner):
    this_tests("this_tests.cli.diff.diff")
    runner.write({"README.md": "Text.\n"})
    runner.commit("change")
    job = runner.run(pull_request=True, token="read-only")
    assert not job.failed
    assert "::notice::The comment could not be written" in [*job.log.values()][-1]
    assert job.summary.startswith("<!-- this-tests -->")


def test_a_shallow_checkout_says_what_to_do(runner):
    this_tests("this_tests.git.Repository")
    runner.git("update-ref", "-d", "refs/remotes/origin/main")
    job = runner.run(pull_request=True)
    assert job.failed
    assert (
        "::error::There is no commit to compare with: check out with fetch-depth: 0"
        in job.log["Look where the change begins"]
    )


def test_each_input_is_explained_in_the_docs():
    this_tests("na")
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in page for name in (*ACTION["inputs"], *ACTION["outputs"]))

"""CI examples: a workflow of GitHub Actions, a step for one that exists, and a job of GitLab CI."""

from collections.abc import Sequence

__all__ = ["github_step", "github_workflow", "gitlab_job"]

_WORKFLOW = """\
name: this-tests
on: [push, pull_request]
permissions:
  contents: read
jobs:
  tests:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.13"
      - name: Install
        # There is no release of this-tests yet: until then, name a checkout of it here.
        run: python -m pip install {requirements}
      - name: Run the tests, and check that test_registry.json is up to date
        run: pytest --this-tests-check
      - name: Keep what the run observed, for the docs and to select tests
        if: always()
        uses: actions/upload-artifact@v4
        with:
          name: test_observations
          path: test_observations
      - name: Summarize which functions have tests
        if: always()
        run: this-tests coverage --format markdown >> "$GITHUB_STEP_SUMMARY"
"""
_STEP = """\
      - run: pytest --this-tests-check  # in place of pytest: fails if test_registry.json is out of date
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: test_observations-${{ strategy.job-index }}
          path: test_observations
"""
_JOB = """\
this-tests:
  image: python:3.13
  script:
    - python -m pip install {requirements}
    - pytest --this-tests-check
  artifacts:
    when: always
    paths: [test_observations]
"""


def github_workflow(requirements: Sequence[str]) -> str:
    """Return a workflow that installs *requirements* with pip, and runs the tests."""
    return _WORKFLOW.format(requirements=" ".join(requirements))


def github_step() -> tuple[str, ...]:
    """Return the lines of a step, for a job that runs pytest already."""
    return tuple(_STEP.splitlines())


def gitlab_job(requirements: Sequence[str]) -> tuple[str, ...]:
    """Return the lines of a job, for ``.gitlab-ci.yml``."""
    return tuple(_JOB.format(requirements=" ".join(requirements)).splitlines())

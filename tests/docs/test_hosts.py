"""The commit that hosts of builds name in their variables."""

import json
from pathlib import Path

import pytest

from this_tests import this_tests
from this_tests.docs.hosts import HostedCommit, hosted_commit

BUILT, HEAD = "a" * 40, "b" * 40
TEMPLATE = "https://forge.example/me/pkg/blob/{commit}/{path}#L{line}"
FOLDER = Path("/build/pkg")


def told(variables: dict[str, str], *, root: Path = FOLDER, template: str = TEMPLATE) -> HostedCommit | None:
    return hosted_commit(variables, root, template)


@pytest.mark.parametrize(
    "variables",
    [
        {"READTHEDOCS_GIT_COMMIT_HASH": BUILT, "READTHEDOCS_GIT_CLONE_URL": "https://github.com/me/pkg.git"},
        {"READTHEDOCS_GIT_COMMIT_HASH": BUILT, "READTHEDOCS_GIT_CLONE_URL": "git@github.com:me/pkg.git"},
        {"READTHEDOCS_GIT_COMMIT_HASH": BUILT, "READTHEDOCS_REPOSITORY_PATH": "/build"},
        {"GITHUB_SHA": BUILT, "GITHUB_REPOSITORY": "me/Pkg", "GITHUB_WORKSPACE": "/build/pkg"},
        {"GITHUB_SHA": BUILT, "GITHUB_REPOSITORY": "fork/pkg", "GITHUB_EVENT_NAME": "push"},
        {"GITHUB_SHA": BUILT, "GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": "/no/such/file"},
        {"CI_COMMIT_SHA": BUILT, "CI_PROJECT_URL": "https://gitlab.com/group/sub/pkg"},
        {"CI_COMMIT_SHA": BUILT, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": ""},
        {"COMMIT_REF": BUILT, "REPOSITORY_URL": "https://user:secret@github.com/me/pkg"},
        {"CF_PAGES_COMMIT_SHA": BUILT},
        {"VERCEL_GIT_COMMIT_SHA": BUILT, "VERCEL_GIT_REPO_OWNER": "me", "VERCEL_GIT_REPO_SLUG": "pkg"},
        {"BITBUCKET_COMMIT": BUILT, "BITBUCKET_GIT_HTTP_ORIGIN": "http://bitbucket.org/me/pkg"},
        {"GITHUB_SHA": "", "CF_PAGES_COMMIT_SHA": BUILT},
        {"GITHUB_SHA": "main", "CF_PAGES_COMMIT_SHA": BUILT},
    ],
    ids=" ".join,
)
def test_hosts_tell_the_commit(variables: dict[str, str]):
    this_tests(hosted_commit)
    assert told(variables) == HostedCommit(BUILT, BUILT)


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"GITHUB_SHA": BUILT, "GITHUB_REPOSITORY": "me/other"},
        {"GITHUB_SHA": BUILT, "GITHUB_REPOSITORY": "me/pk"},
        {"GITHUB_SHA": BUILT, "GITHUB_WORKSPACE": "/elsewhere"},
        {"CI_COMMIT_SHA": BUILT, "CI_PROJECT_URL": "https://gitlab.com/pkg/site"},
        {"COMMIT_REF": "HEAD"},
        {"COMMIT_REF": "../../evil"},
    ],
    ids=str,
)
def test_what_a_host_says_of_something_else_does_not_count(variables: dict[str, str]):
    this_tests(hosted_commit)
    assert told(variables) is None


@pytest.mark.parametrize("event", ["pull_request", "pull_request_review"])
def test_a_merge_that_is_in_no_branch_is_replaced_by_what_it_merges(tmp_path: Path, event: str):
    this_tests(hosted_commit)
    payload = tmp_path / "event.json"
    payload.write_text(json.dumps({"pull_request": {"head": {"sha": HEAD}}}))
    variables = {"GITHUB_SHA": BUILT, "GITHUB_EVENT_NAME": event, "GITHUB_EVENT_PATH": str(payload)}
    assert told(variables) == HostedCommit(BUILT, HEAD)
    assert told({**variables, "GITHUB_EVENT_NAME": "push"}) == HostedCommit(BUILT, BUILT)
    gitlab = {"CI_COMMIT_SHA": BUILT, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": HEAD}
    assert told(gitlab) == HostedCommit(BUILT, HEAD)


@pytest.mark.parametrize(
    "payload", ["", "[]", "{", '{"pull_request": null}', '{"pull_request": {"head": {"sha": 1}}}']
)
def test_an_event_that_cannot_be_read_is_no_error(tmp_path: Path, payload: str):
    this_tests(hosted_commit)
    (tmp_path / "event.json").write_text(payload)
    variables = {
        "GITHUB_SHA": BUILT,
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
    }
    assert told(variables) == HostedCommit(BUILT, BUILT)

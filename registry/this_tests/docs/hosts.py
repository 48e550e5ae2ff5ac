"""The commit that a host of builds, such as Read the Docs or GitHub Actions, says it has checked out."""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

__all__ = ["HOSTS", "Host", "HostedCommit", "hosted_commit"]

_HASH = re.compile(r"[0-9a-fA-F]{7,64}")
# Events for which GitHub checks out a merge of the pull request that is in no branch.
_OF_A_MERGE = frozenset({"pull_request", "pull_request_review", "pull_request_review_comment"})


@dataclass(frozen=True)
class Host:
    """The variables by which one host tells what it builds.

    Attributes:
        commit: What is checked out.
        repository: The repository, as a URL or as ``owner/name``; several variables are joined to one.
        folder: Where the repository is checked out; empty if no variable says so.
        merged: The commit of a merge request, where `commit` is a merge that is in no branch.
    """

    commit: str
    repository: tuple[str, ...] = ()
    folder: str = ""
    merged: str = ""


# docs.readthedocs.io/en/stable/reference/environment-variables.html
# docs.github.com/en/actions/reference/workflows-and-actions/variables
# docs.gitlab.com/ci/variables/predefined_variables
# docs.netlify.com/build/configure-builds/environment-variables
# developers.cloudflare.com/pages/configuration/build-configuration
# vercel.com/docs/environment-variables/system-environment-variables
# support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets
HOSTS = (
    Host("READTHEDOCS_GIT_COMMIT_HASH", ("READTHEDOCS_GIT_CLONE_URL",), "READTHEDOCS_REPOSITORY_PATH"),
    Host("GITHUB_SHA", ("GITHUB_REPOSITORY",), "GITHUB_WORKSPACE"),
    Host("CI_COMMIT_SHA", ("CI_PROJECT_URL",), "CI_PROJECT_DIR", "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"),
    Host("COMMIT_REF", ("REPOSITORY_URL",)),
    Host("CF_PAGES_COMMIT_SHA"),
    Host("VERCEL_GIT_COMMIT_SHA", ("VERCEL_GIT_REPO_OWNER", "VERCEL_GIT_REPO_SLUG")),
    Host("BITBUCKET_COMMIT", ("BITBUCKET_GIT_HTTP_ORIGIN",), "BITBUCKET_CLONE_DIR"),
)


@dataclass(frozen=True)
class HostedCommit:
    """What a host says.

    Attributes:
        built: The commit that it has checked out.
        lasting: The commit to link to: the same, or the one of a pull request that `built` merges.
    """

    built: str
    lasting: str


def hosted_commit(variables: Mapping[str, str], root: Path, template: str) -> HostedCommit | None:
    """Return the commit of the first host that builds the folder *root*, or ``None``.

    A job may build docs of another project than its own: what lies outside of the host's checkout, or is
    linked to in a repository of another name, is not of the host's commit.
    """
    for host in HOSTS:
        built = variables.get(host.commit, "")
        if _HASH.fullmatch(built) and _is_about(host, variables, root, template):
            return HostedCommit(built, _of_pull_request(host, variables) or built)
    return None


def _is_about(host: Host, variables: Mapping[str, str], root: Path, template: str) -> bool:
    folder = variables.get(host.folder, "")
    if folder and not root.resolve().is_relative_to(Path(folder).resolve()):
        return False
    named = "/".join(variables.get(name, "") for name in host.repository)
    # The owner may differ: a fork, or a project that has moved.
    name = _path(named).removesuffix("/").removesuffix(".git").rpartition("/")[2].casefold()
    parts = {part.removesuffix(".git") for part in re.split("[/?&=]", template.casefold())}
    return not name or name in parts


def _path(url: str) -> str:
    """Return the path in the URL of a repository, which may be that of ssh: ``git@host:owner/name.git``."""
    with suppress(ValueError):
        url = urlsplit(url).path
    return url.rpartition(":")[2]


def _of_pull_request(host: Host, variables: Mapping[str, str]) -> str:
    head: object = variables.get(host.merged, "")
    if host.commit == "GITHUB_SHA" and variables.get("GITHUB_EVENT_NAME") in _OF_A_MERGE:
        with suppress(OSError, ValueError, LookupError, TypeError):
            event = Path(variables["GITHUB_EVENT_PATH"]).read_bytes()
            head = json.loads(event)["pull_request"]["head"]["sha"]
    return head if isinstance(head, str) and _HASH.fullmatch(head) else ""

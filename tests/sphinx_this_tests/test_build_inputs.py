"""To which commit the links of a build lead, from what git and the host say."""

import json
import subprocess
from pathlib import Path

import pytest
from sites import Built, Site

import sphinx_this_tests
from sphinx_this_tests import build_warnings, inputs
from this_tests import this_tests

URL = "https://forge.example/me/pkg/blob/{commit}/{path}#L{line}-L{end}"
FILE = "tests/test_graphs.py"
NEW = "tests/test_new.py"
HOSTED = "c" * 40


@pytest.fixture
def pages(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    site.add("pages.txt")
    site.write(NEW, "def test_new():\n    degree()\n")
    site.declare(degree=f"{FILE}::test_degree", density=f"{NEW}::test_new")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(site.root.parent.parent))
    return site


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def commit(folder: Path, *paths: str) -> str:
    git(folder, "init", "-q")
    git(folder, "add", *paths)
    git(folder, "commit", "-q", "-m", "One")
    return git(folder, "rev-parse", "HEAD")


def place(built: Built, name: str) -> str:
    link = built.section(f"sample.{name}", f"{name}.html").select_one(".this-tests-place")
    return str(link.get("href", "")) if link else ""


def built(pages: Site, **settings: object) -> Built:
    return pages.build(this_tests_source_url=URL, this_tests_file_pages=False, **settings)


def test_a_file_has_a_link_if_it_is_in_the_commit_and_lines_if_they_are_those_of_the_commit(pages: Site):
    this_tests(inputs.read)
    head = commit(pages.root, FILE)
    made = built(pages)
    assert place(made, "degree") == f"https://forge.example/me/pkg/blob/{head}/{FILE}#L16-L18"
    assert place(made, "density") == ""

    (pages.root / FILE).write_text((pages.root / FILE).read_text() + "\n")
    assert place(built(pages), "degree") == f"https://forge.example/me/pkg/blob/{head}/{FILE}"


def test_an_unpacked_archive_is_no_checkout_of_the_repository_around_it(pages: Site):
    this_tests(inputs.read, build_warnings.commit)
    above = pages.root.parent
    (above / "vimrc").write_text("")
    commit(above, "vimrc")

    made = built(pages)

    assert place(made, "degree") == ""
    assert f"no file in {pages.root} is part of the repository {above} around it; build" in made.warnings
    assert "[this_tests.commit]" in made.warnings


def test_without_a_checkout_what_the_host_says_counts(pages: Site, monkeypatch: pytest.MonkeyPatch):
    this_tests(inputs.read)
    monkeypatch.setenv("CF_PAGES_COMMIT_SHA", HOSTED)
    made = built(pages)
    assert made.warnings == ""
    assert place(made, "density") == f"https://forge.example/me/pkg/blob/{HOSTED}/{NEW}#L1-L2"


def test_a_setting_comes_before_what_git_and_the_host_say(pages: Site, monkeypatch: pytest.MonkeyPatch):
    this_tests(inputs.read)
    monkeypatch.setenv("CF_PAGES_COMMIT_SHA", HOSTED)
    assert "/blob/v1.0/tests/test_new.py#L1" in place(built(pages, this_tests_commit="v1.0"), "density")


def test_another_commit_than_the_host_says_may_be_checked_out(pages: Site, monkeypatch: pytest.MonkeyPatch):
    """As where a job builds the docs of each release."""
    this_tests(inputs.read)
    monkeypatch.setenv("CF_PAGES_COMMIT_SHA", HOSTED)
    head = commit(pages.root, FILE)
    assert f"/blob/{head}/" in place(built(pages), "degree")


def test_a_commit_that_the_build_itself_made_is_on_no_forge(pages: Site, monkeypatch: pytest.MonkeyPatch):
    this_tests(inputs.read)
    pushed = commit(pages.root, FILE)
    commit(pages.root, NEW)
    monkeypatch.setenv("CF_PAGES_COMMIT_SHA", pushed)
    made = built(pages)
    assert place(made, "degree").endswith(f"/blob/{pushed}/{FILE}#L16-L18")
    assert place(made, "density") == ""


@pytest.mark.parametrize("depth", [0, 1])
def test_a_pull_request_has_links_to_its_own_commit(
    pages: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, depth: int
):
    """What GitHub checks out is a merge that no branch has; a shallow clone has it and nothing else."""
    this_tests(inputs.read)
    root = pages.root
    base = commit(root, FILE)
    git(root, "checkout", "-q", "-b", "change")
    head = commit(root, NEW)
    git(root, "checkout", "-q", "-b", "main", base)
    (root / FILE).write_text("\n" + (root / FILE).read_text())
    commit(root, FILE)
    git(root, "merge", "-q", "--no-ff", "-m", "Merge", "change")
    if depth:
        git(tmp_path, "clone", "-q", f"--depth={depth}", root.as_uri(), "shallow")
        (root / ".git").rename(tmp_path / "whole")
        (tmp_path / "shallow" / ".git").rename(root / ".git")
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"head": {"sha": head}}}))
    monkeypatch.setenv("GITHUB_SHA", git(root, "rev-parse", "HEAD"))
    monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request")
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(event))
    for name in ("GITHUB_REPOSITORY", "GITHUB_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)

    made = built(pages)

    # The lines of this file are others in the merge; those of the other are known in a deep clone.
    assert place(made, "degree") == f"https://forge.example/me/pkg/blob/{head}/{FILE}"
    assert place(made, "density") == f"https://forge.example/me/pkg/blob/{head}/{NEW}" + (
        "" if depth else "#L1-L2"
    )


def test_a_source_that_cannot_be_read_has_a_link_without_a_line(pages: Site):
    this_tests("this_tests.docs.source_links.Links.url")
    pages.declare(degree="tests/test_gone.py::test_it", density="tests/test_gone.py::test_it")
    settings = {"this_tests_source_url": "https://e.org/{path}#L{line}-L{end}", "this_tests_commit": "main"}
    made = pages.build(**settings)
    page = made.soup("_this_tests/files/tests-test_gone.py.html")
    assert place(made, "degree") == "https://e.org/tests/test_gone.py"
    assert "#L" not in str(page.select_one(".this-tests-page"))
    assert "#L" not in pages.build("text", **settings).page("degree.txt")


@pytest.mark.parametrize("pages_of_files", [True, False])
def test_linkcheck_does_not_ask_for_the_sources_of_tests(pages: Site, pages_of_files: bool):  # noqa: FBT001
    this_tests(sphinx_this_tests.setup)
    roles = f":test:`{FILE}::test_degree` :test:`{FILE}` :any:`{NEW}::test_new`"
    pages.write("docs/how.rst", f":orphan:\n\nHow\n===\n\n{roles} `there <https://localhost:1/there>`_\n")

    made = pages.build(
        "linkcheck",
        this_tests_source_url="https://localhost:1/{commit}/{path}#L{line}",
        this_tests_file_pages=pages_of_files,
        linkcheck_report_timeouts_as_broken=False,
        linkcheck_ignore=[".*"],
    )

    asked = [json.loads(line)["uri"] for line in made.page("output.json").splitlines()]
    assert asked == ["https://localhost:1/there"]

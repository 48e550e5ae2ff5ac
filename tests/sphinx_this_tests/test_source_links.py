"""URLs of test sources: valid and invalid templates, and the commit."""

import subprocess

import pytest

from sphinx_this_tests.source_links import Links, commit_of, is_safe, problem_with
from this_tests import this_tests

GITHUB = "https://github.com/me/pkg/blob/{commit}/{path}#L{line}-L{end}"


def test_a_link_leads_to_the_lines_at_the_commit():
    this_tests(Links.url)
    url = Links(GITHUB, "abc123").url("tests/test_it.py", 3, 9)
    assert url == "https://github.com/me/pkg/blob/abc123/tests/test_it.py#L3-L9"


def test_without_a_template_there_are_no_links():
    this_tests(Links.url)
    assert Links().url("tests/test_it.py", 3, 9) == ""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("tests/a b.py", "tests/a%20b.py"),
        ('"><script>', "%22%3E%3Cscript%3E"),
        ("tests/ü.py", "tests/%C3%BC.py"),
        ("{line}", "%7Bline%7D"),
        ("a#b?c", "a%23b%3Fc"),
    ],
)
def test_paths_are_encoded(path, expected):
    this_tests(Links.url)
    assert Links("https://example.org/{path}").url(path) == f"https://example.org/{expected}"


@pytest.mark.parametrize(
    "template", ["", GITHUB, "http://example.org/{path}", "/source/{path}", "../{path}.html"]
)
def test_templates_for_links(template):
    this_tests(problem_with)
    assert problem_with(template) == ""


@pytest.mark.parametrize(
    "template",
    [
        "javascript:alert({line})",
        "JavaScript:{path}",
        " javascript:{path}",
        "java\tscript:{path}",
        "data:text/html,{path}",
        "vbscript:{path}",
        "file:///{path}",
        "https://example.org/{path",
        "https://example.org/{file}",
        "https://example.org/{}",
        "https://example.org/{0}",
        "https://example.org/{path.__class__}",
        "https://example.org/{line:{path}}",
        "https://example.org/\x00{path}",
    ],
)
def test_templates_that_are_refused(template):
    this_tests(problem_with)
    assert problem_with(template)


def test_what_a_template_names_is_told():
    this_tests(problem_with)
    assert problem_with("https://example.org/{file}").startswith(
        "has unknown fields ['file']; allowed are ['commit', "
    )


@pytest.mark.parametrize("url", ["javascript:1", "\x01javascript:1", "java\nscript:1", "data:x"])
def test_no_address_runs_anything(url):
    this_tests(is_safe)
    assert not is_safe(url)


def test_the_commit_is_what_git_has_checked_out(tmp_path):
    this_tests(commit_of)
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", *identity, "commit", "-q", "--allow-empty", "-m", "One"], cwd=tmp_path, check=True)
    expected = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert commit_of(tmp_path) == expected.stdout.strip()


def test_without_git_there_is_no_commit(tmp_path):
    this_tests(commit_of)
    assert commit_of(tmp_path / "nothing") == ""
    assert commit_of(tmp_path) == ""


def test_without_the_command_there_is_no_commit(tmp_path, monkeypatch):
    this_tests(commit_of)
    monkeypatch.setenv("PATH", "")
    assert commit_of(tmp_path) == ""

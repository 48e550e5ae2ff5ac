"""URLs of test sources: valid and invalid templates, and the commit."""

import pytest

from this_tests import this_tests
from this_tests.docs.source_links import Links, is_safe, problem_with

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


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (GITHUB, "https://github.com/me/pkg/blob/v1/a.py"),
        (
            "https://gitlab.com/me/pkg/-/blob/{commit}/{path}#L{line}-{end}",
            "https://gitlab.com/me/pkg/-/blob/v1/a.py",
        ),
        (
            "https://bitbucket.org/me/pkg/src/{commit}/{path}#lines-{line}:{end}",
            "https://bitbucket.org/me/pkg/src/v1/a.py",
        ),
        (
            "https://git.example.org/pkg/tree/{path}?id={commit}#n{line}",
            "https://git.example.org/pkg/tree/a.py?id=v1",
        ),
        (
            "https://dev.azure.com/o/p/_git/r?path=/{path}&version=GC{commit}&line={line}&lineEnd={end}",
            "https://dev.azure.com/o/p/_git/r?path=/a.py&version=GCv1",
        ),
        ("https://example.org/{path}?line={line}", "https://example.org/a.py"),
        ("https://example.org/{path}?plain=1#L{line}", "https://example.org/a.py?plain=1"),
        ("https://example.org/{path}#source", "https://example.org/a.py#source"),
        ("https://example.org/{path}/{line}", "https://example.org/a.py/1"),
    ],
)
def test_a_link_to_a_file_as_a_whole_names_no_line(template, expected):
    this_tests(Links.url)
    assert Links(template, "v1").url("a.py") == expected
    assert Links(template, "v1", {"a.py"}, {"a.py"}).url("a.py", 3, 9) == expected
    assert Links(template, "v1", {"a.py"}, None).url("a.py", 3, 9) == expected


def test_a_file_that_the_commit_does_not_have_has_no_link():
    this_tests(Links.url, Links.reach)
    links = Links(GITHUB, "v1", {"a.py"}, {"a.py"})
    assert links.url("b.py", 3, 9) == ""
    assert links.url("b.py") == ""
    assert [links.reach(path) for path in ("a.py", "b.py")] == ["file", "nothing"]
    assert Links(GITHUB, "v1").reach("b.py") == "lines"

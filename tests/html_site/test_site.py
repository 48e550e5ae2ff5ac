"""``this-tests html``: the pages of the site, made by the command in a project."""

import os
import subprocess
import sys
import zlib
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup
from observing import store

from this_tests import Entry, Link, Registry
from this_tests.registry.model import Observed
from this_tests.registry.store import encode

pytestmark = [
    pytest.mark.this_tests(target=["this_tests.html_site", "this_tests.cli"]),
    pytest.mark.slow,
]

BAD = "<script>alert(1)</script>"
HOSTILE = {
    f"tests/test_evil.py::{BAD}": Link(),
    f"tests/{BAD}.py::test_it": Link(),
    'tests/test_evil.py::"onmouseover="alert(1)': Link(),
    "../../outside.py::test_it": Link(),
    "/etc/passwd::test_it": Link(),
    "javascript:alert(1)": Link(),
    "{{ 7 * 7 }}": Link(),
    "::::": Link(),
    "tests/test_evil.py::" + "x" * 10_000: Link(),
    "tests/\u202etest.py::\x07": Link(),
    "tests/test_evil.py::test_evil": Link(),
}
EVIL = '''
def test_evil():
    """</code><img src=x onerror=alert(1)> `link <javascript:alert(1)>`_ {{ 7 * 7 }}"""
    mylib.add("</pre><script>alert(2)</script>")
'''


def pages_of(site: Path) -> dict[str, BeautifulSoup]:
    return {
        path.relative_to(site).as_posix(): BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in sorted(site.rglob("*.html"))
    }


def broken_links(site: Path) -> list[tuple[str, str]]:
    """Return the links, with their pages, that lead to no file of the site or to no anchor in it."""
    pages = pages_of(site)
    anchors = {name: {tag["id"] for tag in soup.select("[id]")} for name, soup in pages.items()}
    found = []
    for name, soup in pages.items():
        urls = [tag.get("href") or tag.get("src") for tag in soup.select("[href], [src]")]
        for url in urls:
            parts = urlsplit(str(url))
            target = (site / name).parent / unquote(parts.path) if parts.path else site / name
            inside = target.resolve().relative_to(site.resolve()).as_posix() if not parts.scheme else ""
            is_there = target.is_file() and (not parts.fragment or parts.fragment in anchors[inside])
            if str(url) != "data:," and (parts.scheme or parts.netloc or not is_there):
                found.append((name, str(url)))
    return found


@pytest.fixture
def proven(project, command):
    """Return a project of which it is proven that one of two tests notices what `add` does."""
    project.configure('library = ["mylib"]\nmissing = "ignore"')
    project.tests(
        """
        def test_blind(): mylib.add(1, 2)
        def test_sum(): assert mylib.add(1, 2) == 3
        def test_other(): mylib.subtract(2, 1)
        """
    )
    assert project.run_apart("--this-tests-observe").ret == 0
    assert command("prove", "mylib.add").returncode == 0
    return project


@pytest.fixture
def site(recorded, command) -> Path:
    """Return the folder of the site of a project whose tests ran."""
    result = command("html")
    assert (result.returncode, result.stderr) == (0, "")
    return recorded.root / "test_site"


def test_there_is_a_page_for_each_callable_and_each_test_file(site):
    assert set(pages_of(site)) == {
        "index.html",
        *(
            f"callables/mylib.{name}.html"
            for name in ("Thing", "Thing.run", "Thing.shared", "Thing.size", "add", "sub.deep", "subtract")
        ),
        "files/tests-test_it.py.html",
    }


def test_the_page_of_a_callable_has_its_tests_with_their_source(site):
    page = pages_of(site)["callables/mylib.add.html"]
    assert page.select_one("h1").text == "Tests of mylib.add"
    assert page.select_one("title").text == "Tests of mylib.add · mylib"
    assert [test["data-test"] for test in page.select(".this-tests-test")] == ["tests/test_it.py::test_add"]
    assert "this_tests(mylib.add)" in page.select_one(".this-tests-source").text
    assert "Defined in mylib/" in page.text


def test_the_page_of_a_callable_without_tests_says_so(site):
    assert "No tests declared." in pages_of(site)["callables/mylib.sub.deep.html"].text


def test_every_link_leads_to_a_file_and_an_anchor(site):
    assert broken_links(site) == []


def test_two_sites_of_the_same_project_are_the_same_files(site, recorded, command):
    assert command("html", "-o", "again").returncode == 0
    one, two = (
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.*") if path.is_file()}
        for folder in (site, recorded.root / "again")
    )
    assert one.pop(Path(".gitignore")) == b"*\n"
    assert one == two


def test_hostile_names_and_sources_are_only_text(project, command):
    project.tests(EVIL, "tests/test_evil.py")
    observed = Observed(1, 1, {"tests/test_evil.py::test_evil": Link(direct=True)})
    registry = Registry(callables={"mylib.add": Entry(declared=HOSTILE, observed=observed)})
    project.path.write_bytes(encode(registry))

    assert command("html").returncode == 0

    site = project.root / "test_site"
    assert broken_links(site) == []
    for page in pages_of(site).values():
        assert [tag.get("src") for tag in page.select("script")] in (
            ["assets/this-tests.js"],
            ["../assets/this-tests.js"],
        )
        assert not page.select("img, iframe, object, [onerror], [onmouseover]")
        assert "49" not in page.text.split("{{ 7 * 7 }}")[0][-3:]
    assert not (project.root / "outside.py.html").exists()
    assert {path.parent.name for path in site.rglob("*.html")} == {"test_site", "callables", "files"}


def test_what_an_inventory_lists_leads_no_file_out_of_the_site(project, command):
    lines = "../../../escaped py:function 1 api.html#x -\nmylib.add py:function 1 api.html#$ -\n"
    head = b"# Sphinx inventory version 2\n# Project: x\n# Version: 1\n# zlib\n"
    (project.root / "objects.inv").write_bytes(head + zlib.compress(lines.encode()))
    project.configure('library = ["mylib"]\ninventory = ["objects.inv"]')
    project.path.write_bytes(encode(Registry(callables={"mylib.add": Entry(declared={"t.py::t": Link()})})))

    assert command("html", "-o", "out/site").returncode == 0

    assert [path.name for path in (project.root / "out/site/callables").iterdir()] == ["mylib.add.html"]
    assert not list(project.root.rglob("escaped*"))


def test_names_that_differ_in_case_have_a_page_each(project, command):
    project.write({"mylib/__init__.py": "class Add: ...\ndef add(): ...\n"})
    project.path.write_bytes(encode(Registry(callables={"mylib.add": Entry(declared={"t.py::t": Link()})})))
    assert command("html").returncode == 0
    names = [path.name.casefold() for path in (project.root / "test_site/callables").iterdir()]
    assert len(set(names)) == len(names) == 3


def test_it_tells_which_callables_lost_tests_since_a_commit(recorded, command, git):
    git.commit()
    recorded.path.write_bytes(encode(Registry(callables={"mylib.add": Entry(declared={})})))
    (recorded.root / "tests/test_it.py").write_text("")
    recorded.tests("def test_other(): this_tests(mylib.subtract)")
    recorded.run()

    result = command("html", "--since", "HEAD")

    assert (result.returncode, result.stderr) == (0, "")
    pages = pages_of(recorded.root / "test_site")
    assert "tests/test_it.py::test_add" in pages["callables/mylib.add.html"].text
    row = pages["index.html"].select_one('tr[data-api="mylib.add"]')
    assert row["data-kept-by"] == "lost"
    assert "Lost since HEAD" in pages["index.html"].text
    assert broken_links(recorded.root / "test_site") == []


def test_a_commit_that_does_not_exist_is_told(recorded, command, git):
    git.commit()
    result = command("html", "--since", "gone")
    assert (result.returncode, result.stdout) == (2, "")
    assert "gone" in result.stderr


def test_without_the_extra_it_says_what_to_install(recorded):
    code = "import sys; sys.modules['jinja2'] = None; from this_tests.cli import main; main()"
    result = subprocess.run(
        [sys.executable, "-c", code, "html"], cwd=recorded.root, capture_output=True, text=True, check=False
    )
    assert result.returncode == 2
    assert "pip install 'this-tests[html]'" in result.stderr


TYPED = """
const rows = () => [...document.querySelectorAll("tbody tr:not([hidden])")].map(row => row.dataset.api).join(" ");
const [search, missing, indirect] = document.querySelectorAll(".this-tests-filter input");
search.value = "thing RUN";
search.dispatchEvent(new Event("input", {bubbles: true}));
say("found", rows());
search.value = "";
search.dispatchEvent(new Event("input", {bubbles: true}));
missing.click();
say("missing", rows());
missing.click();
indirect.click();
say("indirect", rows());
say("loaded", performance.getEntriesByType("resource").map(entry => new URL(entry.name).protocol).join(" "));
"""


@pytest.mark.browser
def test_search_and_filters_work_from_the_disk(project, command, browser):
    test = "tests/test_it.py::test_it"
    registry = Registry(
        callables={
            "mylib.add": Entry(observed=Observed(1, 0, {test: Link()})),
            "mylib.Thing.run": Entry(observed=Observed(1, 1, {test: Link(direct=True)})),
        }
    )
    store(project, registry)
    assert command("html").returncode == 0
    said = browser.run(project.root / "test_site/index.html", TYPED)
    assert said["found"] == "mylib.Thing.run"
    assert "mylib.add" not in said["missing"].split()
    assert "mylib.subtract" in said["missing"].split()
    assert said["indirect"] == "mylib.add"
    assert set(said["loaded"].split()) <= {"file:"}


@pytest.mark.browser
@pytest.mark.parametrize(
    "page",
    [
        "index.html",
        "callables/mylib.add.html",
        "callables/mylib.sub.deep.html",
        "files/tests-test_it.py.html",
    ],
)
@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing(site, browser, axe, page, dark):
    body = browser.body(
        site / page,
        axe
        + """
        ;addEventListener("load", async () => {
          document.querySelectorAll("details").forEach(element => (element.open = true));
          const found = await axe.run();
          say("found", found.violations.map(one => one.id + ": " + one.nodes.map(node => node.html).slice(0, 3).join(" ")).join("; "));
          say("passes", found.passes.length);
        })""",
        "virtual-time-budget=20000",
        f"blink-settings=preferredColorScheme={0 if dark else 1}",
    )
    assert body["data-found"] == ""
    assert int(body["data-passes"]) > 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="prove forks")
def test_tests_that_are_proven_to_notice_have_a_label_until_the_code_changes(proven, command):
    assert command("html").returncode == 0
    page = pages_of(proven.root / "test_site")["callables/mylib.add.html"]
    labels = {
        str(test["data-test"]).rpartition("::")[2]: [label.text for label in test.select(".this-tests-label")]
        for test in page.select(".this-tests-test")
    }
    assert labels == {"test_sum": ["direct", "fails without it"], "test_blind": ["direct"]}
    assert next(iter(labels)) == "test_sum"
    assert (
        "fails without it: The test fails if this does nothing." in page.select_one(".this-tests-legend").text
    )
    overview = pages_of(proven.root / "test_site")["index.html"]
    assert "Only without a proof" in overview.select_one(".this-tests-filter").text
    kept = {row["data-api"]: row.get("data-kept-by", "") for row in overview.select("tr[data-api]")}
    assert (kept["mylib.add"], kept["mylib.subtract"]) == ("", "unproven")
    source = proven.root / "mylib/_impl.py"
    source.write_text(source.read_text().replace("a + b", "b + a"))
    assert command("html").returncode == 0
    pages = pages_of(proven.root / "test_site")
    assert not pages["callables/mylib.add.html"].select(".this-tests-proven")
    assert "Only without a proof" not in pages["index.html"].text

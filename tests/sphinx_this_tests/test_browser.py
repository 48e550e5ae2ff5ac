"""The script and the styles of the pages, in a real browser."""

from pathlib import Path

import pytest
from browser import Browser
from sites import Built, Site

from this_tests import this_tests
from this_tests.docs import template_loader
from this_tests.docs.content import overview
from this_tests.docs.content.overview import Item

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DEGREE = "tests/test_graphs.py::test_degree"
ALL = "_this_tests/sample.degree.html"
STATIC = Path(template_loader.__file__).parent / "static"


@pytest.fixture
def built(site: Site) -> Built:
    site.add("registry.txt")
    site.add("site-autodoc.txt")
    return site.build(this_tests_limit=1, this_tests_source_url="https://example.org/{path}#L{line}")


def test_a_button_copies_the_command(built: Built, browser: Browser):
    this_tests("sphinx_this_tests")
    said = browser.run(
        built.outdir / ALL,
        """
        let copied = "";
        Object.defineProperty(navigator, "clipboard", {value: {writeText: async text => (copied = text)}});
        const button = document.querySelector(".this-tests-copy");
        say("label", button.textContent);
        button.click();
        await Promise.resolve();
        say("copied", copied);
        await new Promise(resolve => setTimeout(resolve));
        say("after", button.textContent);
        """,
        "virtual-time-budget=1000",
    )
    assert (said["label"], said["copied"], said["after"]) == ("Copy", f"pytest {DEGREE}", "Copied")


def test_one_copy_button_is_enough(site: Site, browser: Browser):
    this_tests("sphinx_this_tests")
    site.add("registry.txt")
    site.add("site-autodoc.txt")
    site.write(
        "docs/conf.py", 'extensions = ["sphinx.ext.autodoc", "sphinx_copybutton", "sphinx_this_tests"]\n'
    )
    said = browser.run(
        site.build().outdir / ALL,
        """
        const command = document.querySelector(".this-tests-command");
        say("buttons", command.querySelectorAll("button").length);
        """,
    )
    assert said["buttons"] == "1"


ORDER = "[...document.querySelectorAll('tbody tr:not([hidden])')].map(row => row.dataset.api).join(' ')"


def test_the_overview_sorts_by_each_column(built: Built, browser: Browser):
    this_tests(overview.overview)
    said = browser.run(
        built.outdir / "_this_tests" / "overview.html",
        f"""
        const [name, tests] = document.querySelectorAll("thead button");
        say("first", {ORDER});
        tests.click();
        say("most", {ORDER});
        say("sort", tests.parentElement.getAttribute("aria-sort"));
        tests.click();
        say("fewest", {ORDER});
        name.click();
        say("names", {ORDER});
        """,
    )
    assert said["most"].split()[:2] == ["sample.Graph.size", "sample.degree"]
    assert said["sort"] == "descending"
    assert said["fewest"].split()[0] == "sample.Graph.directed"
    assert said["first"] == said["names"]


def test_the_overview_filters_by_words_and_by_missing_tests(built: Built, browser: Browser):
    this_tests(overview.overview)
    said = browser.run(
        built.outdir / "_this_tests" / "overview.html",
        f"""
        const [search, missing] = document.querySelectorAll(".this-tests-filter input");
        const type = text => {{
          search.value = text;
          search.dispatchEvent(new Event("input", {{bubbles: true}}));
        }};
        type("graph ADD");
        say("found", {ORDER});
        say("said", document.querySelector("output").textContent);
        type("no such name");
        say("none", {ORDER});
        type("");
        missing.click();
        say("missing", {ORDER});
        """,
    )
    assert said["found"] == "sample.Graph.add_edge"
    assert said["said"] == "1 shown"
    assert said["none"] == ""
    # Nothing is certain of classes without a constructor of their own.
    assert said["missing"].split() == ["sample.Graph.directed", "sample.density"]


def test_without_javascript_all_is_there_and_nothing_else(built: Built, browser: Browser):
    """Without its scripts, a page shows the same rows, and no control without a function."""
    this_tests("sphinx_this_tests")
    page = built.outdir / "_this_tests" / "overview.html"
    text = page.read_text().replace("this-tests.js", "gone.js")
    page.write_text(text)
    said = browser.run(
        page,
        f"""
        say("rows", {ORDER});
        say("form", getComputedStyle(document.querySelector(".this-tests-filter")).display);
        say("buttons", document.querySelectorAll(".this-tests-overview thead button").length);
        """,
    )
    assert len(said["rows"].split()) == len(built.soup("_this_tests/overview.html").select("tbody tr")) > 5
    assert (said["form"], said["buttons"]) == ("none", "0")


@pytest.mark.parametrize("modules", [1, 100])
def test_an_overview_of_ten_thousand_callables_lays_out_few_of_them(
    tmp_path: Path, browser: Browser, modules: int
):
    """On an idle machine such a page opens in well under a second; what it takes there is the layout."""
    this_tests(overview.overview)
    items = [
        Item(f"pkg.m{n % modules}.function_{n}", "function", n % 7, (n % 7, 0, 0, 0)) for n in range(10_000)
    ]
    page = tmp_path / "overview.html"
    page.write_text(page_of(items))
    said = browser.run(
        page,
        """
        document.body.offsetHeight;
        say("took", performance.now());
        const rows = [...document.querySelectorAll("tbody tr")];
        say("shown", rows.filter(element => element.checkVisibility()).length);
        say("rows", rows.length);
        """,
    )
    assert said["rows"] == "10000"
    assert int(said["shown"]) <= 1000
    assert float(said["took"]) < 5000


def page_of(items: list[Item]) -> str:
    made = overview.overview(items, set(), ["declared", "direct", "indirect", "inferred"])
    template = template_loader.templates([]).get_template("this_tests/overview.html")
    urls = {"object_url": lambda name: f"api.html#{name}", "all_url": lambda _: ""}
    html = template.render(overview=made, legend=[], **urls)
    style, script = ((STATIC / f"this-tests.{kind}").read_text() for kind in ("css", "js"))
    return f"<!doctype html><style>{style}</style><body>{html}<script>{script}</script></body>"


def test_the_keyboard_reaches_and_opens_everything(built: Built, browser: Browser):
    this_tests("sphinx_this_tests")
    said = browser.run(
        built.outdir / "index.html",
        """
        const section = document.querySelector('.this-tests[data-api="sample.degree"]');
        section.open = true;
        const reachable = [...section.querySelectorAll("summary, a, button")].filter(element => element.checkVisibility());
        say("all", reachable.every(element => element.tabIndex === 0));
        say("nested", section.querySelectorAll("summary a, summary button").length);
        reachable[0].focus();
        say("focused", document.activeElement === reachable[0]);
        """,
    )
    assert (said["all"], said["nested"], said["focused"]) == ("true", "0", "true")


def test_from_right_to_left_the_link_does_not_cover_the_name(built: Built, browser: Browser):
    this_tests("sphinx_this_tests")
    said = browser.run(
        built.outdir / ALL,
        """
        document.documentElement.dir = "rtl";
        const section = document.querySelector(".this-tests-all");
        const box = name => section.querySelector(name).getBoundingClientRect();
        const [name, place] = [box(".this-tests-name"), box(".this-tests-place")];
        say("apart", name.left >= place.right || name.right <= place.left);
        """,
    )
    assert said["apart"] == "true"


OPENED = """
const section = document.querySelector('.this-tests[data-api="sample.degree"]');
const shown = () => [...section.querySelectorAll(".this-tests-test")];
const wait = () => new Promise(resolve => {
  const done = () => section.querySelector(".this-tests-command") && resolve();
  new MutationObserver(done).observe(section, {childList: true, subtree: true});
});
"""


def test_a_section_that_is_opened_takes_its_rows_from_the_page_with_all_tests(site: Site, browser: Browser):
    this_tests("sphinx_this_tests")
    site.add("registry.txt")
    site.add("site-autodoc.txt")
    outdir = site.build().outdir
    said = browser.served(
        outdir,
        "index.html",
        f"""
        {OPENED}
        say("before", shown().length);
        section.open = true;
        await wait();
        say("after", shown().length > 1 && shown().every(row => row.querySelector("summary").tabIndex === 0));
        say("open", shown().map(row => row.querySelector("details").open).join(" "));
        say("test", shown()[0].dataset.test);
        say("ids", section.querySelectorAll("[id]").length);
        say("buttons", section.querySelectorAll(".this-tests-copy").length === shown().length);
        const urls = [...section.querySelectorAll("a[href]")].map(link => link.href);
        say("urls", (await Promise.all(urls.map(async url => (await fetch(url)).ok))).every(Boolean));
        """,
        "virtual-time-budget=10000",
    )
    assert (said["before"], said["after"], said["ids"], said["buttons"]) == ("1", "true", "0", "true")
    assert said["open"].split()[0] == "true"
    assert "true" not in said["open"].split()[1:]
    assert (said["test"], said["urls"]) == (DEGREE, "true")


def test_from_the_disk_the_link_to_all_tests_stays(built: Built, browser: Browser):
    this_tests("sphinx_this_tests")
    said = browser.run(
        built.outdir / "index.html",
        f"""
        {OPENED}
        section.open = true;
        await new Promise(resolve => setTimeout(resolve));
        say("rows", shown().length);
        say("source", section.querySelector(".this-tests-source pre").checkVisibility());
        say("link", section.querySelector(".this-tests-foot a").getAttribute("href"));
        """,
        "virtual-time-budget=1000",
    )
    assert (said["rows"], said["source"], said["link"]) == ("1", "true", ALL)


@pytest.mark.parametrize(
    "page",
    [
        "index.html",
        "_this_tests/overview.html",
        "_this_tests/sample.degree.html",
        "_this_tests/files/tests-test_graphs.py.html",
    ],
)
def test_axe_finds_nothing_of_ours(built: Built, browser: Browser, axe: str, page: str):
    this_tests("sphinx_this_tests")
    body = browser.body(
        built.outdir / page,
        axe
        + """
        ;addEventListener("load", async () => {
          document.querySelectorAll("details").forEach(element => (element.open = true));
          const where = [".this-tests", ".this-tests-page", ".this-tests-overview"].filter(selector => document.querySelector(selector));
          const found = await axe.run({include: where});
          const say_ = found.violations.map(violation => violation.id + ": " + violation.nodes.map(node => node.html).slice(0, 3).join(" "));
          say("found", say_.join("; "));
          say("passes", found.passes.length);
        })""",
        "virtual-time-budget=20000",
    )
    assert body["data-found"] == ""
    assert int(body["data-passes"]) > 3

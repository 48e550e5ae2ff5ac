"""Sections in the most popular themes, in a real browser."""

import importlib.util

import pytest
from browser import Browser, framed
from sites import Built, Site

import sphinx_this_tests
from this_tests import this_tests
from this_tests.docs import messages, template_loader

pytestmark = pytest.mark.slow

THEMES = (
    "alabaster",
    "classic",
    "flask",
    "furo",
    "piccolo_theme",
    "pydata_sphinx_theme",
    "shibuya",
    "sphinx_book_theme",
    "sphinx_immaterial",
    "sphinx_rtd_theme",
)
# Further settings that a theme needs. This one builds nothing with Sphinx 9, hence is installed where
# an older one is (see the themes in pyproject.toml), and asks for fonts from the network by default.
NEEDS: dict[str, dict[str, object]] = {
    "flask": {"extensions": ["sphinx.ext.autodoc", "pallets_sphinx_themes", "sphinx_this_tests"]},
    "sphinx_immaterial": {
        "extensions": ["sphinx.ext.autodoc", "sphinx_immaterial", "sphinx_this_tests"],
        "html_theme_options": {"font": False},
    },
}
DEGREE = "tests/test_graphs.py::test_degree"


@pytest.fixture
def themed(site: Site) -> Site:
    site.add("registry.txt")
    site.add("site-autodoc.txt")
    return site


def in_theme(themed: Site, theme: str, **settings: object) -> Built:
    package = {"classic": "sphinx", "flask": "pallets_sphinx_themes"}.get(theme, theme)
    if not importlib.util.find_spec(package):
        pytest.skip(f"needs {theme}")
    return themed.build_apart(html_theme=theme, **NEEDS.get(theme, {}), **settings)


@pytest.mark.parametrize("theme", THEMES)
def test_every_theme_shows_the_sections(themed: Site, theme: str):
    this_tests(sphinx_this_tests.setup)
    built = in_theme(themed, theme, this_tests_limit=1)

    assert built.warnings == ""
    assert built.soup("_this_tests/overview.html").select("tbody tr")
    assert built.soup("_this_tests/files/tests-test_graphs.py.html").select("[data-test]")
    assert built.tests("sample.degree") == [DEGREE]
    assert "this-tests.css" in built.page()
    assert built.soup("_this_tests/sample.degree.html").select_one(".this-tests-all .this-tests-test")


def test_the_copy_button_finds_the_command(themed: Site):
    """sphinx-copybutton puts its button into each ``div.highlight pre``, and copies its text."""
    this_tests(sphinx_this_tests.setup)
    themed.write(
        "docs/conf.py", 'extensions = ["sphinx.ext.autodoc", "sphinx_copybutton", "sphinx_this_tests"]\n'
    )

    section = themed.build().section("sample.degree")

    assert f"pytest {DEGREE}" in [block.text for block in section.select("div.highlight pre")]


@pytest.mark.browser
@pytest.mark.parametrize("theme", THEMES)
def test_a_browser_folds_the_section_and_shows_what_is_in_it(themed: Site, theme: str, browser: Browser):
    this_tests(sphinx_this_tests.setup)
    built = in_theme(themed, theme, this_tests_open="all")

    said = browser.run(
        built.outdir / "index.html",
        """
        const section = document.querySelector('.this-tests[data-api="sample.degree"]');
        const row = section.querySelector(".this-tests-test");
        const height = element => Math.round(element.getBoundingClientRect().height);
        const width = document.documentElement.scrollWidth;
        say("closed", height(section));
        section.querySelector("summary").click();
        say("opened", height(section));
        const [link, box] = [row.querySelector(".this-tests-place"), section].map(element => element.getBoundingClientRect());
        say("inside", link.right <= box.right && link.left >= box.left);
        say("wide", document.documentElement.scrollWidth <= width);
        say("opaque", getComputedStyle(section).backgroundColor);
        """,
    )

    assert 0 < int(said["closed"]) < 60
    assert int(said["opened"]) > int(said["closed"]) + 100
    assert (said["inside"], said["wide"], said["opaque"]) == ("true", "true", "rgba(0, 0, 0, 0)")


@pytest.mark.browser
@pytest.mark.parametrize("theme", THEMES)
def test_the_parts_of_a_row_do_not_cover_each_other(themed: Site, theme: str, browser: Browser):
    this_tests(sphinx_this_tests.setup)
    test = f"tests/test_long.py::test_{LONG}_{LONG}"
    doc = f"A docstring that is longer than the page is wide, {'word ' * 20}and ends."
    themed.write("tests/test_long.py", f'def test_{LONG}_{LONG}():\n    """{doc}"""\n    degree()\n')
    themed.register({"sample.degree": {"declared": {DEGREE: {}, test: {}}}})
    built = in_theme(themed, theme, this_tests_limit=1, this_tests_first=[test], this_tests_open="all")

    for page in ("index.html", "_this_tests/sample.degree.html"):
        said = browser.run(
            framed(built.outdir / page, 1000),
            """
            const inner = document.querySelector("iframe").contentDocument;
            inner.querySelectorAll("details").forEach(element => (element.open = true));
            const row = [...inner.querySelectorAll(".this-tests-test")].find(element => element.dataset.test.includes("long"));
            const [summary, link] = [row.querySelector("summary"), row.querySelector(".this-tests-place")];
            const place = link.getBoundingClientRect();
            const rects = [...summary.children].flatMap(element => [...element.getClientRects()]);
            const covered = rects.filter(rect => rect.right > place.left && rect.bottom > place.top + 2 && rect.top < place.bottom - 2);
            say("parts", rects.length);
            say("covered", covered.length);
            say("below", rects[0].top - summary.getBoundingClientRect().top > 20);
            const code = row.querySelector(".this-tests-source pre");
            say("lines", getComputedStyle(code.querySelector("code") || code).whiteSpace.startsWith("pre"));
            """,
            "allow-file-access-from-files",
        )
        assert int(said["parts"]) > 4
        assert (page, said["covered"], said["below"], said["lines"]) == (page, "0", "false", "true")


@pytest.mark.browser
@pytest.mark.parametrize("theme", THEMES)
def test_numbers_stand_under_their_headings(themed: Site, theme: str, browser: Browser):
    this_tests(sphinx_this_tests.setup)
    built = in_theme(themed, theme)

    said = browser.run(
        built.outdir / "_this_tests/overview.html",
        """
        const table = document.querySelector(".this-tests-table");
        const look = cell => ["textAlign", "paddingInlineStart", "paddingInlineEnd"].map(name => getComputedStyle(cell)[name]).join(" ");
        const rows = [table.tHead.rows[0], ...table.tBodies[0].rows].map(row => [...row.cells].map(look));
        say("columns", rows[0].length);
        say("aligned", rows[0].map(cell => cell.split(" ")[0]).join(" "));
        say("same", rows.every(row => row.join() === rows[0].join()));
        """,
    )

    columns = int(said["columns"])
    assert columns > 2
    assert said["aligned"].split() == ["start"] + ["end"] * (columns - 1)
    assert said["same"] == "true"


def test_what_labels_mean_can_be_unfolded_where_they_are_shown(themed: Site):
    """A tooltip cannot be touched, or reached with the keyboard."""
    this_tests(messages.explained)
    built = themed.build(this_tests_limit=1)
    pages = ("_this_tests/overview.html", "_this_tests/files/tests-test_graphs.py.html")
    for page in (*pages, "_this_tests/sample.degree.html"):
        legend = built.soup(page).select_one("details.this-tests-legend")
        assert legend
        assert "open" not in legend.attrs
        assert legend.summary.text == "What the labels mean"
        assert f"declared: {messages.explained('declared')}" in legend.text
        assert "indirect" not in legend.text


def test_a_long_name_may_break_between_words(themed: Site):
    this_tests(template_loader.templates)
    test = "tests/test_graphs.py::TestGraph::test_add_edge_between_two_nodes_of_a_graph"
    themed.register({"sample.degree": {"declared": {test: {}}}})
    name = themed.build().section("sample.degree").select_one(".this-tests-name")
    assert str(name).replace("<wbr/>", "|").partition(">")[2] == (
        '<span class="this-tests-scope">TestGraph.</span>'
        "test_|add_|edge_|between_|two_|nodes_|of_|a_|graph</code>"
    )


@pytest.mark.browser
@pytest.mark.parametrize("shade", ["light", "dark"])
@pytest.mark.parametrize("theme", THEMES)
def test_a_marked_line_has_our_colour_and_is_marked_to_its_end(
    themed: Site, theme: str, shade: str, browser: Browser
):
    this_tests(sphinx_this_tests.setup)
    themed.write("tests/test_graphs.py", f"def test_degree():\n    assert degree({'1, ' * 99}) == 99\n")
    # Styles whose highlighted lines have a grey on which code is hard to read.
    styles = {"pygments_style": "dracula", "pygments_dark_style": "lightbulb"}
    built = in_theme(themed, theme, **styles)

    said = browser.run(
        built.outdir / "index.html",
        """
        const section = document.querySelector('.this-tests[data-api="sample.degree"]');
        section.open = true;
        const line = section.querySelector(".hll");
        const text = document.createRange();
        text.selectNodeContents(line);
        say("color", getComputedStyle(line).backgroundColor);
        say("whole", text.getBoundingClientRect().right <= line.getBoundingClientRect().right + 1);
        say("long", text.getBoundingClientRect().width > section.clientWidth);
        """,
        f"blink-settings=preferredColorScheme={int(shade == 'light')}",
    )

    assert said["color"] == "rgba(255, 190, 60, 0.2)"
    assert (said["long"], said["whole"]) == ("true", "true")


LONG = "with_a_name_that_is_far_longer_than_the_screen_of_a_telephone_is_wide"
PAGES = ("index.html", "_this_tests/overview.html", "_this_tests/sample.degree.html")


@pytest.mark.browser
# The sidebar of classic is 230 pixels wide on any screen, which leaves no room for its own text.
@pytest.mark.parametrize("theme", [theme for theme in THEMES if theme != "classic"])
def test_on_a_narrow_page_nothing_of_ours_sticks_out(themed: Site, theme: str, browser: Browser):
    this_tests(sphinx_this_tests.setup)
    test = f"tests/test_{LONG}.py::Test{LONG}::test_{LONG}"
    themed.write(
        test.partition("::")[0],
        f'class Test{LONG}:\n    def test_{LONG}(self):\n        """See example.org/{LONG}."""\n        degree()\n',
    )
    themed.write(
        f"sample/{LONG}.py", 'class Base:\n    def add_edge(self, u, v):\n        """Add an edge."""\n'
    )
    core = themed.root / "sample" / "_core.py"
    inherits = core.read_text().replace(
        "class Graph:", f"from sample.{LONG} import Base\n\nclass Graph(Base):"
    )
    core.write_text(inherits.replace("def add_edge", "def add_edges"))
    themed.register(
        {
            "sample.degree": {"declared": {DEGREE: {}, test: {}}},
            f"sample.{LONG}.Base.add_edge": {"declared": {test: {}}},
        }
    )
    built = in_theme(themed, theme, this_tests_limit=1, this_tests_first=[test])

    for page in (*PAGES, f"_this_tests/files/tests-test_{LONG}.py.html"):
        said = browser.run(
            framed(built.outdir / page, 320),
            """
            const inner = document.querySelector("iframe").contentDocument;
            inner.querySelectorAll("details").forEach(element => (element.open = true));
            const ours = [...inner.querySelectorAll('[class*="this-tests"], [class*="this-tests"] *')];
            const wide = ours.filter(element => element.getBoundingClientRect().right > 320 && !element.closest(".this-tests-source"));
            say("ours", ours.length);
            say("wide", wide.map(element => element.outerHTML.slice(0, 80)).join(" "));
            """,
            "allow-file-access-from-files",
        )
        assert int(said["ours"]) > 5
        assert (page, said["wide"]) == (page, "")

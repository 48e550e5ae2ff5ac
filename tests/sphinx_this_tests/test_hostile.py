"""Malicious registries and test sources: everything on a page is escaped, and none of it is executed."""

import json
from pathlib import Path

import pytest
from browser import Browser
from bs4 import BeautifulSoup
from sites import Built, Site

import sphinx_this_tests
from this_tests import this_tests
from this_tests.docs.snippets.snippet import Sources

BAD = "<script>alert(1)</script>"
TESTS = {
    f"tests/test_evil.py::{BAD}": {},
    f"tests/{BAD}.py::test_it": {},
    'tests/test_evil.py::"onmouseover="alert(1)': {},
    "tests/test_evil.py::test_evil": {},
    "tests/test_evil.py::`x <javascript:1>`_": {},
    "tests/test_evil.py::test_it; rm -rf ~ $(date)": {},
    "javascript:alert(1)": {},
    "{{ 7 * 7 }}": {},
    "": {},
    "::::": {},
    "tests/test_evil.py::" + "x" * 10_000: {},
    "tests/\u202etest.py::\x07\ud7ff": {},
}
SOURCE = '''
def test_evil():
    """</code><img src=x onerror=alert(1)> **bold** `link <javascript:alert(1)>`_ |subst| {{ 7 * 7 }}"""
    degree("</pre><script>alert(2)</script>")
'''


def known_as(names: list[str]) -> str:
    """Return a page of methods with other names in the registry, to which each then gives a note."""
    methods = (
        f".. py:method:: sample.Known{number}.m{number}()\n   :canonical: {name}\n\n"
        for number, name in enumerate(names)
    )
    return f":orphan:\n\nKnown\n=====\n\n{''.join(methods)}"


@pytest.fixture
def evil(site: Site) -> Site:
    site.add("pages.txt")
    site.write("docs/known.rst", known_as([f"sample.{BAD}", f"sample.{BAD}.of"]))
    site.write("tests/test_evil.py", SOURCE)
    site.register(
        {
            "sample.degree": {"declared": TESTS},
            f"sample.{BAD}": {"declared": TESTS},
            "sample.Base.add_edge": {
                "declared": {f"tests/test_evil.py::{BAD}": {}},
            },
            f"sample.{BAD}.of": {"declared": TESTS},
        },
        {"tests/test_evil.py::test_evil": {"outcome": "xfailed", "markers": [BAD, '"><b>']}},
    )
    return site


def dangers(page: BeautifulSoup) -> list[str]:
    """Return the elements of a page that can only come from unescaped text."""
    ours = page.select(".this-tests, .this-tests-all")
    return [
        str(element)
        for section in ours
        for element in section.find_all(True)
        if element.name in {"script", "img", "b", "iframe"}
        or any(name.startswith("on") for name in element.attrs)
        or str(element.get("href", "")).lower().startswith(("javascript", "data"))
    ]


def build(site: Site, **settings: object) -> Built:
    return site.build(
        this_tests_source_url="https://example.org/{path}#L{line}",
        suppress_warnings=["this_tests"],
        **settings,
    )


@pytest.mark.parametrize("limit", [5, 50])
def test_what_is_hostile_is_text_on_a_page(evil: Site, limit: int):
    this_tests("this_tests.docs.template_loader.templates")
    built = build(evil, this_tests_limit=limit)

    assert built.warnings == ""
    for path in built.outdir.rglob("*.html"):
        assert dangers(built.soup(str(path))) == []
        assert "alert(1)</script>" not in path.read_text().replace("&lt;", "<") or BAD not in path.read_text()
        assert "49" not in built.soup(str(path)).get_text()


def test_a_script_finds_the_node_ids_as_they_are(evil: Site):
    this_tests(sphinx_this_tests.setup)
    built = build(evil, this_tests_limit=50)
    assert set(built.tests("sample.degree", "degree.html")) == set(TESTS)


def test_the_command_is_one_word_for_a_shell(evil: Site):
    this_tests("this_tests.docs.content.section.Sections.of")
    built = build(evil, this_tests_limit=50)
    commands = [
        command.text
        for command in built.section("sample.degree", "degree.html").select(".this-tests-command pre")
    ]
    assert "pytest 'tests/test_evil.py::test_it; rm -rf ~ $(date)'" in commands


@pytest.mark.slow
@pytest.mark.parametrize("builder", ["text", "latex", "man", "epub", "singlehtml", "xml"])
def test_other_builders_take_it_too(evil: Site, builder: str):
    this_tests("sphinx_this_tests.render.plain.plain")
    extra = {"man_pages": [("index", "sample", "sample", "", 1)], "version": "1", "copyright": "A"}
    built = evil.build(builder, suppress_warnings=["this_tests"], this_tests_limit=50, **extra)
    assert built.warnings == ""


@pytest.mark.slow
def test_markup_in_a_docstring_is_neither_parsed_nor_a_link(evil: Site):
    this_tests("sphinx_this_tests.render.plain.plain")
    text = evil.build("text", suppress_warnings=["this_tests"], this_tests_limit=50).page("degree.txt")
    assert "onerror=alert(1)> **bold** link subst {{ 7 * 7 }}" in " ".join(text.split())
    html = evil.build(suppress_warnings=["this_tests"], this_tests_limit=50).section(
        "sample.degree", "degree.html"
    )
    assert {str(doc) for doc in html.select(".this-tests-doc")} == {
        '<span class="this-tests-doc">&lt;/code&gt;&lt;img src=x onerror=alert(1)&gt; '
        "<strong>bold</strong> link subst {{ 7 * 7 }}</span>"
    }


# Scripts that run leave a mark; a file that is read contains the secret.
MARK = "document.documentElement.setAttribute('data-ran', 1)"
SECRET = "the-secret-beside-the-project"
SCRIPTS = (
    f"<script>{MARK}</script>",
    f"</code></pre></details></script><script>{MARK}</script>",
    f'<img src=x onerror="{MARK}">',
    f'<svg onload="{MARK}"></svg>',
    f'<iframe srcdoc="<script>top.{MARK}</script>"></iframe>',
    f'" onmouseover="{MARK}" onfocus="{MARK}" autofocus tabindex="0',
    f"' onmouseover='{MARK.replace(chr(39), chr(34))}",
    f"--><script>{MARK}</script>",
    f"]]><script>{MARK}</script>",
    f'<a href="javascript:{MARK}">x</a>',
    f"`x <javascript:{MARK}>`_",
    f"javascript:{MARK}//",
    f"data:text/html,<script>top.{MARK}</script>",
    f"\n\n.. raw:: html\n\n   <script>{MARK}</script>\n",
    f".. raw:: html <script>{MARK}</script>",
    "\n\n.. include:: {secret}\n",
    "\n\n.. literalinclude:: {secret}\n",
    ".. include:: {secret}",
    "\n\n.. csv-table::\n   :file: {secret}\n",
    ":download:`{secret}`",
    "{% include '{secret}' %}",
    "{{ self.__init__.__globals__.__builtins__.open('{secret}').read() }}",
    "|secret|",
)


@pytest.fixture
def scripted(site: Site) -> Site:
    """A site whose registry and test files have a script, or a path out of the project, wherever text is allowed."""
    secret = site.write("../secret.py", f"def test_it():\n    '{SECRET}'\n")
    words = [script.replace("{secret}", str(secret)) for script in SCRIPTS]
    site.add("pages.txt")
    site.write("docs/known.rst", known_as([f"sample.{word}" for word in words if "\n" not in word]))
    (site.root / "tests" / "link.py").symlink_to(secret)
    (site.root / "linked").symlink_to(secret.parent)
    outside = ("tests/link.py", "linked/secret.py", "../secret.py", str(secret), f"file://{secret}")
    ran = f"open({str(site.root / 'ran')!r}, 'w')\n"
    tests = [
        f"def test_{number}():\n    {word.strip()!r}\n    sample.degree({word!r})\n"
        for number, word in enumerate(words)
    ]
    site.write("tests/conftest.py", ran)
    site.write("tests/test_evil.py", f"{words[0]!r}\n{ran}{''.join(tests)}")
    declared = {
        **{f"tests/test_evil.py::test_{number}": {} for number in range(len(words))},
        **{f"tests/test_evil.py::{word}": {} for word in words},
        **{f"tests/{word}.py::test_it": {} for word in words},
        **{f"{path}::test_it": {} for path in outside},
        **{word: {} for word in words},
    }
    site.register(
        {
            "sample.degree": {"declared": declared},
            **{f"sample.{word}": {"declared": declared} for word in words},
        },
        {test: {"outcome": "xfailed", "markers": words} for test in declared},
    )
    return site


@pytest.mark.browser
@pytest.mark.slow
def test_no_script_runs_in_a_browser(scripted: Site, browser: Browser):
    """Neither when a page is loaded, nor when all of it is expanded, hovered, focused and clicked."""
    this_tests(sphinx_this_tests.setup)
    built = build(scripted, this_tests_limit=200)
    pages = {path.relative_to(built.outdir).as_posix() for path in built.outdir.rglob("*.html")}

    assert {"degree.html", "genindex.html", "_this_tests/files/tests-test_evil.py.html"} <= pages
    assert ran_in(browser, built.outdir, pages) == []


@pytest.mark.browser
@pytest.mark.slow
def test_each_script_would_run_if_it_were_not_text(tmp_path: Path, browser: Browser):
    """Otherwise the test above would prove nothing."""
    this_tests("na")
    live = [script for script in SCRIPTS if script.startswith(("<", "-->", "]]>", '" '))]
    for number, script in enumerate(live):
        text = f'<div title="{script}">' if script.startswith('" ') else script
        (tmp_path / f"{number}.html").write_text(f"<!DOCTYPE html><html><body>{text}</body></html>")
    assert ran_in(browser, tmp_path, {f"{number}.html" for number in range(len(live))}) == sorted(
        f"{number}.html" for number in range(len(live))
    )


def ran_in(browser: Browser, folder: Path, pages: set[str]) -> list[str]:
    """Return the pages in which an injected script ran while everything was tried, each in a frame."""
    frames = folder / "frames.html"
    frames.write_text("<!DOCTYPE html><html><body></body></html>", encoding="utf-8")
    said = browser.run(
        frames,
        f"""
        const mark = "data-ran", ran = [], root = document.documentElement;
        const frame = document.body.appendChild(document.createElement("iframe"));
        const wait = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));
        for (const page of {json.dumps(sorted(pages))}) {{
            root.removeAttribute(mark);
            await new Promise(resolve => {{
                frame.onload = resolve;
                frame.src = page.split("/").map(encodeURIComponent).join("/");
            }});
            const inside = frame.contentDocument;
            inside.addEventListener("submit", event => event.preventDefault());
            inside.addEventListener("click", event =>
                /^(https?|file):/.test(event.target.closest("a")?.href) && event.preventDefault());
            for (const element of inside.querySelectorAll("details")) element.open = true;
            for (const element of inside.querySelectorAll("body *")) {{
                for (const kind of ["mouseover", "focus"]) element.dispatchEvent(new Event(kind));
                if (element.matches("a, button")) element.click();
            }}
            await wait(50);
            if (root.hasAttribute(mark) || frame.contentDocument?.documentElement.hasAttribute(mark)) ran.push(page);
        }}
        say("ran", JSON.stringify(ran));
        """,
        # Otherwise frames are not accessible, because each file is an origin of its own.
        "allow-file-access-from-files",
        "disable-web-security",
        "virtual-time-budget=60000",
    )
    return list(json.loads(said["ran"]))


@pytest.mark.slow
@pytest.mark.parametrize("builder", ["html", "dirhtml", "text", "latex", "xml"])
def test_no_build_runs_a_test_file_or_reads_beside_the_project(scripted: Site, builder: str):
    this_tests(sphinx_this_tests.setup, Sources.test)
    built = scripted.build(builder, suppress_warnings=["this_tests"], this_tests_limit=200)
    written = [path for path in built.outdir.rglob("*") if path.is_file()]
    assert written
    assert [path for path in written if SECRET.encode() in path.read_bytes()] == []
    assert not (scripted.root / "ran").exists()


def test_a_hostile_library_ends_no_build_and_is_not_left(site: Site):
    """Files outside of the project, too large, or without valid Python are not shown."""
    this_tests(
        Sources.test, "sphinx_this_tests.inputs.Inputs.library", "this_tests.source.origins.Origins.of"
    )
    class_of = "class Heir(Base): ...\nclass Base:\n    def m(self): ...\n"
    outside = site.write("../outside/module.py", class_of)
    (site.root / "sample" / "linked.py").symlink_to(outside)
    (site.root / "sample" / "folder").symlink_to(outside.parent)
    (site.root / "sample" / "circle.py").symlink_to("circle.py")
    site.write("sample/large.py", class_of + "#" * (4 << 20))
    site.write("sample/broken.py", f"{class_of}(")
    site.write("sample/ran.py", f"{class_of}open({str(site.root / 'ran')!r}, 'w')\n")
    modules = ("linked", "folder.module", "circle", "large", "broken", "ran", "missing")
    site.write("docs/conf.py", 'extensions = ["sphinx_this_tests"]\n')
    lines = "".join(f".. py:method:: sample.{module}.Heir.m()\n" for module in modules)
    site.write("docs/index.rst", f"Reference\n=========\n\n{lines}")
    site.declare(**{f"{module}.Base.m": "tests/test_graphs.py::test_degree" for module in modules})

    built = site.build(suppress_warnings=["this_tests.unknown_name"])

    assert built.warnings == ""
    assert [name for name in built.sections() if built.tests(name)] == ["sample.ran.Heir.m"]
    assert not (site.root / "ran").exists()
    assert written_again(site) == []


def written_again(site: Site) -> list[str]:
    return site.build(suppress_warnings=["this_tests.unknown_name"]).written

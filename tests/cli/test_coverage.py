"""``this-tests coverage``: API, table, other formats, badge."""

import json
import re
import subprocess
import sys
import zlib
from xml.etree import ElementTree as ET

import pytest
from bs4 import BeautifulSoup
from observing import store, store_proofs

from this_tests import Entry, Link, Registry, this_tests
from this_tests.registry.model import Observed
from this_tests.source.public_api import public_callables

pytestmark = pytest.mark.this_tests(
    target=[
        "this_tests.cli",
        "this_tests.registry.coverage",
        "this_tests.source.public_api",
        "this_tests.report",
    ]
)

TEST = "tests/test_it.py::test_it"
MIXED = Registry(
    callables={
        "mylib.Thing": Entry(declared={TEST: Link()}, observed=Observed(1, 1, {TEST: Link(direct=True)})),
        "mylib.Thing.run": Entry(observed=Observed(1, 1, {TEST: Link(direct=True)})),
        "mylib.add": Entry(observed=Observed(1, 0, {TEST: Link()})),
        "mylib.subtract": Entry(inferred={TEST: Link()}),
    }
)


@pytest.fixture
def mixed(project):
    """Return a project with each kind of evidence."""
    store(project, MIXED)
    return project


def states(result):
    return {name: row["state"] for name, row in json.loads(result.stdout)["callables"].items()}


def test_the_public_callables_are_found_in_the_sources(mixed, command):
    assert states(command("coverage", "--format", "json")) == {
        "mylib.Thing": "declared",
        "mylib.Thing.run": "direct",
        "mylib.Thing.shared": "none",
        "mylib.Thing.size": "none",
        "mylib.add": "indirect",
        "mylib.sub.deep": "none",
        "mylib.subtract": "inferred",
    }


def test_the_table_has_a_line_for_each_module_and_one_for_all(mixed, command):
    result = command("coverage")
    assert (result.returncode, result.stderr) == (0, "")
    rows = [line.split() for line in result.stdout.splitlines() if line.strip(" ─")]
    assert rows == [
        ["module", "declared", "direct", "indirect", "inferred", "none", "tested"],
        ["mylib", "1", "1", "1", "1", "2", "50%"],
        ["mylib.sub", "1", "0%"],
        ["all", "1", "1", "1", "1", "3", "43%"],
        [
            "7",
            "callables,",
            "43%",
            "with",
            "tests:",
            "1",
            "declared,",
            "1",
            "direct,",
            "1",
            "indirect,",
            "1",
            "inferred,",
            "3",
            "none.",
        ],
        ["Without", "tests:"],
        ["mylib.Thing.shared"],
        ["mylib.Thing.size"],
        ["mylib.sub.deep"],
    ]


def test_the_table_lists_ten_callables_without_tests_and_how_to_list_all(mixed, command):
    mixed.write({"mylib/many.py": "".join(f"def f{number:02}(): ...\n" for number in range(12))})
    listed = command("coverage").stdout.partition("Without tests:\n")[2].splitlines()
    names = ["mylib.Thing.shared", "mylib.Thing.size", *(f"mylib.many.f{number:02}" for number in range(8))]
    assert listed == [*(f"  {name}" for name in names), "  and 5 more; --format markdown lists them all"]


@pytest.mark.parametrize("columns", [80, 66])
def test_the_table_fits_the_terminal(project, command, columns):
    long = "a_module_with_quite_a_long_name_that_no_one_would_like_to_write_out_by_hand_every_day"
    project.write({f"mylib/{long}.py": "def f(): ...\n"})
    store(project, MIXED)
    table, _, names = command("coverage", COLUMNS=str(columns)).stdout.partition("8 callables")
    assert max(len(line) for line in table.splitlines()) <= columns
    assert "0%" in table
    assert f"  mylib.{long}.f" in names.splitlines()  # Whole, to be copied.


def test_an_inventory_lists_the_documented_names(mixed, command):
    mixed.configure('library = ["mylib"]\ninventory = ["objects.inv"]')
    lines = [
        "mylib py:module 0 index.html#module-$ -",
        "mylib.Thing py:class 1 index.html#$ -",
        "mylib.Thing.run py:method 1 index.html#$ -",
        "mylib._impl.subtract py:function 1 index.html#$ -",
        "mylib.LIMIT py:data 1 index.html#$ -",
    ]
    head = "# Sphinx inventory version 2\n# Project: x\n# Version: 1\n# The remainder is compressed.\n"
    body = zlib.compress("\n".join(lines).encode())
    (mixed.root / "objects.inv").write_bytes(head.encode() + body)
    result = command("coverage", "--format", "json")
    assert states(result) == {
        "mylib.Thing": "declared",
        "mylib.Thing.run": "direct",
        "mylib._impl.subtract": "inferred",
    }
    assert json.loads(result.stdout)["callables"]["mylib.Thing.run"]["module"] == "mylib"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--fail-under", "42"), 0),
        (("--fail-under", "43"), 1),
        (("--fail-under", "28", "--least", "direct"), 0),
        (("--fail-under", "15", "--least", "declared"), 1),
        (("--fail-under", "57", "--least", "inferred"), 0),
        (("--fail-under", "101"), 2),
    ],
)
def test_fail_under_counts_the_evidence_that_is_asked_for(mixed, command, options, code):
    result = command("coverage", *options)
    assert result.returncode == code
    assert ("--fail-under requires" in result.stderr) == (code == 1)


def test_markdown_has_a_table_and_folds_what_has_no_tests(mixed, command):
    lines = command("coverage", "--format", "markdown").stdout.splitlines()
    assert lines[2:7] == [
        "| module | declared | direct | indirect | inferred | none | tested |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        "| `mylib` | 1 | 1 | 1 | 1 | 2 | 50% |",
        "| `mylib.sub` | 0 | 0 | 0 | 0 | 1 | 0% |",
        "| all | 1 | 1 | 1 | 1 | 3 | 43% |",
    ]
    assert lines[8:] == [
        "<details><summary>3 callables without tests</summary>",
        "",
        "- `mylib.Thing.shared`",
        "- `mylib.Thing.size`",
        "- `mylib.sub.deep`",
        "",
        "</details>",
    ]


@pytest.mark.slow
def test_html_is_one_page_that_loads_nothing(mixed, command):
    page = BeautifulSoup(command("coverage", "--format", "html").stdout, "html.parser")
    rows = [[cell.text for cell in row.find_all("td")] for row in page.find("table").find_all("tr")]
    assert rows[1:] == [
        ["mylib", "1", "1", "1", "1", "2", "50%"],
        ["mylib.sub", "0", "0", "0", "0", "1", "0%"],
    ]
    assert page.find(id="mylib.sub").find("tbody").get_text(" ").split() == ["mylib.sub.deep", "none", "0"]
    assert not page.find_all(["script", "link", "img"])
    assert not re.search(r"https?:", str(page))


@pytest.mark.parametrize(("least", "text"), [("indirect", "43%"), ("declared", "14%")])
def test_a_badge_is_an_image_without_a_network(mixed, command, least, text):
    command("coverage", "--badge", "api.svg", "--least", least)
    root = ET.parse(mixed.root / "api.svg").getroot()
    name = "{http://www.w3.org/2000/svg}"
    assert root.tag == f"{name}svg"
    assert root.find(f"{name}title").text == f"API tested: {text}"
    assert "href" not in (mixed.root / "api.svg").read_text()


@pytest.mark.slow
def test_coverage_without_a_registry_or_a_library_could_not_run(project, command):
    result = command("coverage")
    assert (result.returncode, "no such file; pytest writes it once" in result.stderr) == (2, True)
    project.configure('library = ["nothing_of_that_name"]')
    result = command("coverage")
    assert result.returncode == 2
    assert result.stderr == "this-tests: library: no public callable found in nothing_of_that_name\n"
    (project.root / "pyproject.toml").write_text("")
    result = command("coverage")
    assert (result.returncode, "the library under test is not known" in result.stderr) == (2, True)


def test_the_sources_give_aliases_stars_and_lists(tmp_path):
    files = {
        "__init__.py": "from .a import *\nfrom ._b import g as h\nfrom .c import Kept\n__version__ = '1'\n",
        "a.py": "__all__ = ['f']\n__all__ += ['k']\ndef f(): ...\ndef hidden(): ...\nk = f\nif True:\n    def k(): ...\n",
        "_b.py": "import os\ndef g(): ...\nclass _Private: ...\n",
        "c.py": "class Kept:\n    def go(self): ...\n    def _no(self): ...\n    @property\n    def size(self): ...\n",
        "tests/test_c.py": "def test_it(): ...\n",
        "broken.py": "def (",
    }
    for name, text in files.items():
        path = tmp_path / "lib" / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text)
    found = {function.name: function.aliases for function in public_callables({"lib": tmp_path / "lib"})}
    assert found == {
        "lib.Kept": ("lib.c.Kept",),
        "lib.Kept.go": ("lib.c.Kept.go",),
        "lib.Kept.size": ("lib.c.Kept.size",),
        "lib.a.f": ("lib.f",),
        "lib.a.k": ("lib.k",),
        "lib.h": (),
    }


@pytest.mark.slow
def test_coverage_the_check_and_the_overview_count_the_same(project, command):
    """Whether the sources decide or the docs' own inventory."""
    pytest.importorskip("sphinx")
    project.write(
        {
            "mylib/core/__init__.py": "def used(): return 1\ndef offered(): return 1\n",
            "mylib/more.py": "from typing import Any\ndef extra(): return 1\n",
            "tests/test_it.py": "def test_it(): ...\n",
            "mylib/__init__.py": (project.root / "mylib/__init__.py").read_text()
            + "from .core import offered\nfrom pathlib import Path\n__all__ += ['offered', 'Path']\n",
        }
    )
    store(project, MIXED)
    counted = states(command("coverage", "--format", "json"))
    assert {"mylib.offered", "mylib.more.extra"} <= counted.keys()
    assert not {"mylib.core.used", "mylib.Path", "mylib.more.Any"} & counted.keys()

    docs = {
        "conf.py": "extensions = ['sphinx_this_tests']\n",
        "index.rst": "API\n===\n\n"
        + "".join(f".. py:{kind(name)}:: {name}\n\n" for name in sorted(counted))
        + ".. py:data:: mylib.LIMIT\n\n.. py:method:: mylib.Thing.__init__\n",
    }
    project.write({f"docs/{name}": text for name, text in docs.items()})
    build = [sys.executable, "-m", "sphinx", "-q", "-b", "html", "docs", "out"]
    built = subprocess.run(build, cwd=project.root, capture_output=True, text=True, check=False)
    assert built.stderr == ""
    page = BeautifulSoup((project.root / "out/_this_tests/overview.html").read_text(), "html.parser")
    rows = {row["data-api"] for row in page.select("tr[data-api]")}
    command("check", "--write-baseline")
    baseline = (project.root / "this-tests-baseline.json").read_text()
    untested = {name for name, state in counted.items() if state == "none"}
    reported = set(re.findall(r"mylib\.[\w.]+", baseline))
    project.configure('library = ["mylib"]\ninventory = ["out/objects.inv"]')
    listed = states(command("coverage", "--format", "json")).keys()
    assert (rows, reported, listed) == (counted.keys(), untested, counted.keys())


def kind(name):
    if name == "mylib.Thing":
        return "class"
    return "method" if name.startswith("mylib.Thing.") else "function"


@pytest.fixture
def proven(project, command):
    """Return a project in which it is proven that a test notices what `add` does, and its coverage before."""
    project.configure('library = ["mylib"]\nmissing = "ignore"')
    project.tests("def test_add(): assert mylib.add(1, 2) == 3\ndef test_subtract(): mylib.subtract(2, 1)\n")
    assert project.run_apart("--this-tests-observe").ret == 0
    before = {
        form: command("coverage", "--format", form).stdout for form in ("text", "json", "markdown", "html")
    }
    store_proofs(
        project.root, {"mylib._impl:add": ["tests/test_it.py::test_add"]}, {"mylib._impl:add": "mylib.add"}
    )
    return project, before


def test_what_is_proven_has_a_column(proven, command):
    this_tests("this_tests.registry.coverage.cover", "this_tests.cli.coverage")
    text = command("coverage").stdout
    assert text.split("\n")[0].split()[:3] == ["module", "proven", "declared"]
    assert [line.split()[:2] for line in text.split("\n") if line.split()[:1] in (["mylib"], ["all"])] == [
        ["mylib", "1"],
        ["all", "1"],
    ]
    found = json.loads(command("coverage", "--format", "json").stdout)
    assert found["proven"] == 1
    assert {name: row["proven"] for name, row in found["callables"].items() if row["proven"]} == {
        "mylib.add": 1
    }
    assert "| module | proven | declared |" in command("coverage", "--format", "markdown").stdout
    page = command("coverage", "--format", "html").stdout
    assert '<th scope="col">tests</th><th scope="col">proven</th>' in page
    assert '<th scope="col">module</th><th scope="col">proven</th>' in page


@pytest.mark.parametrize("form", ["text", "json", "markdown", "html"])
def test_without_a_proof_that_holds_the_coverage_is_as_before(proven, command, form):
    this_tests("this_tests.prove.proven.Proven.of")
    project, before = proven
    assert command("coverage", "--format", form).stdout != before[form]
    source = project.root / "mylib/_impl.py"
    source.write_text(source.read_text().replace("a + b", "b + a"))
    assert command("coverage", "--format", form).stdout == before[form]

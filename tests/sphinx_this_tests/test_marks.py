"""The benchmark command that scores marked lines, and its labels."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sites import Site

from this_tests import this_tests
from this_tests.docs.content.section import Sections

pytestmark = pytest.mark.slow

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
LABELS = BENCHMARKS / "data" / "marks.json"
DEGREE = {"callable": "sample.degree", "test": "tests/test_graphs.py::test_degree", "standing": "declared"}
DENSITY = {"callable": "sample.density", "test": "tests/test_graphs.py::test_density", "standing": "declared"}


@pytest.fixture
def documented(site: Site) -> Site:
    """A project with two tests, each of which calls a documented function in one line."""
    site.declare(degree=DEGREE["test"], density=DENSITY["test"])
    site.write("docs/conf.py", 'project = "sample"\nextensions = ["sphinx_this_tests"]\n')
    names = (".. py:function:: sample.degree", ".. py:function:: sample.density")
    site.write("docs/index.rst", "Sample\n======\n\n" + "\n\n".join(names) + "\n")
    return site


def run(site: Site, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(BENCHMARKS / "marks.py"), f"sample={site.root}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def score(site: Site, *rows: dict[str, object]) -> subprocess.CompletedProcess[str]:
    same = {"site": "sample", "draw": "random", "path": "tests/test_graphs.py"}
    content = {"sites": {}, "rows": [{**same, "calls": [], "also": [], **row} for row in rows]}
    return run(site, "--list", "--labels", str(site.write("labels.json", json.dumps(content))))


def test_marks_are_right_where_the_labels_have_the_line(documented: Site):
    this_tests(Sections.of)
    done = score(
        documented,
        {**DEGREE, "calls": [[18, 'assert degree(Graph(), "a") == 0']]},
        {**DENSITY, "calls": [[22, "graph = Graph()"]]},
    )
    assert done.stderr == ""
    assert "| sample | random | 2 | 2 | 1 | 1 | 50.0 % | 2 | 1 | 50.0 % | 0 | 0 | 1 | 0 |" in done.stdout
    assert done.stdout.partition("\nsample, random\n")[2].splitlines() == [
        "no mark   sample.density  tests/test_graphs.py::test_density",
        "wrong     sample.density  tests/test_graphs.py::test_density:23: assert sample.density(graph) == 0.0",
        "unmarked  sample.density  tests/test_graphs.py::test_density:22: graph = Graph()",
    ]


def test_a_row_that_no_section_has_is_gone(documented: Site):
    this_tests(Sections.of)
    done = score(documented, {**DEGREE, "callable": "sample.no_more"})
    assert "| sample | random | 1 | 0 | 0 | 0 | - | 0 | 0 | - | 0 | 0 | 0 | 1 |" in done.stdout


def test_a_checkout_with_other_lines_is_refused(documented: Site):
    this_tests(Sections.of)
    done = score(documented, {**DEGREE, "calls": [[17, 'assert degree(Graph(), "a") == 0']]})
    assert "tests/test_graphs.py:17 is not" in done.stderr


def test_rows_are_drawn_without_labels(documented: Site):
    this_tests(Sections.of)
    rows = [json.loads(line) for line in run(documented, "--sample").stdout.splitlines()]
    same = {"site": "sample", "draw": "random", "path": "tests/test_graphs.py", "calls": [], "also": []}
    assert rows == [{**same, **DEGREE}, {**same, **DENSITY}]


def test_each_row_is_labelled_once_and_in_order():
    this_tests(Sections.of)
    labels = json.loads(LABELS.read_text(encoding="utf-8"))
    keys = [(row["site"], row["draw"], row["callable"], row["test"]) for row in labels["rows"]]
    assert keys == sorted(set(keys))
    assert {site for site, *_ in keys} == set(labels["sites"])
    assert all(len(text) <= 60 for row in labels["rows"] for _, text in [*row["calls"], *row["also"]])

"""How often the lines that a section marks are calls of its callable, against lines labelled by hand.

    python benchmarks/marks.py attrs=CHECKOUT click=CHECKOUT …

CHECKOUT holds a project at the commit that ``benchmarks/data/marks.json`` names, after a run with
``pytest --this-tests-observe`` there; this Python has the packages that its documentation needs. Its
pages are read, but not written, and nothing is written into the checkout.

Each row of ``marks.json`` is one test that a section showed among its first five, drawn by ``--sample``,
which does not look at marks. Somebody read the test, and noted

- ``calls``: the lines in which the test's own code calls the callable: where its name, or another name for
  it, stands in a call, a decorator or a class body, where a property is read, and where it is passed to
  what calls it in the same statement, such as ``pytest.raises(Error, f)``, ``map(f, items)`` and
  ``parametrize``;
- ``also``: the lines that are right, but not required: they use a helper or a fixture of the tests that
  calls it, or name it without a call, as in a list, in ``name = callable`` and in ``raises(Error)``.

A namesake is neither, nor is the method of a subclass that overrides the callable. A line has its number
and the beginning of its text, so that another version of the file is noticed.

The first draw is from all rows. The second is from those that are ``hard``: the test has the callable's
last name after several receivers (``runner.invoke`` and ``ctx.invoke``), or it is direct and does not have
the name, or it is indirect and does. Each has a score of its own.

Printed for each project and draw:

- marks: the lines marked in the labelled rows; right: those of them that are labelled; wrong: the others;
- direct: the rows with ``calls``; marked: those of them with a right mark;
- others: the rows with only ``also``; marked: those of them with a right mark;
- unmarked: the lines of ``calls`` that their row shows, and does not mark;
- gone: the labelled rows that no section has any more; they count nowhere else.
"""

import argparse
import ast
import json
import os
import random
import sys
import tempfile
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.tags import Tags

from sphinx_this_tests import inputs
from sphinx_this_tests.build import Build
from this_tests.docs.content.section import SectionRow
from this_tests.docs.snippets.snippet import Snippet

DATA = Path(__file__).parent / "data" / "marks.json"
EXTENSION = "sphinx_this_tests"
ELLIPSIS = "# …"
# How much of a line is noted.
NOTED = 60
# How many rows a section shows by default.
FIRST = 5
# Of a labelled row that others now precede, the marks count as before.
ALL = 1_000_000
HEADS = (
    *("Rows", "Marks", "Right", "Wrong", "Share"),
    *("Direct", "Marked", "Share", "Others", "Marked", "Unmarked", "Gone"),
)
SEED = 20261130
ROWS, DIRECT_ROWS, HARD_ROWS, PER_CALLABLE = 75, 63, 25, 2

RANDOM, HARD = "random", "hard"
ALL_SITES = "all"

# The number of a line, from 1, and the beginning of its text.
Line = tuple[int, str]


@dataclass(frozen=True)
class Row:
    """A row of a section, with its labels.

    Attributes:
        draw: ``random`` or ``hard``.
        path: The file that defines the test, from the project's root.
        calls: The lines that call the callable.
        also: The other lines that may be marked.
    """

    site: str
    draw: str
    callable: str
    test: str
    standing: str
    path: str
    calls: Sequence[Line] = ()
    also: Sequence[Line] = ()

    @property
    def right(self) -> set[int]:
        """The lines that may be marked."""
        return {number for number, _ in (*self.calls, *self.also)}


@dataclass(frozen=True)
class Shown:
    """A row as the extension shows it: the lines of the file, from 1.

    Attributes:
        end: The last line of the test.
        lines: The lines in the snippet.
        marked: Those of them that are marked.
    """

    callable: str
    test: str
    standing: str
    path: str
    end: int
    lines: Sequence[int]
    marked: Sequence[int]


@dataclass
class Score:
    """What is counted of the rows of one draw, and the lines to look at."""

    rows: int = 0
    marks: int = 0
    right: int = 0
    direct: int = 0
    direct_marked: int = 0
    others: int = 0
    others_marked: int = 0
    unmarked: int = 0
    gone: int = 0
    listed: list[str] = field(default_factory=list)

    def add(self, row: Row, shown: Shown | None, lines: Sequence[str]) -> None:
        """Count a row; *lines* are those of its file."""
        self.rows += 1
        if shown is None:
            self.gone += 1
            self._list("gone", row)
            return
        self.direct += bool(row.calls)
        self.others += bool(row.also and not row.calls)
        right = row.right & set(shown.marked)
        self.marks += len(shown.marked)
        self.right += len(right)
        self.direct_marked += bool(right and row.calls)
        self.others_marked += bool(right and not row.calls)
        if row.right and not right:
            self._list("no mark", row)
        for number in sorted(set(shown.marked) - row.right):
            self._list("wrong", row, number, lines[number - 1])
        for number, text in row.calls:
            if number in shown.lines and number not in shown.marked:
                self.unmarked += 1
                self._list("unmarked", row, number, text)

    def cells(self) -> tuple[object, ...]:
        """Return the cells of the table."""
        return (
            *(self.rows, self.marks, self.right, self.marks - self.right, _share(self.right, self.marks)),
            *(self.direct, self.direct_marked, _share(self.direct_marked, self.direct)),
            *(self.others, self.others_marked, self.unmarked, self.gone),
        )

    def _list(self, what: str, row: Row, number: int = 0, text: str = "") -> None:
        place = f":{number}: {text.strip()}" if number else ""
        self.listed.append(f"{what:8}  {row.callable}  {row.test}{place}")


def main() -> None:
    """Print the table, or draw rows."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sites", nargs="*", metavar="SITE=CHECKOUT")
    parser.add_argument("--list", action="store_true", help="also print what is wrong, and what is missing")
    parser.add_argument("--sample", action="store_true", help="print rows to label, as JSON, one a line")
    parser.add_argument("--labels", type=Path, default=DATA, help="the labels, if not ours")
    arguments = parser.parse_args()
    checkouts = {site: Path(folder).resolve() for site, _, folder in map(_halves, arguments.sites)}
    if not checkouts:
        print("marks.py needs checkouts of the labelled projects; skipped")
    elif arguments.sample:
        for site, root in checkouts.items():
            for row in sample(site, shown_by(root, FIRST), root):
                print(json.dumps(asdict(row), ensure_ascii=False))
    else:
        print_scores(checkouts, read_labels(arguments.labels), details=arguments.list)


def _halves(given: str) -> tuple[str, str, str]:
    return given.partition("=")


# The score.


def print_scores(checkouts: dict[str, Path], labels: Sequence[Row], *, details: bool) -> None:
    """Print what the extension marks in each checkout, against the labels."""
    if unknown := checkouts.keys() - {row.site for row in labels}:
        sys.exit(f"no labels for {', '.join(sorted(unknown))}")
    scores: dict[tuple[str, str], Score] = {}
    for site, root in checkouts.items():
        add_scores([row for row in labels if row.site == site], root, scores)
    print("| Site | Draw | " + " | ".join(HEADS) + " |")
    print("| --- | --- " + "| ---: " * len(HEADS) + "|")
    for (site, draw), score in sorted(scores.items(), key=lambda item: _order(*item[0])):
        print(f"| {site} | {draw} | " + " | ".join(map(str, score.cells())) + " |")
    for (site, draw), score in scores.items() if details else ():
        if site != ALL_SITES:
            print(f"\n{site}, {draw}\n" + "\n".join(score.listed))


def _order(site: str, draw: str) -> tuple[object, ...]:
    return draw != RANDOM, site == ALL_SITES, site


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def add_scores(rows: Sequence[Row], root: Path, scores: dict[tuple[str, str], Score]) -> None:
    """Add the rows of one project to *scores*, by project and draw, and those of all projects."""
    shown = {(row.callable, row.test): row for row in shown_by(root, ALL)}
    for row in rows:
        lines = (root / row.path).read_text(encoding="utf-8").splitlines()
        check(row, lines)
        for site in (row.site, ALL_SITES):
            score = scores.setdefault((site, row.draw), Score())
            score.add(row, shown.get((row.callable, row.test)), lines)


def read_labels(path: Path) -> list[Row]:
    """Return the labelled rows."""
    return [Row(**row) for row in json.loads(path.read_bytes())["rows"]]


def check(row: Row, lines: Sequence[str]) -> None:
    """Exit if a labelled line is not what it was when it was labelled."""
    for number, text in (*row.calls, *row.also):
        if number > len(lines) or lines[number - 1].strip()[:NOTED] != text:
            sys.exit(f"{row.path}:{number} is not {text!r}; the labels name the commit")


# What the extension shows.


def shown_by(root: Path, limit: int) -> list[Shown]:
    """Return the first *limit* rows of all sections of a project's documentation, page by page."""
    # In a process of its own: a documentation's conf.py changes whatever it likes.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_shown_by, root, limit).result()


def _shown_by(root: Path, limit: int) -> list[Shown]:
    os.chdir(root)
    with tempfile.TemporaryDirectory() as folder:
        return [
            _shown(row, row.snippet, name, root)
            for name, rows in _sections(_documentation(root), Path(folder), limit)
            for row in rows
            if row.snippet
        ]


def _documentation(root: Path) -> Path:
    for folder in ("docs", "doc", "docs/source", "doc/source"):
        if (root / folder / "conf.py").exists():
            return root / folder
    sys.exit(f"{root} has no conf.py in docs or doc")


def _sections(docs: Path, out: Path, limit: int) -> Iterator[tuple[str, Sequence[SectionRow]]]:
    """Yield the name and the rows of each section."""
    extensions = Config.read(docs, overrides={}, tags=Tags([])).extensions
    overrides = {
        "extensions": [*extensions, *({EXTENSION} - set(extensions))],
        "this_tests_limit": limit,
        "intersphinx_mapping": {},
    }
    app = Sphinx(docs, docs, out / "html", out / "doctrees", "html", overrides, status=None, warning=None)
    app.builder.read()
    own = Build(app, inputs.read(app)).own
    if own is None:
        sys.exit(f"{docs.parent} has no observations; run pytest --this-tests-observe there")
    for _, section in own.output.pages.primary():
        if section:
            yield section.name, section.rows


def _shown(row: SectionRow, snippet: Snippet, name: str, root: Path) -> Shown:
    lines = (root / row.path).read_text(encoding="utf-8").splitlines()
    numbers = located(snippet.text.split("\n"), lines, row.line, row.end)
    return Shown(
        callable=name,
        test=row.test,
        standing=row.standing,
        path=row.path,
        end=row.end,
        lines=[number for number in numbers if number],
        marked=sorted({numbers[call - 1] for call in snippet.calls}),
    )


def located(snippet: Sequence[str], lines: Sequence[str], line: int, end: int) -> list[int]:
    """Return the number in the file of each line of a snippet; 0 for the comments on what was left out.

    Args:
        lines: The lines of the file.
        line: The line of the test's ``def``.
        end: Its last line.
    """
    numbers: list[int] = []
    # The decorators of the test may be shown, too.
    after = _above(lines, line, snippet[0].strip())
    for run in _runs(snippet):
        if run:
            start = next(
                (at for at in range(after, end - len(run) + 2) if _texts(lines, at, len(run)) == run), 0
            )
            if not start:
                raise LookupError(f"{run[0]!r} is not in the lines {line} to {end}")
            numbers += range(start, start + len(run))
            after = start + len(run)
        else:
            numbers.append(0)
            after += 1
    return numbers


def _above(lines: Sequence[str], line: int, text: str) -> int:
    """Return the last line up to *line* with a text."""
    return next((at for at in range(line, 0, -1) if lines[at - 1].strip() == text), line)


def _texts(lines: Sequence[str], start: int, count: int) -> list[str]:
    return [text.strip() for text in lines[start - 1 : start - 1 + count]]


def _runs(snippet: Iterable[str]) -> Iterator[list[str]]:
    """Yield the lines that follow each other in the file, and an empty list for each gap."""
    run: list[str] = []
    for text in snippet:
        if text.strip() == ELLIPSIS:
            if run:
                yield run
            yield []
            run = []
        else:
            run.append(text.strip())
    if run:
        yield run


# Drawing rows.


def sample(site: str, shown: Sequence[Shown], root: Path) -> list[Row]:
    """Return rows drawn at random, and then hard ones; it does not look at their marks."""
    pool = list(shown)
    random.Random(SEED).shuffle(pool)
    direct = [row for row in pool if row.standing == "direct"]
    others = [row for row in pool if row.standing != "direct"]
    # If there are too few of one kind, there are more of the other.
    drawn = draw(direct, DIRECT_ROWS, [])
    drawn = draw((*others, *direct), ROWS, drawn)
    hard = draw((row for row in pool if row not in drawn and is_hard(row, root)), HARD_ROWS, [])
    rows = [
        Row(site, name, row.callable, row.test, row.standing, row.path)
        for name, found in ((RANDOM, drawn), (HARD, hard))
        for row in found
    ]
    return sorted(rows, key=lambda row: (row.draw, row.callable, row.test))


def draw(pool: Iterable[Shown], limit: int, drawn: Sequence[Shown]) -> list[Shown]:
    """Return *drawn* with the first rows of *pool*, up to *limit*, and few of each callable."""
    found = list(drawn)
    counts = Counter(row.callable for row in drawn)
    for row in pool:
        if len(found) < limit and row not in found and counts[row.callable] < PER_CALLABLE:
            found.append(row)
            counts[row.callable] += 1
    return found


def is_hard(row: Shown, root: Path) -> bool:
    """Return whether the names in a test leave open which of them are the callable, or whether any is."""
    lines = (root / row.path).read_text(encoding="utf-8").splitlines()
    test = ast.parse(textwrap.dedent("\n".join(lines[min(row.lines) - 1 : row.end])))
    last = row.callable.rpartition(".")[2]
    names = {ast.unparse(node) for node in ast.walk(test) if _last(node) == last}
    return len(names) > 1 or bool(names) != (row.standing == "direct")


def _last(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


if __name__ == "__main__":
    main()

"""Test sites: small projects made from text files, and built by Sphinx."""

import json
import os
import posixpath
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from bs4 import BeautifulSoup, Tag
from case_files import files_of
from observing import store_observed
from sphinx.testing.util import SphinxTestApp

from this_tests.registry.model import Observed, Outcome

CASES = Path(__file__).parent / "cases"
_COLOUR = re.compile("\x1b\\[[0-9;]*m")


def files_in(case: str) -> dict[str, str]:
    """Return the files that a case holds, by their paths."""
    return files_of(CASES / case)


@dataclass(frozen=True)
class Built:
    """The output of a build.

    Attributes:
        read: The pages that were read, and `written` those that were written.
    """

    outdir: Path
    warnings: str
    status: str = ""
    read: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    env: object = field(default=None, repr=False)

    def page(self, name: str = "index.html") -> str:
        return (self.outdir / name).read_text(encoding="utf-8")

    def soup(self, name: str = "index.html") -> BeautifulSoup:
        return BeautifulSoup(self.page(name), "html.parser")

    def sections(self, name: str = "index.html") -> dict[str, Tag]:
        """Return the sections of a page by the documented name, as a reader with JavaScript sees them."""
        found = self.soup(name).select(".this-tests[data-api]")
        return {str(section["data-api"]): self.completed(section, name) for section in found}

    def completed(self, section: Tag, name: str) -> Tag:
        """Take the rows of a section from the page with all tests, as our script does when it is opened."""
        if section.has_attr("data-brief"):
            foot = section.select_one(".this-tests-foot")
            assert foot
            assert foot.a
            page = posixpath.normpath(posixpath.join(posixpath.dirname(name), str(foot.a["href"])))
            whole = self.soup(page).select_one(".this-tests-all")
            assert whole
            for first in section.select(".this-tests-test"):
                first.decompose()
            for index, row in enumerate(whole.select(".this-tests-test[id]")):
                if row.details and (index or whole["data-open"] == "none"):
                    del row.details["open"]
                for link in row.select("a[href]"):
                    link["href"] = _rebased(str(link["href"]), page, name)
                foot.insert_before(row)
        return section

    def section(self, api: str, name: str = "index.html") -> Tag:
        return self.sections(name)[api]

    def tests(self, api: str, name: str = "index.html") -> list[str]:
        """Return the node ids of the tests in a section, in order."""
        return [str(test["data-test"]) for test in self.section(api, name).select(".this-tests-test")]


def forget_sample() -> None:
    """Remove the sample package from ``sys.modules``, so that the next build imports its current source."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "sample"]:
        del sys.modules[name]


class Site:
    """A project in a folder of its own, with docs to build."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def add(self, case: str) -> dict[str, str]:
        """Write the files of a case, and return the expected output.

        Its ``evidence.json`` has what `register` takes; a registry alone means that nothing was observed.
        """
        files = files_in(case)
        for path, text in files.items():
            if path == "evidence.json":
                self.register(**json.loads(text))
            elif not path.startswith("expected/"):
                self.write(path, text)
            if path == "test_registry.json":
                self.observe({})
        return {
            path.removeprefix("expected/"): text
            for path, text in files.items()
            if path.startswith("expected/")
        }

    def register(
        self,
        callables: Mapping[str, Mapping[str, object]],
        tests: Mapping[str, Mapping[str, object]] | None = None,
    ) -> None:
        """Write a registry, and observations for what is ``observed``, and for each ``outcome`` of a test."""
        content = {"format": 1, "callables": _without(callables, "observed")}
        content["tests"] = _without(tests or {}, "outcome")
        self.write("test_registry.json", json.dumps(content))
        self.observe(
            {name: kinds["observed"] for name, kinds in callables.items() if "observed" in kinds},
            {test: info["outcome"] for test, info in (tests or {}).items() if "outcome" in info},
        )

    def observe(self, callables: Mapping[str, object], outcomes: Mapping[str, object] | None = None) -> None:
        """Replace all observations: the tests that executed *callables*, and later outcomes of tests."""
        folder = self.root / "test_observations"
        shutil.rmtree(folder, ignore_errors=True)
        if callables or outcomes:
            store_observed(
                folder,
                msgspec.convert(callables, dict[str, Observed]),
                msgspec.convert(outcomes or {}, dict[str, Outcome]),
            )

    def declare(self, **tests: str) -> None:
        """Write a registry in which each function of the sample package has one declared test."""
        self.register({f"sample.{name}": {"declared": {test: {}}} for name, test in tests.items()})

    def build(self, builder: str = "html", *, parallel: int = 0, only: str = "", **settings: object) -> Built:
        """Build the docs; the output of earlier builds is kept, as in a real project.

        Args:
            only: A page to write alone.
        """
        forget_sample()
        app = SphinxTestApp(
            builder,
            srcdir=self.root / "docs",
            builddir=self.root / "build",
            # Before Sphinx 8, types of warnings are not shown by default.
            confoverrides={"show_warning_types": True, **settings},
            parallel=parallel,
        )
        read: list[str] = []
        written: list[str] = []
        app.connect("env-before-read-docs", lambda _app, _env, names: read.extend(names))
        app.connect("doctree-resolved", lambda _app, _tree, name: written.append(name))
        try:
            app.build(filenames=[str(self.root / "docs" / only)] if only else None)
            warnings = _COLOUR.sub("", app.warning.getvalue())
            return Built(Path(app.outdir), warnings, app.status.getvalue(), read, written, app.env)
        finally:
            app.cleanup()

    def build_apart(self, **settings: object) -> Built:
        """Build the docs as HTML in a process of its own.

        Some themes change Sphinx for good, or what all builds of a process share.
        """
        conf = self.root / "docs" / "conf.py"
        with conf.open("a", encoding="utf-8") as file:
            file.writelines(f"\n{name} = {value!r}\n" for name, value in settings.items())
        outdir = self.root / "build" / "html"
        done = subprocess.run(
            [sys.executable, "-m", "sphinx", "-q", "-b", "html", conf.parent, outdir],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        )
        return Built(outdir, done.stderr)


def _rebased(url: str, page: str, origin: str) -> str:
    """Return the address on *origin* of what *url* is on *page*."""
    if "//" in url:
        return url
    there = posixpath.normpath(posixpath.join(posixpath.dirname(page), url))
    return posixpath.relpath(there, posixpath.dirname(origin))


def _without(items: Mapping[str, Mapping[str, object]], key: str) -> dict[str, dict[str, object]]:
    return {name: {kind: what for kind, what in item.items() if kind != key} for name, item in items.items()}

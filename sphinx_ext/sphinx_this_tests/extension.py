"""What happens when: Sphinx's events hand over to this object, and it to the other modules."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from this_tests import Evidence

from . import inputs, messages, placing, rebuild, render, shell, warnings
from .documented import Documented, Names, learn_defining_name, objects_in
from .domain import SuiteDomain
from .garbage import collector_paused
from .joining import Amend
from .output import Output
from .ownpages import OwnPages

__all__ = ["EVIDENCE", "Extension"]

EVIDENCE = "this-tests-evidence"

_STATIC = Path(__file__).parent / "static"
_STYLESHEET = "this-tests.css"
_SCRIPT = "this-tests.js"
_AUTODOC = "autodoc-process-docstring"


class Extension:
    """The state of one application: what its current build reads, compares and writes."""

    def __init__(self) -> None:
        self._inputs: inputs.Inputs | None = None
        self._output: Output | None = None
        self._own: OwnPages | None = None
        self._before = rebuild.Store()
        self._now = rebuild.Store()
        self._written: set[str] = set()

    def start(self, app: Sphinx) -> None:
        """Take part in what this application has: a builder of HTML, autodoc."""
        if app.builder.format == "html":
            # In front, so that a project can put a stylesheet of its own in the place of ours.
            app.config.html_static_path = [str(_STATIC), *app.config.html_static_path]
            app.add_css_file(_STYLESHEET)
            app.add_js_file(_SCRIPT, loading_method="defer")
        if _AUTODOC in app.events.events:
            app.connect(_AUTODOC, learn_defining_name)

    @collector_paused()
    def load(self, app: Sphinx, *_: object) -> None:
        """Load what the build needs, before any page is read."""
        self._inputs, self._output, self._own, self._written = inputs.read(app), None, None, set()
        _domain(app.env).whereabouts = None

    @collector_paused()
    def compare(self, app: Sphinx, env: BuildEnvironment) -> list[str]:
        """Return the pages that must be written again though their source is unchanged."""
        loaded, domain = self._inputs, _domain(env)
        if loaded and loaded.registry is not None:
            amend = _amend(app) if app.events.listeners.get(EVIDENCE) else None
            self._output = Output(loaded, app.builder, Names.of(env), loaded.registry, domain.by_hand, amend)
            self._output.addresses.check_how_to(loaded.settings.how_to_url)
            domain.whereabouts = self._own = OwnPages(self._output)
            warnings.unknown_name(self._output.join.undocumented(), loaded.path)
            warnings.unplaced(self._output.unplaced(objects_in(env)))
        if not _writes_pages(app):
            return []
        self._before = rebuild.load(_store(app))
        self._now = self._shown_now()
        return sorted(rebuild.changed(self._before.pages, self._now.pages) & env.found_docs)

    @collector_paused()
    def fill_index(self, _app: Sphinx, page: str, _template: str, context: Any, *_: object) -> None:
        """Give the tests a group of their own in the general index, after those of the letters.

        Among Sphinx's own entries they would crowd the API's names, and sorting and grouping
        them would take a good part of a build that has nothing else to do.
        """
        # Where the index is split, the same two lists make its other pages.
        if page == "genindex" and self._own and (entries := self._own.index()):
            context["genindexentries"].append((messages.text("Tests"), entries))
            context["genindexcounts"].append(len(entries))

    def insert(self, document: nodes.document, env: BuildEnvironment) -> None:
        """Put the sections into a page that is about to be written."""
        self._written.add(env.docname)
        placing.put(document, env, self._output if self._output and self._output.builder.format else None)

    def write_section(self, translator: Any, node: render.section_node) -> None:
        """Write a section into an HTML page; called in the parallel writers, too."""
        if self._output:
            translator.body.append(self._output.html(node["section"], node["page"]))
        raise nodes.SkipNode

    def write_overview(self, translator: Any, node: render.overview_node) -> None:
        """Write the overview into an HTML page."""
        if self._output:
            translator.body.append(self._output.overview_html(node["page"]))
        raise nodes.SkipNode

    def collect_pages(self, app: Sphinx) -> Iterator[shell.Collected]:
        """Yield the pages of our own that are not what they should be."""
        if not (self._own and self._own.output.addresses.has_own_pages):
            return
        yield from shell.framed(app.builder, self._own.all_tests(self._written))
        if self._now.fingerprint and self._now == self._before and self._written < app.env.found_docs:
            return
        contents = {**self._own.files(), **self._own.overview()}
        now = {page: rebuild.digest(content) for page, content in contents.items()}
        everything = self._written >= app.env.found_docs
        changed = contents if everything else rebuild.changed(self._before.own, now)
        shell.remove(app.builder, set(self._before.own) - set(now))
        yield from shell.framed(
            app.builder, {page: contents[page] for page in sorted(changed) if page in contents}
        )
        self._now = replace(self._now, own=now)

    def finish(self, app: Sphinx, exception: Exception | None) -> None:
        """Remember what the pages show, as far as they were written."""
        if exception is None and _writes_pages(app):
            rebuild.save(_store(app), rebuild.written(self._before, self._now, self._written))

    def _shown_now(self) -> rebuild.Store:
        output = self._output
        if output is None:
            return rebuild.Store()
        fingerprint = output.fingerprint()
        if fingerprint and fingerprint == self._before.fingerprint:
            return self._before
        pages = output.digests()
        problems = output.inputs.sources.problems
        warnings.source(problems)
        # With problems to tell, the next build is to look again.
        return rebuild.Store(pages, "" if problems else fingerprint)


def _amend(app: Sphinx) -> Amend:
    def amend(documented: Documented, evidence: list[Evidence]) -> None:
        app.emit(EVIDENCE, documented.name, documented.objtype, evidence)

    return amend


def _domain(env: BuildEnvironment) -> SuiteDomain:
    domain = env.get_domain(SuiteDomain.name)
    assert isinstance(domain, SuiteDomain)
    return domain


def _writes_pages(app: Sphinx) -> bool:
    # Builders without a format (gettext, linkcheck, dummy, …) write no pages.
    return bool(app.builder.format)


def _store(app: Sphinx) -> Path:
    return rebuild.store(Path(app.doctreedir), app.builder.name, Path(app.outdir))

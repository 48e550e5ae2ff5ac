"""The handlers of Sphinx's events."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import sphinx
from docutils import nodes
from markupsafe import Markup
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from this_tests.docs import assets, messages
from this_tests.support import collector_paused

from . import incremental, inputs
from .build import Build
from .doctree.collector import describes, record_defining_name
from .doctree.nodes import overview_node, section_node
from .gc_freeze import GcFreeze
from .render import insertion, page_frame

__all__ = ["Extension"]

_AUTODOC = "autodoc-process-docstring"
# Older versions do not write the index and the pages of extensions if no other page is written.
_ALWAYS_FINISHES = (8, 2)


class Extension:
    """The handlers of one application; their state is the current build and the pages that it wrote."""

    def __init__(self) -> None:
        self._build: Build | None = None
        self._written: set[str] = set()
        self._gc_freeze = GcFreeze()

    def start(self, app: Sphinx) -> None:
        """Add the static files to HTML builds, and connect to autodoc if it is loaded."""
        if app.builder.format == "html":
            # At the front, so that a project can override the stylesheet with a file of the same name.
            app.config.html_static_path = [str(assets.FOLDER), *app.config.html_static_path]
            app.add_css_file(assets.STYLESHEET)
            app.add_js_file(assets.SCRIPT, loading_method="defer")
        if _AUTODOC in app.events.events:
            app.connect(_AUTODOC, record_defining_name)

    def load(self, app: Sphinx, *_: object) -> None:
        """Start a build, before any page is read."""
        self._build, self._written = Build(app, inputs.read(app)), set()
        self._build.domain.places = None
        self._gc_freeze.freeze()

    @collector_paused()
    def compare(self, _app: Sphinx, env: BuildEnvironment) -> list[str]:
        """Return the pages to write again although their source is unchanged."""
        build = self._build
        assert build is not None
        build.domain.places = build
        build.warn()
        changed = incremental.changed(build.before.pages, build.now.pages) & env.found_docs
        if not changed and build.is_new and sphinx.version_info < _ALWAYS_FINISHES:
            changed = {env.config.root_doc}
        self._gc_freeze.freeze()
        return sorted(changed)

    def fill_index(self, _app: Sphinx, page: str, _template: str, context: Any, *_: object) -> None:
        """Add a group for the tests to the general index, after those of the letters.

        Between Sphinx's own entries they would crowd out the names of the API. And sorting, grouping and
        writing thousands of entries would take a good part of a build that has nothing else to do, so
        each column is a single entry.
        """
        # If the index is split, its other pages are made from the same two lists.
        if page == "genindex" and self._build and (columns := self._build.now.results.index):
            entries = [(Markup(column), ((), (), None)) for column in columns]  # noqa: S704  # entries are escaped
            context["genindexentries"].append((messages.text("Tests"), entries))
            context["genindexcounts"].append(self._build.now.results.indexed)

    def insert(self, document: nodes.document, env: BuildEnvironment) -> None:
        """Insert the sections into a page that is about to be written."""
        build = self._build
        self._written.add(env.docname)
        insertion.put(document, env, lambda: build.output if build else None)

    def write_section(self, translator: Any, node: section_node) -> None:
        """Write a section into an HTML page; also called in parallel writers."""
        if self._build and self._build.output:
            html = self._build.output.html.section(node["section"], node["page"])
            translator.body.append(html)
        raise nodes.SkipNode

    def write_overview(self, translator: Any, node: overview_node) -> None:
        """Write the overview into an HTML page."""
        if self._build and self._build.output:
            output = self._build.output
            translator.body.append(output.html.overview(output.overview, node["page"]))
        raise nodes.SkipNode

    def collect_pages(self, app: Sphinx) -> Iterator[page_frame.Collected]:
        """Yield the generated pages that are missing or out of date."""
        build = self._build
        if not (build and page_frame.collects(app.builder)):
            return
        described = {
            page for page in self._written if describes(app.env, page) or page in build.domain.by_hand.placed
        }
        if described and build.own:
            page_frame.remove(app.builder, build.own.gone(described))
            yield from page_frame.collected(app, build.own.all_tests(described))
        everything = self._written >= app.env.found_docs
        if build.is_unchanged and not everything:
            return
        contents = {**build.own.files(), **build.own.overview()} if build.own else {}
        now = {page: incremental.digest(content) for page, content in contents.items()}
        changed = contents if everything else incremental.changed(build.before.own, now)
        page_frame.remove(app.builder, set(build.before.own) - set(now))
        yield from page_frame.collected(
            app, {page: contents[page] for page in sorted(changed) if page in contents}
        )
        build.now = replace(build.now, own=now)

    def finish(self, _app: Sphinx, exception: Exception | None) -> None:
        """Save what the written pages show."""
        self._gc_freeze.unfreeze()
        build = self._build
        if exception is None and build and build.writes_pages:
            kept = incremental.written(build.before, build.now, self._written)
            if kept != build.before:
                incremental.save(build.store, kept)

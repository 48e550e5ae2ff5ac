"""What happens when: Sphinx's events hand over to this object, and it to the other modules."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from . import inputs, messages, rebuild, render, shell, warnings
from .documented import Names, described, learn_defining_name, modules_in
from .inject import insert_all
from .output import Output
from .section import Section

__all__ = ["Extension"]

_STATIC = Path(__file__).parent / "static"
_STYLESHEET = "this-tests.css"
_AUTODOC = "autodoc-process-docstring"


class Extension:
    """The state of one application: what its current build reads, compares and writes."""

    def __init__(self) -> None:
        self._inputs: inputs.Inputs | None = None
        self._output: Output | None = None
        self._before = rebuild.Store()
        self._now = rebuild.Store()
        self._written: set[str] = set()

    def start(self, app: Sphinx) -> None:
        """Take part in what this application has: a builder of HTML, autodoc."""
        if app.builder.format == "html":
            # In front, so that a project can put a stylesheet of its own in the place of ours.
            app.config.html_static_path = [str(_STATIC), *app.config.html_static_path]
            app.add_css_file(_STYLESHEET)
        if _AUTODOC in app.events.events:
            app.connect(_AUTODOC, learn_defining_name)

    def load(self, app: Sphinx, *_: object) -> None:
        """Load what the build needs, before any page is read."""
        self._inputs, self._output, self._written = inputs.read(app), None, set()

    def compare(self, app: Sphinx, env: BuildEnvironment) -> list[str]:
        """Return the pages that must be written again though their source is unchanged."""
        loaded = self._inputs
        if loaded and loaded.registry is not None:
            self._output = Output(loaded, app.builder, Names.of(env), loaded.registry)
            self._output.addresses.check_how_to(loaded.settings.how_to_url)
            warnings.unknown_name(self._output.join.undocumented(), loaded.path)
        if not _writes_pages(app):
            return []
        self._before = rebuild.load(_store(app))
        self._now = self._shown_now()
        return sorted(rebuild.changed(self._before.pages, self._now.pages) & env.found_docs)

    def insert(self, document: nodes.document, env: BuildEnvironment) -> None:
        """Put the sections into a page that is about to be written."""
        page = env.docname
        self._written.add(page)
        if (output := self._output) and output.builder.format:
            insert_all(
                (node, [new for each in objects for new in output.nodes_for(output.pages.shown(each), page)])
                for node, objects in list(described(document, modules_in(env), page))
            )

    def render(self, translator: Any, node: render.section_node) -> None:
        """Write a section into an HTML page; called in the parallel writers, too."""
        if self._output:
            translator.body.append(self._output.html(node["section"], node["page"]))
        raise nodes.SkipNode

    def collect_pages(self, app: Sphinx) -> Iterator[shell.Collected]:
        """Yield the pages with all tests, for the sections on pages written now that show only some."""
        output = self._output
        if output and output.has_pages_of_all:
            contents = {
                output.addresses.file_of_all(shown.name): (_title_of_all(shown), output.html_of_all(shown))
                for page in sorted(self._written)
                for shown in output.pages.on(page)
                if isinstance(shown, Section) and shown.others
            }
            yield from shell.framed(app.builder, output.addresses.page_of_all(shell.NAME), contents)

    def finish(self, app: Sphinx, exception: Exception | None) -> None:
        """Remember what the pages show, as far as they were written."""
        if exception is None and _writes_pages(app):
            rebuild.save(_store(app), rebuild.written(self._before, self._now, self._written))

    def _shown_now(self) -> rebuild.Store:
        output = self._output
        if output is None:
            return rebuild.Store()
        if (fingerprint := output.fingerprint()) == self._before.fingerprint:
            return self._before
        pages = output.digests()
        problems = output.inputs.sources.problems
        warnings.source(problems)
        # With problems to tell, the next build is to look again.
        return rebuild.Store(pages, "" if problems else fingerprint)


def _writes_pages(app: Sphinx) -> bool:
    # Builders without a format (gettext, linkcheck, dummy, …) write no pages.
    return bool(app.builder.format)


def _store(app: Sphinx) -> Path:
    return rebuild.store(Path(app.doctreedir), app.builder.name, Path(app.outdir))


def _title_of_all(section: Section) -> str:
    return messages.text("Tests of {name}").format(name=section.name)

"""The life of one build: what is loaded, compared and written, and when."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from docutils import nodes
from jinja2 import Environment
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from this_tests import Registry, RegistryError, RegistryNotFoundError, load

from . import links, messages, rebuild, render, settings, warnings
from .documented import Names, described, learn_defining_name, modules_in
from .inject import insert_all
from .joining import Join
from .pages import Addresses, Elsewhere, Pages, is_external, is_page
from .section import Section, Sections
from .snippets import Sources

__all__ = ["Extension"]

logger = logging.getLogger(__name__)

_STATIC = Path(__file__).parent / "static"
_STYLESHEET = "this-tests.css"
_AUTODOC = "autodoc-process-docstring"


@dataclass(frozen=True)
class Inputs:
    """What a build starts with.

    Attributes:
        registry: ``None`` where none can be read; then no page shows sections.
    """

    settings: settings.Settings
    registry: Registry | None
    path: Path
    sources: Sources
    links: links.Links
    templates: Environment


@dataclass(frozen=True)
class Output:
    """What a build writes, known once all pages are read."""

    inputs: Inputs
    builder: Builder
    names: Names
    registry: Registry

    @cached_property
    def join(self) -> Join:
        return Join(self.registry, self.names)

    @cached_property
    def pages(self) -> Pages:
        return self._pages(self.inputs.links)

    @cached_property
    def addresses(self) -> Addresses:
        return Addresses(self.builder, self.names)

    @cached_property
    def highlight(self) -> render.Highlight:
        return render.highlighter(self.builder.highlighter.highlight_block)  # type: ignore[attr-defined]  # HTML builders have one

    def digests(self) -> dict[str, str]:
        """Return the digest of what each page shows, for pages that show anything."""
        # A page that is still true keeps the commit that it was built at: its links lead to
        # the same lines. Otherwise each commit would write all pages again.
        pages = self._pages(links.Links(self.inputs.links.template))
        shown = {page: tuple(pages.on(page)) for page in self.names.pages}
        template = render.source(self.inputs.templates)
        return {
            page: rebuild.digest((template, *each, *self._targets(each)))
            for page, each in sorted(shown.items())
            if each
        }

    def _targets(self, shown: tuple[Section | Elsewhere, ...]) -> list[tuple[str, str] | None]:
        inherited = [each.inherited for each in shown if isinstance(each, Section) and each.inherited]
        return [self.names.primary.get(name) for name in inherited]

    def _pages(self, to_source: links.Links) -> Pages:
        return Pages(self.names, Sections(self.join, self.inputs.sources, to_source, self.inputs.settings))


class Extension:
    """What Sphinx's events hand over to; one object for each application."""

    def __init__(self) -> None:
        self._inputs: Inputs | None = None
        self._output: Output | None = None
        self._before: dict[str, str] = {}
        self._digests: dict[str, str] = {}
        self._written: set[str] = set()

    def start(self, app: Sphinx) -> None:
        """Take part in what this application has: a builder of HTML, autodoc."""
        if app.builder.format == "html":
            # In front, so that a project can put a stylesheet of its own in the place of ours.
            app.config.html_static_path.insert(0, str(_STATIC))
            app.add_css_file(_STYLESHEET)
        if _AUTODOC in app.events.events:
            app.connect(_AUTODOC, learn_defining_name)

    def load(self, app: Sphinx, *_: object) -> None:
        """Load what the build needs, before any page is read."""
        self._output, self._written = None, set()
        chosen = settings.read(app.config)
        paths = settings.paths(chosen, Path(app.confdir))
        self._inputs = Inputs(
            settings=chosen,
            registry=_registry(paths),
            path=paths.registry,
            sources=Sources(paths.root),
            links=_links(chosen, paths.root),
            templates=render.templates([Path(app.confdir, each) for each in app.config.templates_path]),
        )

    def compare(self, app: Sphinx, env: BuildEnvironment) -> list[str]:
        """Return the pages that must be written again though their source is unchanged."""
        output = self._prepare(app.builder, env)
        if output:
            warnings.unknown_name(output.join.undocumented(), output.inputs.path)
        if not _shows_sections(app.builder):
            return []
        self._digests = output.digests() if output else {}
        if output:
            warnings.source(output.inputs.sources.problems)
        self._before = rebuild.load(_store(app))
        return sorted(rebuild.changed(self._before, self._digests) & env.found_docs)

    def insert(self, document: nodes.document, env: BuildEnvironment) -> None:
        """Put the sections into a page that is about to be written."""
        self._written.add(env.docname)
        output = self._output
        if not output or not _shows_sections(output.builder):
            return
        insert_all(
            [
                (
                    node,
                    [
                        new
                        for each in objects
                        for new in _nodes(output, output.pages.shown(each), env.docname)
                    ],
                )
                for node, objects in list(described(document, modules_in(env), env.docname))
            ]
        )

    def render(self, translator: Any, node: render.section_node) -> None:
        """Write a section into an HTML page; called in the parallel writers, too."""
        if self._output:
            translator.body.append(_html(self._output, node["section"], node["page"]))
        raise nodes.SkipNode

    def collect_pages(self, app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
        """Yield a page with all tests, for each section on a page written now that shows only some."""
        if self._output and _has_own_pages(app.builder):
            for page in sorted(self._written):
                for shown in self._output.pages.on(page):
                    if isinstance(shown, Section) and shown.others:
                        yield _page_of_all(self._output, shown)

    def finish(self, app: Sphinx, exception: Exception | None) -> None:
        """Remember what the pages show, if they were all written."""
        if exception is None and _shows_sections(app.builder):
            rebuild.save(_store(app), rebuild.written(self._before, self._digests, self._written))

    def _prepare(self, builder: Builder, env: BuildEnvironment) -> Output | None:
        inputs = self._inputs
        if inputs is None or inputs.registry is None:
            return None
        _check_how_to(inputs.settings.how_to_url, builder)
        self._output = Output(inputs, builder, Names.of(env), inputs.registry)
        return self._output


def _registry(paths: settings.Paths) -> Registry | None:
    try:
        return load(paths.registry)
    except RegistryNotFoundError as error:
        if paths.chosen:
            warnings.registry(error)
        else:
            logger.info("this_tests: %s; no tests are shown", error)
    except RegistryError as error:
        warnings.registry(error)
    return None


def _links(chosen: settings.Settings, root: Path) -> links.Links:
    if problem := links.problem_with(chosen.source_url):
        warnings.settings(f"this_tests_source_url = {chosen.source_url!r}: {problem}")
        return links.Links()
    found = links.Links(chosen.source_url, chosen.commit)
    if found.needs_commit and not found.commit:
        found = links.Links(chosen.source_url, links.commit_of(root))
        if not found.commit:
            warnings.settings(
                f"this_tests_source_url names a commit, but git knows none for {root}; set this_tests_commit"
            )
            return links.Links()
    return found


def _check_how_to(target: str, builder: Builder) -> None:
    if target and not is_page(builder, target) and not is_external(target):
        warnings.settings(
            f"this_tests_how_to_url = {target!r}: neither a page of these docs nor an http or https URL"
        )


def _shows_sections(builder: Builder) -> bool:
    # Builders without a format (gettext, linkcheck, dummy, …) write no pages.
    return bool(builder.format)


def _has_own_pages(builder: Builder) -> bool:
    # Only builders with one file for each page write pages that extensions collect.
    return builder.name in {"html", "dirhtml"}


def _store(app: Sphinx) -> Path:
    return rebuild.store(Path(app.doctreedir), app.builder.name, Path(app.outdir))


def _nodes(output: Output, shown: Section | Elsewhere | None, page: str) -> list[nodes.Node]:
    if shown is None:
        return []
    if isinstance(shown, Elsewhere):
        return render.elsewhere(shown.name)
    if output.builder.format == "html":
        return [render.section_node("", section=shown, page=page, classes=["no-search"])]
    return render.plain(shown, lambda text: _how_to(output, shown.how_to_url, text))


def _how_to(output: Output, target: str, text: str) -> nodes.Node:
    if is_page(output.builder, target):
        page = "/" + target.partition("#")[0]
        return addnodes.pending_xref(
            "",
            nodes.inline("", text),
            refdomain="std",
            reftype="doc",
            reftarget=page,
            refexplicit=True,
            refwarn=True,
        )
    return nodes.reference("", text, refuri=target, internal=False) if is_external(target) else nodes.Text("")


def _html(output: Output, section: Section, page: str) -> str:
    addresses = output.addresses
    own = _has_own_pages(output.builder)
    return output.inputs.templates.get_template("this_tests/section.html").render(
        section=section,
        highlight=output.highlight,
        how_to_url=addresses.how_to(section.how_to_url, page),
        inherited_url=addresses.object(section.inherited, page),
        all_url=addresses.page(addresses.page_of_all(section.name), page) if own and section.others else "",
    )


def _page_of_all(output: Output, section: Section) -> tuple[str, dict[str, Any], str]:
    page = output.addresses.page_of_all(section.name)
    body = output.inputs.templates.get_template("this_tests/all.html").render(
        section=section,
        highlight=output.highlight,
        object_url=output.addresses.object(section.name, page),
    )
    title = messages.text("Tests of {name}").format(name=section.name)
    return page, {"title": title, "body": body}, "page.html"

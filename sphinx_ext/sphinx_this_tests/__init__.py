"""A Sphinx extension that shows, on each API page, the tests that exercise it."""

from importlib.metadata import version

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from this_tests.docs import messages

from . import config
from .build import EVIDENCE
from .doctree.collector import ApiObjectCollector, record_meta
from .doctree.directives import OverviewDirective, SectionDirective
from .doctree.domain import SuiteDomain, SuiteRole
from .doctree.nodes import overview_node, section_node
from .extension import Extension
from .render.insertion import transform

__all__ = ["setup"]


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add the extension to a Sphinx application."""
    app.require_sphinx("7.4")
    extension = Extension()
    config.register(app)
    messages.speak(app.config.language)
    app.add_event(EVIDENCE)
    app.add_domain(SuiteDomain)
    app.add_role("test", SuiteRole())
    app.add_directive("this-tests", SectionDirective)
    app.add_directive("this-tests-overview", OverviewDirective)
    app.add_env_collector(ApiObjectCollector)
    # Before Sphinx itself (500), which removes such fields.
    app.connect("object-description-transform", record_meta, priority=400)
    app.connect("builder-inited", extension.start)
    app.connect("env-before-read-docs", extension.load)
    app.connect("env-get-updated", extension.compare)
    app.add_post_transform(transform(extension.insert))
    app.add_node(section_node, html=(extension.write_section, None))
    app.add_node(overview_node, html=(extension.write_overview, None))
    app.connect("html-page-context", extension.fill_index)
    app.connect("html-collect-pages", extension.collect_pages)
    app.connect("build-finished", extension.finish)
    return {
        "version": version("this-tests"),
        "env_version": 5,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }

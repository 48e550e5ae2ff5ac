"""A Sphinx extension that shows, on each API page, the tests that exercise it."""

from importlib.metadata import version

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from . import messages, settings
from .documented import DocumentedNames
from .extension import Extension
from .inject import transform
from .render import section_node

__all__ = ["setup"]


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add the extension to a Sphinx application."""
    app.require_sphinx("7.4")
    extension = Extension()
    settings.register(app)
    messages.register(app)
    app.add_env_collector(DocumentedNames)
    app.connect("builder-inited", extension.start)
    app.connect("env-before-read-docs", extension.load)
    app.connect("env-get-updated", extension.compare)
    app.add_post_transform(transform(extension.insert))
    app.add_node(section_node, html=(extension.render, None))
    app.connect("html-collect-pages", extension.collect_pages)
    app.connect("build-finished", extension.finish)
    return {
        "version": version("this-tests"),
        "env_version": 1,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }

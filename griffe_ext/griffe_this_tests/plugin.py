"""The MkDocs plugin: fills the placeholders of pages, and adds our own pages and files."""

from collections.abc import Callable, Iterable
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from jinja2 import Environment
from mkdocs.commands.build import get_context
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import BasePlugin, event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import get_toc
from mkdocs.utils.templates import TemplateContext

from this_tests.docs import messages
from this_tests.support import collector_paused

from . import assets
from .inputs import Inputs, read
from .notices import UNKNOWN_NAME, guarded, log
from .options import Options, checked
from .output import GeneratedPage, Output
from .placeholders import Described, filled, found_in
from .site_pages import SitePages, api_objects

__all__ = ["ThisTestsPlugin"]

# The name of both, the Griffe extension and the Markdown extension.
_EXTENSION = "griffe_this_tests"


class ThisTestsPlugin(BasePlugin[Options]):  # type: ignore[no-untyped-call]  # MkDocs's
    """Shows on the pages of mkdocstrings which tests exercise an object."""

    def __init__(self) -> None:
        self._inputs: Inputs | None = None
        self._nav: Navigation | None = None
        self._output: Output | None = None

    # Before mkdocstrings, which makes its handlers of the configuration.
    @event_priority(100)
    @guarded
    def on_config(self, config: MkDocsConfig) -> None:
        """Read the registry, and add the Griffe extension, our files, and what is to be watched."""
        self._inputs = self._nav = self._output = None
        settings, problems = checked(self.config)
        for problem in problems.values():
            log.info("%s", problem)
        self._inputs = read(settings, Path(config.config_file_path or ".").absolute().parent, log.info)
        if self._inputs:
            messages.speak(_language(config))
            _add_extension(config)
            _add_markdown_extension(config)
            assets.add(config)
            config.watch += [str(path) for path in self._inputs.watched]

    @guarded
    def on_files(self, files: Files, *, config: MkDocsConfig) -> None:
        """Add the stylesheets and the script."""
        if self._inputs:
            for file in assets.files(config):
                files.append(file)

    @guarded
    def on_nav(self, /, nav: Navigation, **_: Any) -> None:
        """Keep the navigation for our own pages."""
        self._nav = nav

    # After autorefs, and all who write into the content of pages.
    @event_priority(-150)
    @guarded
    def on_env(self, env: Environment, *, config: MkDocsConfig, files: Files) -> None:
        """Find out what the pages describe, and add our own pages."""
        if not self._inputs or not self._nav:
            return
        # The first description is the first in the navigation.
        listed = {page.file.src_uri: page.file for page in self._nav.pages}
        pages = (listed | {file.src_uri: file for file in files.documentation_pages()}).values()
        described = {
            file.src_uri: list(map(self._inputs.with_kind, found_in(file.page.content)))
            for file in pages
            if file.page and file.page.content
        }
        if not any(described.values()):
            log.info("no page describes an object to add tests to, by mkdocstrings, mkautodoc or a comment")
        _tell_unknown(self._inputs, chain.from_iterable(described.values()))
        site = SitePages(config, frozenset(file.src_uri for file in pages))
        wrap_code = config.theme.name not in {"mkdocs", "readthedocs"}
        output = Output.of(self._inputs, site, api_objects(described), wrap_code=wrap_code)
        # Files as they are, and no pages of MkDocs: plugins that search, list or check pages do not see them.
        context = partial(get_context, self._nav, files, config)
        # Sections stay alive until all pages are written.
        with collector_paused():
            own = [_framed(page, site, env, context) for page in output.generated()]
        for file in own:
            files.append(file)
        # Sections link to these pages, so there are none without them.
        self._output = output

    # Once the page has been indexed for the search.
    @event_priority(100)
    @guarded
    def on_post_page(self, /, output: str, *, page: Page, **_: Any) -> str | None:
        """Fill the placeholders of a page."""
        made = self._output
        if made is None:
            return None
        section, inputs = made.sections(page.file.src_uri), self._inputs
        return filled(output, lambda described: section(inputs.with_kind(described)) if inputs else "")


def _framed(
    made: GeneratedPage, site: SitePages, env: Environment, context: Callable[[Page], TemplateContext]
) -> File:
    """Return one of our pages as a file, in the frame of the theme."""
    page = Page(made.title, site.file(made.name), site.config)
    page.markdown, page.content, page.toc = "", made.html, get_toc([])
    html = env.get_template("main.html").render(context(page))
    return File.generated(site.config, page.file.dest_uri, content=html)


def _language(config: MkDocsConfig) -> str:
    # Material has a setting of its own; the other themes have the locale.
    return str(config.theme.get("language") or config.theme.get("locale") or "en")


def _tell_unknown(inputs: Inputs, described: Iterable[Described]) -> None:
    placed = {found.name for found in described if found.is_placed}
    for name in sorted(name for name in placed if not inputs.is_known(name)):
        log.info(UNKNOWN_NAME, name)


def _add_markdown_extension(config: MkDocsConfig) -> None:
    if not any(name == _EXTENSION for name in config.markdown_extensions):
        config.markdown_extensions.append(_EXTENSION)
    # Without it, as in Zensical, the extension makes the sections.
    config.mdx_configs.setdefault(_EXTENSION, {})["placeholders"] = True


def _add_extension(config: MkDocsConfig) -> None:
    """Add the Griffe extension to the options of mkdocstrings, behind those of the project."""
    plugin = config.plugins.get("mkdocstrings")
    if plugin is None:
        return
    options = plugin.config["handlers"].setdefault("python", {}).setdefault("options", {})
    extensions = options.setdefault("extensions", [])
    # With options, it is a mapping. They are for tools without this plugin.
    if not any(
        _EXTENSION in (extension if isinstance(extension, dict) else [extension]) for extension in extensions
    ):
        extensions.append(_EXTENSION)
    # Our template leaves placeholders then, also for a block with a list of extensions of its own.
    options.setdefault("extra", {})["this_tests_plugin"] = True

"""The Griffe extension: gives each object a template that has a place for its section."""

from typing import Any

import griffe

from .standalone import StandaloneSections

__all__ = ["ThisTestsExtension"]

OURS = "this_tests"


class ThisTestsExtension(griffe.Extension):
    """Sets our template on the objects of a package, around the one that they have.

    With the MkDocs plugin, which knows all pages, the template leaves a placeholder. Without it, as in
    Zensical, it has the section itself.

    Args:
        options: As those of the MkDocs plugin, which they are for where that is not used.
    """

    def __init__(self, **options: Any) -> None:
        self._sections = StandaloneSections(options)

    # Which objects a page describes, and under which name, is known only when it is rendered. So the template
    # asks for it: it sees a re-exported or inherited object under the name that the page gives it.

    # The last events of a load: what other extensions have set by then is kept.

    def on_module(self, *, mod: griffe.Module, **_: Any) -> None:
        """Set the template of a module."""
        self._set(mod)

    def on_class(self, *, cls: griffe.Class, **_: Any) -> None:
        """Set the template of a class."""
        self._set(cls)

    def on_function(self, *, func: griffe.Function, **_: Any) -> None:
        """Set the template of a function or method."""
        self._set(func)

    def on_attribute(self, *, attr: griffe.Attribute, **_: Any) -> None:
        """Set the template of an attribute or property."""
        self._set(attr)

    def _set(self, described: griffe.Object) -> None:
        kind = described.kind.value
        own = described.extra["mkdocstrings"]
        ours = f"{OURS}/{kind}.html.jinja"
        described.extra[OURS]["section"] = self._sections.section
        if own.get("template") != ours:
            # Another extension's, or a project's, stays: ours is around it.
            described.extra[OURS]["inner"] = own.get("template") or f"{kind}.html.jinja"
            own["template"] = ours

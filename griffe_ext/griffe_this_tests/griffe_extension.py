"""The Griffe extension: gives each object a template that leaves a placeholder for its section."""

from typing import Any

import griffe

__all__ = ["ThisTestsExtension"]

OURS = "this_tests"
_KINDS = frozenset({"attribute", "class", "function", "module"})


class ThisTestsExtension(griffe.Extension):
    """Sets our template on the objects of a package, around the one that they have."""

    # Which objects a page describes, and under which name, is known only when it is rendered. So the template
    # asks for it: it sees a re-exported or inherited object under the name that the page gives it.
    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:
        """Set the template on all objects that the package defines."""
        try:
            _set_below(pkg)
        except Exception as error:  # noqa: BLE001  # whatever happens, the docs are built
            griffe.logger.info("this-tests: no sections for %s: %r", pkg.name, error)


def _set_below(top: griffe.Object) -> None:
    # No recursion: a chain of nested classes may be longer than Python's stack.
    left = [top]
    while left:
        described = left.pop()
        kind = described.kind.value
        if kind in _KINDS:
            _set(described, kind)
        left.extend(member for member in described.members.values() if isinstance(member, griffe.Object))


def _set(described: griffe.Object, kind: str) -> None:
    own = described.extra["mkdocstrings"]
    ours = f"{OURS}/{kind}.html.jinja"
    if own.get("template") != ours:
        # Another extension's, or a project's, stays: ours is around it.
        described.extra[OURS]["inner"] = own.get("template") or f"{kind}.html.jinja"
        own["template"] = ours

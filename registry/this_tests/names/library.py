"""Decides whether a target is a callable of the library, and finds its name.

A `Library` is the library as loaded at one time: its index, its documented names, and the naming rules.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from ..registry.model import Found
from ..source.inventory import Inventory
from ..source.packages import find_places
from . import torch_wrappers
from .call_site import NOTHING_WRITTEN, Written
from .canonical_name import Naming, Resolution
from .documented_names import DocumentedNames
from .index import Index, callables_inside, normal
from .introspection import (
    MISSING,
    attributes,
    has_slot,
    home_of,
    is_class,
    is_mock,
    is_module,
    lookup,
    module_of,
    mro,
    peek_str,
)
from .ownership import is_made_here
from .paths import is_public
from .unwrap import Layer, layers

if TYPE_CHECKING:  # Reads the library's source, which few targets need.
    from ..source.re_exports import ReExports

__all__ = ["Library"]


class Library:
    """A library as loaded at one time, which resolves targets to names.

    Attributes:
        index: Its callables, by identity.
        naming: The choice among the names of an object.
        sources: What its source files show.
    """

    def __init__(
        self,
        tops: tuple[str, ...],
        modules: Mapping[str, ModuleType],
        inventory: Inventory,
        sources: "ReExports",
        *,
        private: bool,
    ) -> None:
        self.tops = tops
        self.private = private
        self.inventory = inventory
        self.sources = sources
        self.index = Index(tops, modules)
        self.documented = DocumentedNames(inventory.entries.keys(), self.index)
        self.naming = Naming(self.index, self.documented, sources, private=private)

    @staticmethod
    def loaded(tops: tuple[str, ...]) -> dict[str, ModuleType]:
        """Return the modules of the packages *tops* that are loaded now, by name, sorted."""
        found = {
            name: module
            for name, module in list(sys.modules.items())
            if name.partition(".")[0] in tops and is_module(module)
        }
        return dict(sorted(found.items()))

    @staticmethod
    def places(tops: tuple[str, ...]) -> dict[str, Path]:
        """Return the folder or file of each of the packages *tops*: of the loaded one, if it is loaded."""
        found = {top: _place(sys.modules.get(top)) for top in tops}
        unknown = [top for top, place in found.items() if place is None]
        return {top: place for top, place in found.items() if place} | find_places(unknown, ())

    def sole_name(self, target: object) -> Resolution | None:
        """Return the name of *target* if it does not depend on how the test wrote it, else None."""
        target = normal(target)
        if not self.index.in_module(target) or self.index.in_class(target):
            return None
        found = self.naming.of_object(target, "reference")
        if found is None or not self.documented.names.isdisjoint(found.aliases):
            return None
        return None if not found.documented and _is_under_other_names(target, found) else found

    def resolve(self, target: object, written: Written = NOTHING_WRITTEN) -> Resolution | None:
        """Return the name of the object *target*, or None where it is not in the library's API."""
        if is_module(target):
            return self._of_module(target)
        if not self.index.knows(target) and is_mock(target):
            return None
        operator = torch_wrappers.operator_path(target)
        if operator:
            return self._of_operator(operator)
        innermost: object = MISSING
        for layer in layers(target, self.index):
            found = self._of_layer(layer, written if layer.found != "unwrapped" else NOTHING_WRITTEN)
            if found is not None:
                return found if written.attribute else self._in_defining_module(target, found)
            innermost = layer.key
        return self._of_wrapped(target) or self._of_instance(innermost)

    def hints(self, target: object) -> Iterator[str]:
        """Yield hints for the author of a *target* that was refused."""
        if type(target) is str:
            yield from self._hints_for_text(target)
        elif not self.private and self.index.knows(target) and is_made_here(target, self.index):
            yield "it is private: set private = true in [tool.this-tests] to accept it"

    def _of_module(self, target: object) -> Resolution | None:
        name = peek_str(target, "__name__")
        if self.index.modules.get(name) is not target:
            return None
        names = self.index.module_names(name)
        documented = [name for name in names if name in self.documented]
        return self.naming.of_path((*documented, name)[0], "reference")

    def _of_operator(self, path: str) -> Resolution | None:
        return (
            self.naming.of_path(path, "reference")
            if torch_wrappers.operator_library(path) in self.tops
            else None
        )

    def _of_layer(self, layer: Layer, written: Written) -> Resolution | None:
        if layer.holder is not MISSING:
            found = self._of_bound(layer, written) or self.naming.of_object(layer.key, layer.found)
            return found or self._of_written(layer, written)
        path = f"{written.path}.{written.attribute}" if written.path else written.attribute
        if written.container is MISSING:
            return self.naming.of_object(layer.key, layer.found, path)
        found = self._of_written(layer, written)
        if found is not None:
            return found
        is_taken = self._is_taken_from(written, layer.key)
        if is_taken and is_class(written.container):
            return None
        found = self.naming.of_object(layer.key, layer.found, path)
        return self.naming.with_alias(found, path) if is_taken and is_module(written.container) else found

    def _is_taken_from(self, written: Written, key: object) -> bool:
        raw = self.index.member(written.container, written.attribute)
        return raw is not MISSING and normal(raw) is key

    def _of_bound(self, layer: Layer, written: Written) -> Resolution | None:
        holder = layer.holder
        cls: type = holder if is_class(holder) else type(holder)
        attribute = self._attribute(cls, layer.key, written.attribute)
        if not attribute:
            return None
        key = _member(cls, attribute, layer.key)
        return self._of_shared_instance(holder, attribute, layer.found) or self.naming.of_member(
            cls, attribute, key, layer.found, written.path
        )

    def _of_shared_instance(self, holder: object, attribute: str, found: Found) -> Resolution | None:
        # `scipy.stats.norm.pdf`: a method of a public object of the library.
        if is_module(holder):
            # A module may be an instance of a subclass of `ModuleType`.
            return self.naming.of_path(f"{peek_str(holder, '__name__')}.{attribute}", found)
        if is_class(holder) or not self.index.knows(holder):
            return None
        paths = [f"{path}.{attribute}" for path in self.naming.paths.of(holder).every]
        documented = [path for path in paths if path in self.documented]
        return self.naming.of_path(documented[0], found) if documented else None

    def _attribute(self, cls: type, key: object, written: str) -> str:
        """Return the name of the member *key* in *cls*: *written*, if that is one of its names."""
        for name in (written, peek_str(key, "__name__")):
            if name and any(normal(lookup(base, name)) is key for base in mro(cls)):
                return name
        bases = mro(cls)
        names = [name for owner, name in self.index.owners(key) if any(owner is base for base in bases)]
        return min(names, default="")

    def _of_written(self, layer: Layer, written: Written) -> Resolution | None:
        container, attribute = written.container, written.attribute
        raw = self.index.member(container, attribute)
        if raw is MISSING or is_module(container):
            return None
        key = normal(raw)
        if not (has_slot(key, "__call__") or has_slot(key, "__get__")):
            # A value, such as a number, that a class binds.
            return None
        if key is not layer.key and not (_makes_new_objects(raw) or _is_hidden(container, attribute)):
            return None
        if is_class(container):
            return self.naming.of_member(container, attribute, key, layer.found, written.path)
        return self.naming.of_member(type(container), attribute, key, "receiver", written.path)

    def _of_wrapped(self, target: object) -> Resolution | None:
        """Return the name of the wrapper that *target*'s ``__module__`` and ``__qualname__`` lead to."""
        home, name = module_of(target), peek_str(target, "__qualname__")
        if not (name and self.index.is_ours(home)):
            return None
        for _, _, raw in self.index.walk(f"{home}.{name}"):
            inside = [layer.key for layer in layers(raw, self.index)]
            if any(key is target for key in inside):
                return self.naming.of_object(normal(raw), "unwrapped")
        return None

    def _in_defining_module(self, target: object, found: Resolution) -> Resolution:
        """Return the name in the defining module where *found* has names with another last part only.

        NetworkX's decorators bind the functions that they wrap in a module of theirs, under a number.
        """
        if found.documented or not _is_under_other_names(target, found):
            return found
        return self._of_wrapped(target) or found

    def _of_instance(self, target: object) -> Resolution | None:
        kind = type(target)
        # An object with a `__name__` is a kind of function, such as a ufunc of another library.
        if is_class(target) or not has_slot(target, "__call__") or _is_function_type(kind):
            return None
        for cls in mro(kind):
            if not self.index.is_ours(home_of(cls)):
                return None
            found = self.naming.of_object(cls, "instance")
            if found is not None:
                return found
        return None

    def _hints_for_text(self, text: str) -> Iterator[str]:
        for _, _, raw in self.index.walk(text):
            yield from self.hints(normal(raw))
            return
        if self.index.is_ours(text):
            known = self.documented.similar(text) or self._neighbours(text)
            import difflib  # Imported for refused names only.

            close = difflib.get_close_matches(text, known, n=1)
            yield from (f"did you mean {match!r}?" for match in close)

    def _neighbours(self, text: str) -> list[str]:
        parent = text.rpartition(".")[0]
        module = self.index.modules.get(parent)
        if module is None:
            return []
        return [f"{parent}.{name}" for name in list(vars(module)) if is_public(f"{parent}.{name}")]


def _member(cls: type, attribute: str, key: object) -> object:
    """Return the member of *cls* that provides the function *key*: usually *key* itself."""
    raw = normal(lookup(cls, attribute))
    return raw if any(function is key for function in callables_inside(raw, attribute)) else key


def _place(module: object) -> Path | None:
    """Return the folder of a package, or the source file of a module."""
    held = attributes(module)
    folders, file = held.get("__path__"), held.get("__file__")
    if type(folders) is list and folders and type(folders[0]) is str:
        return Path(folders[0])
    return Path(file) if type(file) is str and file.endswith(".py") else None


def _is_under_other_names(target: object, found: Resolution) -> bool:
    own = peek_str(target, "__name__")
    names = (found.name, *found.aliases)
    return bool(own) and all(name.rpartition(".")[2] != own for name in names)


def _makes_new_objects(raw: object) -> bool:
    """Return whether *raw* is a descriptor that makes a new object at each access."""
    return type(lookup(type(raw), "__get__")).__name__ == "function"


def _is_hidden(container: object, attribute: str) -> bool:
    """Return whether a property of the metaclass hides the member of that name."""
    return is_class(container) and type(lookup(type(container), attribute)) is property


def _is_function_type(kind: type) -> bool:
    slot = lookup(kind, "__name__")
    return type(slot).__name__ in ("getset_descriptor", "member_descriptor")

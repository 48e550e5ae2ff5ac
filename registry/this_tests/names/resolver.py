"""Resolves the targets of ``this_tests()`` to names, and caches them."""

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType, MethodType, ModuleType
from typing import TYPE_CHECKING

import msgspec

from ..errors import NotAFunctionError, NotInApiError, TargetError
from ..source.inventory import Inventory, read_inventories
from ..text import printable
from .call_site import NOTHING_WRITTEN, CallSites, Written
from .canonical_name import Resolution
from .dotted_names import names_something, resolve_string
from .introspection import MISSING, describe, has_slot, home_of, is_class, is_mock, is_module
from .library import Library
from .paths import is_public
from .target_text import shown

if TYPE_CHECKING:  # Reads the library's source, which few targets need.
    from ..source.re_exports import ReExports

__all__ = ["Names", "Resolution"]


class _CachedResolution(msgspec.Struct, frozen=True):
    """A target resolved at one place in the source, with what must be unchanged to reuse it."""

    target: object
    written: Written
    resolution: Resolution

    def is_valid(self, target: object, caller: FrameType) -> bool:
        root = self.written.root
        return self.target is target and (
            root is MISSING or caller.f_globals.get(self.written.root_name, MISSING) is root
        )


class Names:
    """Resolves targets to the names of one library under test.

    Nothing is read or built before the first target is resolved.

    Args:
        library: The import names of the library.
        inventories: Sphinx inventories; the names that they list are preferred to all others.
        private: Whether the library's private callables are accepted.

    Attributes:
        known: The targets resolved so far whose name does not depend on how they were written, by id.
            The target is kept with its name: ids are reused once an object is freed.
    """

    def __init__(
        self, library: Sequence[str], *, inventories: Sequence[Path] = (), private: bool = False
    ) -> None:
        self._library = tuple(library)
        self._paths = tuple(inventories)
        self._private = private
        self._frozen: dict[str, ModuleType] | None = None
        self._inventory: Inventory | None = None
        self._sources: ReExports | None = None
        self._at_start: Library | None = None
        self._later: Library | None = None
        self._modules_seen = (0, "")
        self._sites = CallSites()
        self.known: dict[int, tuple[object, Resolution]] = {}
        self._known_texts: dict[str, Resolution] = {}
        self._known_methods: dict[tuple[int, int, str, str], tuple[object, type, Resolution]] = {}
        self._known_here: dict[tuple[int, int, int], _CachedResolution] = {}
        self._known_alone: dict[tuple[int, str, str], tuple[object, Resolution]] = {}

    def freeze(self) -> None:
        """Use the modules loaded now: names must not depend on what a test imports later.

        Targets resolved before are resolved again, because fewer modules were loaded then.
        """
        self._frozen = Library.loaded(self._library)
        self._at_start = self._later = None
        self._modules_seen = (0, "")
        for known in (
            self.known,
            self._known_texts,
            self._known_methods,
            self._known_here,
            self._known_alone,
        ):
            known.clear()

    @property
    def inventory(self) -> Inventory:
        """The names in the inventories.

        Raises:
            SettingsError: One of them cannot be read.
        """
        if self._inventory is None:
            self._inventory = read_inventories(self._paths)
        return self._inventory

    def resolve(self, target: object, caller: FrameType | None = None, *, position: int = 0) -> Resolution:
        """Return the name of *target*.

        Args:
            caller: The frame of the call, whose source distinguishes ``SVC.fit`` from
                ``BaseLibSVM.fit`` where both are one object.
            position: The position of the target among the arguments of that call, from 0.

        Raises:
            NotAFunctionError: The target is not callable.
            NotInApiError: The target is not in the library's API.
            SettingsError: An inventory cannot be read.
        """
        known = self.known.get(id(target))
        if known is not None and known[0] is target:
            return known[1]
        if type(target) is str:
            return self._of_text(target, caller, position)
        if type(target) is MethodType:
            return self._of_method(target, caller, position)
        return self._of_object(target, caller, position)

    def is_offered(self, target: object) -> bool:
        """Return whether a module or class of the library binds *target* under a public name."""
        index = self._library_at_start().index
        return any(is_public(name) for _, name in (*index.places(target), *index.owners(target)))

    def _of_text(self, text: str, caller: FrameType | None, position: int) -> Resolution:
        known = self._known_texts.get(text)
        if known is not None:
            return known
        known = resolve_string(text, self._library_at_start())
        if known is None:
            # The text may be the value of a class attribute: `Model.name`.
            resolved = self._library_at_start().resolve(text, self._written(caller, position))
            if resolved is not None:
                return resolved
            known = self._with_later_modules(lambda library: resolve_string(text, library), text)
        self._known_texts[text] = known
        return known

    def _of_method(self, target: MethodType, caller: FrameType | None, position: int) -> Resolution:
        holder = target.__self__
        cls = holder if is_class(holder) else type(holder)
        index = self._library_at_start().index
        if index.knows(target) or (cls is not holder and index.knows(holder)):
            return self._of_object(target, caller, position)
        # Each access makes a new method, so the key is its function and class, and the class as
        # written, which may have several documented names.
        written = self._written(caller, position)
        key = (id(target.__func__), id(cls), written.path, written.attribute)
        known = self._known_methods.get(key)
        if known is not None and known[0] is target.__func__ and known[1] is cls:
            return known[2]
        resolution = self._named(target, written)
        if index.owns_class(cls):
            self._known_methods[key] = (target.__func__, cls, resolution)
        return resolution

    def _of_object(self, target: object, caller: FrameType | None, position: int) -> Resolution:
        key = None if caller is None else (id(caller.f_code), caller.f_lasti, position)
        cached = None if key is None else self._known_here.get(key)
        if cached is not None and caller is not None and cached.is_valid(target, caller):
            return cached.resolution
        library = self._library_at_start()
        sole = library.sole_name(target)
        if sole is not None:
            self.known[id(target)] = (target, sole)
            return sole
        written = self._written(caller, position)
        resolution = self._as_written(target, written)
        if key is not None and written.stable and library.index.knows(target):
            self._known_here[key] = _CachedResolution(target, written, resolution)
        return resolution

    def _as_written(self, target: object, written: Written) -> Resolution:
        if written.container is not MISSING or not self._library_at_start().index.knows(target):
            return self._named(target, written)
        # Without a class, a method that hundreds of classes inherit has as many names, and a
        # parametrised test declares it again and again.
        key = (id(target), written.path, written.attribute)
        known = self._known_alone.get(key)
        if known is None:
            # The target is kept alive, so that its id is not reused.
            known = self._known_alone[key] = (target, self._named(target, written))
        return known[1]

    def _written(self, caller: FrameType | None, position: int) -> Written:
        if caller is None:
            return NOTHING_WRITTEN
        return self._sites.argument(caller, position).evaluated(caller, self._library_at_start().index)

    def _named(self, target: object, written: Written) -> Resolution:
        later = self._later_library() if self._is_of_later_class(target, written) else None
        found = None if later is None else later.resolve(target, written)
        return (
            found
            or self._library_at_start().resolve(target, written)
            or self._with_later_modules(lambda library: library.resolve(target, written), target)
        )

    def _is_of_later_class(self, target: object, written: Written) -> bool:
        """Return whether the class that *target* was taken from was loaded after the start.

        Its bases may have been loaded before, and the method would get the name of one of these.
        """
        holder = target.__self__ if type(target) is MethodType else written.container
        if holder is MISSING or is_module(holder):
            return False
        cls = holder if is_class(holder) else type(holder)
        index = self._library_at_start().index
        return index.is_ours(home_of(cls)) and not index.owns_class(cls)

    def _with_later_modules(
        self, resolve: Callable[[Library], Resolution | None], target: object
    ) -> Resolution:
        """Resolve a *target* that the modules loaded at the start do not have, with those loaded since."""
        later = self._later_library()
        found = None if later is None else resolve(later)
        if found is None:
            raise self._error(target)
        return found

    def _library_at_start(self) -> Library:
        if self._at_start is None:
            modules = Library.loaded(self._library) if self._frozen is None else self._frozen
            self._at_start = self._new_library(modules)
        return self._at_start

    def _later_library(self) -> Library | None:
        # Each observed private function ends here, and indexing all modules again takes as long as
        # everything else together.
        loaded = len(sys.modules), next(reversed(sys.modules), "")
        if loaded != self._modules_seen:
            self._modules_seen = loaded
            modules = Library.loaded(self._library)
            latest = self._later or self._library_at_start()
            if modules.keys() - latest.index.modules.keys():
                self._later = self._new_library(modules)
        return self._later

    def _new_library(self, modules: dict[str, ModuleType]) -> Library:
        if self._sources is None:
            from ..source.re_exports import ReExports

            self._sources = ReExports(Library.places(self._library))
        return Library(self._library, modules, self.inventory, self._sources, private=self._private)

    def _error(self, target: object) -> TargetError:
        library = self._later or self._library_at_start()
        text = shown(target)
        error: TargetError
        if _is_function_like(target, library):
            error = NotInApiError(text, self._library)
        else:
            error = NotAFunctionError(text)
        for hint in (*_its_name(target, text), *library.hints(target)):
            error.add_note(hint)
        return error


def _its_name(target: object, text: str) -> Iterator[str]:
    """Yield a hint with the name of a function, class or module, which its *text* may not have."""
    if is_mock(target):
        yield "it is a mock"
    elif type(target) is not str and text.startswith("<"):
        name = printable(describe(target))
        if not name.startswith("<"):
            yield f"it is {name}"


def _is_function_like(target: object, library: Library) -> bool:
    if type(target) is str:
        return names_something(target, library)
    if is_mock(target):
        return False
    return is_module(target) or has_slot(target, "__call__") or library.index.knows(target)

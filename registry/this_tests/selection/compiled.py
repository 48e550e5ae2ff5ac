"""Finds the compiled modules that a changed file in another language is built into. Pure."""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

__all__ = ["CompiledModules", "is_native"]

_NATIVE = re.compile(
    r"\.(?:pyx|pxd|pxi|c|h|cc|hh|cpp|hpp|cxx|hxx|cu|cuh|rs|f|f90|so|pyd|dll|dylib)$", re.IGNORECASE
)
_BUILT = (".so", ".pyd", ".dll", ".dylib")


def is_native(path: str) -> bool:
    """Return whether a file is built into compiled modules, or is what was built."""
    return bool(_NATIVE.search(path))


@dataclass(frozen=True)
class CompiledModules:
    """The compiled modules of a library, and the files that they may be built from.

    Which sources make a module is known by name only: a file beside it with its name is one, and a file that
    the source of a module includes, by name, is one, too.

    Attributes:
        names: The modules.
        module: Returns the name of the library's module at a path, or an empty string.
        sources: The native files that repositories list.
        text: Returns the text of a file, empty if it does not exist.
    """

    names: Collection[str]
    module: Callable[[str], str]
    sources: Collection[str]
    text: Callable[[str], str]

    def built_from(self, path: str) -> frozenset[str]:
        """Return the modules that the file at *path* is built into; none where that is not known."""
        own = self.beside(path)
        if path.endswith((".py", *_BUILT)):
            return frozenset(filter(None, [own]))
        found, seen, waiting = {own} if own else set(), {path}, [path]
        for source in waiting:
            including = [*self._including(source)]
            if not including and not self.beside(source):
                return frozenset()  # The build alone knows what becomes of it.
            for other in including:
                found.update(filter(None, [self.beside(other)]))
            waiting += [other for other in including if other not in seen]
            seen.update(including)
        return frozenset(found)

    def beside(self, path: str) -> str:
        """Return the compiled module that has the name of the file at *path*, in its folder."""
        file = PurePosixPath(path)
        name = self.module(str(file.with_name(f"{file.name.partition('.')[0]}.py"))) or self.module(path)
        return name if name in self.names else ""

    def _including(self, path: str) -> Iterator[str]:
        """Yield the sources that speak of a file, or in Cython of a module, by its name."""
        file = PurePosixPath(path)
        header = re.compile(rf"(?<!\w){re.escape(file.name)}(?!\w)")
        cython = re.compile(
            rf"^\s*(?:from|cimport|import|include)\b.*(?<!\w){re.escape(file.stem)}(?!\w)", re.MULTILINE
        )
        for other, text in self._texts.items():
            if other != path and (header.search(text) or (_is_cython(other) and cython.search(text))):
                yield other

    @cached_property
    def _texts(self) -> dict[str, str]:
        return {path: self.text(path) for path in self.sources if not path.endswith(_BUILT)}


def _is_cython(path: str) -> bool:
    return path.endswith((".pyx", ".pxd", ".pxi"))

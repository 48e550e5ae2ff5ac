"""The inputs of tests: files of the project that they read, looked for or listed, as data."""

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping

import msgspec

__all__ = ["LISTED", "MISSING", "PROCESS", "READ", "WIDE", "SharedInputs", "foreign", "united_shared"]

# How a test used an input, as bits of one byte: it opened the file to read it; it tried to, and there was
# none; it listed the folder; a pytest plugin did it, which may keep what it read for other tests of the file.
READ, MISSING, LISTED, WIDE = 1, 2, 4, 8

# An input of tests that started a process which reported nothing: whatever it executed, and used. No file is
# called so.
PROCESS = "//process"


class SharedInputs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The inputs that one test may read for others.

    Paths are relative to the project's root; those of folders end with ``/``.

    Attributes:
        at_import: By Python file, the inputs that it read when it was imported, or outside of tests.
        readers: By input, the functions that were running when it was read, as ``module:qualname`` where they
            are the library's, else as ``path:qualname``.
    """

    at_import: Mapping[str, tuple[str, ...]] = {}
    readers: Mapping[str, tuple[str, ...]] = {}

    def names(self) -> frozenset[str]:
        """Return all inputs."""
        return frozenset(self.readers).union(*self.at_import.values())

    def without(self, unwanted: Container[str]) -> "SharedInputs":
        """Return this without *unwanted* inputs."""
        kept = {
            file: tuple(name for name in names if name not in unwanted)
            for file, names in self.at_import.items()
        }
        return SharedInputs(
            {file: names for file, names in kept.items() if names},
            {name: units for name, units in self.readers.items() if name not in unwanted},
        )


def united_shared(parts: Iterable[SharedInputs]) -> SharedInputs:
    """Return the union of *parts*."""
    parts = tuple(parts)
    return SharedInputs(_united(part.at_import for part in parts), _united(part.readers for part in parts))


def foreign(
    used: Mapping[str, int], files: Collection[str], ignored: Callable[[Iterable[str]], Collection[str]]
) -> frozenset[str]:
    """Return those of the *used* inputs that are not the project's: ignored by git, or made by tests.

    Args:
        used: How each input was used; 0 if that is not known.
        files: The project's files.
        ignored: Returns which paths git ignores.
    """
    known = {*files, *_folders_of(files), PROCESS}
    others = {name: how for name, how in used.items() if name not in known}
    made = {name for name, how in others.items() if how & READ and not how & MISSING}
    return frozenset(made.union(ignored(others.keys() - made)))


def _folders_of(files: Iterable[str]) -> Iterator[str]:
    """Yield the folders of *files*, each once and with a slash at the end, and ``./``."""
    yield "./"
    seen = {""}
    for file in files:
        folder = file.rpartition("/")[0]
        while folder not in seen:
            seen.add(folder)
            yield f"{folder}/"
            folder = folder.rpartition("/")[0]


def _united(parts: Iterable[Mapping[str, tuple[str, ...]]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = {}
    for part in parts:
        for key, values in part.items():
            found.setdefault(key, set()).update(values)
    return {key: tuple(sorted(values)) for key, values in sorted(found.items())}

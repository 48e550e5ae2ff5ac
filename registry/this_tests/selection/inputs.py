"""Finds the tests that use a changed file as an input, by what was observed. Pure."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import Literal

from ..observations.inputs import LISTED, MISSING, PROCESS, READ, WIDE, SharedInputs
from ..observations.relation import Relation
from ..registry.model import test_file

__all__ = ["Event", "Inputs"]

# What happened to a file.
Event = Literal["changed", "is new", "was deleted"]


@dataclass(frozen=True)
class Inputs:
    """The inputs of all tests.

    Attributes:
        relation: The tests and the files and folders that they used, and how.
        shared: The inputs that one test may have read for others.
        entries: Returns the names of the files and folders that a folder has now.
    """

    relation: Relation
    shared: SharedInputs
    entries: Callable[[str], Collection[str]] = lambda _: ()

    def tests(self, path: str, event: Event, others: Collection[str]) -> Mapping[str, str]:
        """Return the node ids of the tests that the change of a file concerns, and why.

        Args:
            others: Other files that are new or were deleted at the same time.
        """
        blind = () if path.endswith(".py") else self.apart
        found = dict.fromkeys(blind, f"may read {path} where it is not seen")
        for name, kinds, verb in self._asked(path, event, others):
            uses = self._uses.get(name, {})
            wide = {test_file(test) for test, how in uses.items() if how & kinds and how & WIDE}
            for test in self._tests_of_files(wide) if wide else ():
                found.setdefault(test, f"a plugin {verb} for a test of its file")
            for test, how in uses.items():
                if how & kinds:
                    found[test] = verb
        return found

    @property
    def apart(self) -> frozenset[str]:
        """The tests that started a process which may have executed and used more than was seen."""
        return frozenset(self._uses.get(PROCESS, ()))

    def files(self, path: str, event: Event, others: Collection[str]) -> tuple[str, ...]:
        """Return the Python files whose import the change of a file concerns."""
        names = {name for name, _, _ in self._asked(path, event, others)}
        return tuple(file for file, used in self.shared.at_import.items() if not names.isdisjoint(used))

    def readers(self, path: str, event: Event, others: Collection[str]) -> frozenset[str]:
        """Return the functions that ran when what the change concerns was read."""
        return frozenset(
            unit
            for name, _, _ in self._asked(path, event, others)
            for unit in self.shared.readers.get(name, ())
        )

    def _asked(self, path: str, event: Event, others: Collection[str]) -> Iterator[tuple[str, int, str]]:
        """Yield the inputs that are different after the change, how they were used, and a reason."""
        if event == "changed":
            yield path, READ, f"reads {path}"
            return
        yield path, READ | MISSING, f"reads {path}" if event == "was deleted" else f"looks for {path}"
        # A folder that is itself new, or gone, was in no list; the one above it was.
        for folder in PurePosixPath(path).parents:
            name = "./" if str(folder) == "." else f"{folder}/"
            yield name, LISTED | MISSING, f"lists {folder}"
            if self._has_others(str(folder), {path, *others}):
                return

    def _has_others(self, folder: str, changed: Iterable[str]) -> bool:
        prefix = "" if folder == "." else f"{folder}/"
        gone = {path[len(prefix) :].partition("/")[0] for path in changed if path.startswith(prefix)}
        return any(entry not in gone for entry in self.entries(folder))

    @cached_property
    def _uses(self) -> Mapping[str, Mapping[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for test in self.relation.rows:
            for name, how in self.relation.flags_of(test):
                found.setdefault(name, {})[test] = how
        return found

    def _tests_of_files(self, files: Collection[str]) -> Iterator[str]:
        return (test for test in self.relation.rows if test_file(test) in files)

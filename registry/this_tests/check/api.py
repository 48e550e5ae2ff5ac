"""The public callables of a project's library, and where its packages lie."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..settings import Project
from ..source.inventory import read_inventories
from ..source.packages import find_places
from ..source.public_api import PublicCallable, public_callables

__all__ = ["Api", "places_of", "read_api"]


@dataclass(frozen=True)
class Api:
    """The public callables of a project's library.

    Attributes:
        places: The locations of its packages.
        callables: The callables that the inventories list, or else those in the sources.
    """

    places: dict[str, Path]
    callables: tuple[PublicCallable, ...]

    @cached_property
    def by_name(self) -> dict[str, PublicCallable]:
        """The callables by all of their names."""
        return {name: function for function in self.callables for name in function.names}

    def same_last_name(self, name: str) -> list[str]:
        """Return the callables with the same last name as *name*: of the same class, if there are any."""
        parts = name.split(".")
        for tail in (".".join(parts[-2:]), parts[-1]):
            found = [function.name for function in self.callables if f".{function.name}".endswith(f".{tail}")]
            if found and tail != name:
                return found
        return []


def places_of(project: Project) -> dict[str, Path]:
    """Return the locations of the library's packages that can be found."""
    return find_places(project.library, project.roots)


def read_api(project: Project, notice: Callable[[str], object]) -> Api:
    """Return the API of *project*.

    Args:
        notice: Called with a message for each file that cannot be read or parsed.

    Raises:
        SettingsError: An inventory cannot be read.
    """
    places = places_of(project)
    inventories = project.inventories()
    inventory = read_inventories(inventories) if inventories else None
    return Api(places, public_callables(places, notice, inventory))

"""The public callables of a project's library, and where its packages lie."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..errors import SettingsError
from ..settings import Project
from ..source.inventory import Inventory, read_inventories, read_inventory
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
        SettingsError: An inventory that is set cannot be read.
    """
    places = places_of(project)
    return Api(places, public_callables(places, notice, _inventory(project, notice)))


def _inventory(project: Project, notice: Callable[[str], object]) -> Inventory | None:
    if inventories := project.inventories():
        return read_inventories(inventories)
    built = project.built_inventory()
    if built is None:
        return None
    try:
        inventory = read_inventory(built)
    except SettingsError as error:
        # Nobody has asked for it.
        notice(str(error))
        return None
    # The docs may be another project's, or list no callables.
    return inventory if inventory.lists(project.library) else None

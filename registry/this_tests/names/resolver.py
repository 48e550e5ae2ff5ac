"""The seam between the recorder and the rules of naming."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from ..errors import NotAFunctionError, NotInApiError
from ..model import Found

__all__ = ["Names", "Resolution"]


@dataclass(frozen=True)
class Resolution:
    """What a target is called.

    Attributes:
        name: The canonical name: the documented one where the docs list it.
        aliases: The other public names of the same object, sorted and bounded in number.
        found: How the target led to the name.
        receiver: The class that the test used, where `name` shows another class.
        documented: Whether an inventory lists `name`.
    """

    name: str
    aliases: tuple[str, ...] = ()
    found: Found = "reference"
    receiver: str = ""
    documented: bool = False


class Names:
    """Resolves targets to the names of one library under test."""

    def __init__(
        self, library: Sequence[str], *, inventories: Sequence[Path] = (), private: bool = False
    ) -> None:
        self._library = tuple(library)

    def resolve(self, target: object, caller: FrameType | None = None) -> Resolution:
        """Return the name of *target*.

        Args:
            caller: The frame that wrote the target, whose source tells ``SVC.fit`` from
                ``BaseLibSVM.fit`` where both are one object.

        Raises:
            NotAFunctionError: The target is nothing callable.
            NotInApiError: The target is no part of the library's API.
        """
        name = target if type(target) is str else f"{target.__module__}.{target.__qualname__}"  # type: ignore[attr-defined]
        if type(target) is str and "." not in target:
            raise NotAFunctionError(target)
        if name.partition(".")[0] not in self._library:
            raise NotInApiError(name, self._library)
        return Resolution(name)

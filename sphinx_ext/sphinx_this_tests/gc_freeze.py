"""Freezes objects that live until the build ends, so that the garbage collector skips them."""

import gc

__all__ = ["GcFreeze"]


class GcFreeze:
    """Objects that live until a build ends, which the garbage collector skips until then.

    What Sphinx has imported and read stays in memory, and so do the sections. While NetworkX's reference
    is written, the collector would search all of it twenty times and find nothing: a fifth of the whole
    build. Python's docs also recommend a freeze before processes fork, as Sphinx's writers do.
    """

    def __init__(self) -> None:
        self._is_ours = False

    def freeze(self) -> None:
        """Freeze all objects that live now; do nothing if there are frozen objects already."""
        if self._is_ours or not gc.get_freeze_count():
            gc.freeze()
            self._is_ours = True

    def unfreeze(self) -> None:
        """Unfreeze the objects that were frozen here."""
        if self._is_ours:
            gc.unfreeze()
            self._is_ours = False

"""Freezes what lives until a docs build ends, so that the garbage collector passes over it."""

import gc

__all__ = ["Aside"]


class Aside:
    """What lives until a build ends, which the collector passes over until then.

    What Sphinx has imported and read stays, and so does all that we show. While NetworkX's reference is
    written, the collector would look through it twenty times and find nothing: a fifth of the whole build.
    To set it aside is also what Python asks for before processes fork, as Sphinx's writers do.
    """

    def __init__(self) -> None:
        self._is_ours = False

    def add_all(self) -> None:
        """Set aside all that lives now; what somebody else has set aside is left to them, all of it."""
        if self._is_ours or not gc.get_freeze_count():
            gc.freeze()
            self._is_ours = True

    def take_back(self) -> None:
        """Let the collector look at all of it again."""
        if self._is_ours:
            gc.unfreeze()
            self._is_ours = False

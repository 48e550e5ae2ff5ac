"""Exit codes of the command."""

from typing import Final

__all__ = ["CLEAN", "FAILED", "FINDINGS"]

CLEAN: Final = 0
FINDINGS: Final = 1
FAILED: Final = 2

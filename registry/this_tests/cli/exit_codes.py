"""Exit codes of the command."""

from typing import Final

__all__ = ["ABORTED", "CLEAN", "FAILED", "FINDINGS"]

CLEAN: Final = 0
FINDINGS: Final = 1
FAILED: Final = 2
# As shells have it: 128 and the number of SIGINT.
ABORTED: Final = 130

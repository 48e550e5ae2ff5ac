"""What `sphinx_this_tests` uses of `this_tests` besides its public face.

No promise to others: what stands here may change with any release.
"""

from .files import read_bounded
from .gc_pause import collector_paused
from .settings import find_project
from .source.docstrings import summary
from .source.origins import Origins
from .source.parsing import flat, parsed
from .text import printable

__all__ = [
    "Origins",
    "collector_paused",
    "find_project",
    "flat",
    "parsed",
    "printable",
    "read_bounded",
    "summary",
]

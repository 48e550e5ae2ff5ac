"""What `sphinx_this_tests` uses of `this_tests` besides its public face.

No promise to others: what stands here may change with any release.
"""

from .files import read_bounded
from .gc_pause import collector_paused
from .settings import find_project
from .source.docstrings import summary
from .source.origins import Origins
from .source.parsing import dotted, last_name, parsed, statements
from .text import printable

__all__ = [
    "Origins",
    "collector_paused",
    "dotted",
    "find_project",
    "last_name",
    "parsed",
    "printable",
    "read_bounded",
    "statements",
    "summary",
]

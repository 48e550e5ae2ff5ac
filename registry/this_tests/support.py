"""Names that `sphinx_this_tests` uses besides the public API of `this_tests`.

They are not public: they may change with any release.
"""

from .files import atomic_write
from .gc_pause import collector_paused
from .observations.executed import Executed, executed
from .observations.file import evidence_files
from .prove.proven import Proven, proven_for_docs
from .settings import find_project
from .source.observable import ObservableCode
from .source.origins import Origins
from .source.packages import find_places
from .source.public_api import public_callables
from .suite.conventions import configured_options
from .text import abbreviated, printable

__all__ = [
    "Executed",
    "ObservableCode",
    "Origins",
    "Proven",
    "abbreviated",
    "atomic_write",
    "collector_paused",
    "configured_options",
    "evidence_files",
    "executed",
    "find_places",
    "find_project",
    "printable",
    "proven_for_docs",
    "public_callables",
]

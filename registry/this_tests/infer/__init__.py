"""Which functions a test is about, told from its source alone: nothing is imported, nothing runs."""

from .behind import Ran
from .code import Code
from .links import Inferred, inferred, with_inferred
from .public import Name, PublicNames
from .score import Likely, likely
from .suite import Case, cases
from .trace import Use

__all__ = [
    "Case",
    "Code",
    "Inferred",
    "Likely",
    "Name",
    "PublicNames",
    "Ran",
    "Use",
    "cases",
    "inferred",
    "likely",
    "with_inferred",
]

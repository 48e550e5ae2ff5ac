"""Which functions a test is about, told from its source alone: nothing is imported, nothing runs."""

from .cases import Case, cases
from .evidence import Inferred, inferred, with_inferred
from .indirect import Ran
from .modules import Code
from .public_names import Name, PublicNames
from .score import Likely, likely
from .usage import Use

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

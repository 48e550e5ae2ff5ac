"""Infers which functions a test is about from its source alone: nothing is imported, nothing runs."""

from .cases import StaticCase, cases
from .evidence import Inferred, inferred, with_inferred
from .indirect import ExecutedFunctions
from .modules import SourceTree
from .public_names import PublicName, PublicNames
from .score import LikelyLink, likely
from .usage import Use

__all__ = [
    "ExecutedFunctions",
    "Inferred",
    "LikelyLink",
    "PublicName",
    "PublicNames",
    "SourceTree",
    "StaticCase",
    "Use",
    "cases",
    "inferred",
    "likely",
    "with_inferred",
]

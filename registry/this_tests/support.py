"""Names that `sphinx_this_tests` uses besides the public API of `this_tests`.

They are not public: they may change with any release.
"""

from .files import atomic_write, is_module_name, read_bounded, stays_inside
from .gc_pause import collector_paused
from .observations.executed import Executed, executed
from .observations.file import evidence_files
from .registry.commands import doctest_module, is_text_doctest, pytest_command
from .registry.query import strongest
from .registry.relevance import CallableName, TestName, name_relevance
from .settings import find_project
from .source.docstrings import summary
from .source.inventory import Inventory
from .source.observable import ObservableCode
from .source.origins import Origins
from .source.parsing import dotted, is_dunder, last_name, parsed, statements
from .source.public_api import is_maker, public_callables
from .suite.conventions import configured_options
from .text import abbreviated, printable, words

__all__ = [
    "CallableName",
    "Executed",
    "Inventory",
    "ObservableCode",
    "Origins",
    "TestName",
    "abbreviated",
    "atomic_write",
    "collector_paused",
    "configured_options",
    "doctest_module",
    "dotted",
    "evidence_files",
    "executed",
    "find_project",
    "is_dunder",
    "is_maker",
    "is_module_name",
    "is_text_doctest",
    "last_name",
    "name_relevance",
    "parsed",
    "printable",
    "public_callables",
    "pytest_command",
    "read_bounded",
    "statements",
    "stays_inside",
    "strongest",
    "summary",
    "words",
]

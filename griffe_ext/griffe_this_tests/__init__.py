"""A Griffe extension and an MkDocs plugin that show, on each API page, the tests that exercise it."""

from .griffe_extension import ThisTestsExtension
from .placeholders import templates_folder

__all__ = ["ThisTestsExtension", "templates_folder"]

"""Resolves a live object, or a dotted string, to the name that its library's docs use."""

from .resolver import Names, Resolution

__all__ = ["Names", "Resolution"]

"""The command ``this-tests``: each verb reads, asks the pure rooms, and prints."""

from .command import app, main

__all__ = ["app", "main"]

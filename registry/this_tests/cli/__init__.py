"""Command line interface: ``this-tests`` and its subcommands."""

from .command import app, main

__all__ = ["app", "main"]

"""A server of the Model Context Protocol, by which coding agents ask which tests to run."""

from .server import serve

__all__ = ["serve"]

"""The stylesheet and the script of pages, as files."""

from pathlib import Path

__all__ = ["FOLDER", "SCRIPT", "STYLESHEET"]

FOLDER = Path(__file__).parent / "static"
STYLESHEET = "this-tests.css"
SCRIPT = "this-tests.js"

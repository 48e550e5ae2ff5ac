"""A site of einops's API with the tests that exercise it."""

import importlib.metadata
import importlib.util
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(importlib.util.find_spec("einops").origin).parents[1]

project = "einops"
release = importlib.metadata.version("einops")
extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_this_tests"]
html_theme = "furo"
html_title = f"einops {release}"
exclude_patterns = [] if importlib.util.find_spec("torch") else ["layers.rst"]
autodoc_typehints = "none"
default_role = "code"
suppress_warnings = ["docutils", "toc.excluded"]  # the shape of einops's docstrings is not ours to judge

this_tests_registry = str(ROOT / "test_registry.json")
this_tests_root = str(ROOT)
this_tests_source_url = f"https://github.com/arogozhnikov/einops/blob/v{release}/{{path}}#L{{line}}-L{{end}}"
this_tests_how_to_url = "https://github.com/arogozhnikov/einops/tree/main/einops/tests"


def fences_to_blocks(lines: list[str]) -> list[str]:
    """Return *lines* with Markdown's fenced code, which einops's docstrings use, in reST."""
    found: list[str] = []
    fenced = False
    for line in lines:
        if line.strip().startswith("```"):
            fenced = not fenced
            found += ["", ".. code-block:: python", ""] if fenced else [""]
        else:
            found.append(f"    {line}" if fenced else line)
    return found


def setup(app: Sphinx) -> None:
    """Read docstrings as they are meant; napoleon comes after."""
    app.connect(
        "autodoc-process-docstring",
        lambda *arguments: arguments[-1].__setitem__(slice(None), fences_to_blocks(arguments[-1])),
        priority=400,
    )

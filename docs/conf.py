"""The docs of this-tests, which show the tests of this-tests."""

import importlib.metadata
import os
import subprocess
import sys
import zlib
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util import logging

project = "this-tests"
author = "The this-tests developers"
copyright = "2026, The this-tests developers"  # noqa: A001  # Sphinx's name for it
release = importlib.metadata.version("this-tests")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_this_tests",
]
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3
nitpicky = False

html_theme = "furo"
html_title = "this-tests"
html_static_path = ["_static"]

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
copybutton_prompt_text = "$ "

this_tests_how_to_url = "writing"
# Our tests exercise internal modules as well, which have no page.
suppress_warnings = ["this_tests.unknown_name"]

_HERE = Path(__file__).parent
_INVENTORY = _HERE / "objects.inv"
_UPDATE = bool(os.environ.get("UPDATE_INVENTORY"))
_INVENTORY_HEAD = b"# Sphinx inventory version 2\n# Project: this-tests\n# Version: \n# zlib\n"


def _write_coverage(app: Sphinx) -> None:
    """Write what the page `coverage` includes."""
    folder = app.srcdir / "_build"
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "this_tests", "coverage", "--format", "markdown"]
    command += ["--badge", str(folder / "api-coverage.svg")]
    table = subprocess.run(command, cwd=_HERE.parent, check=not _UPDATE, capture_output=True)  # noqa: S603  # our own
    (folder / "api-coverage.md").write_bytes(table.stdout)


def _check_inventory(app: Sphinx, exception: Exception | None) -> None:
    """Warn if the committed inventory differs from these pages; UPDATE_INVENTORY=1 writes it."""
    if exception is not None or app.builder.name != "html":
        return
    entries = "".join(
        sorted(
            f"{name} py:{kind} {priority} {app.builder.get_target_uri(page)}#$ -\n"
            for name, _, kind, page, _, priority in app.env.domains["py"].get_objects()
        )
    )
    if _UPDATE:
        _INVENTORY.write_bytes(_INVENTORY_HEAD + zlib.compress(entries.encode()))
    elif zlib.decompress(_INVENTORY.read_bytes().removeprefix(_INVENTORY_HEAD)) != entries.encode():
        logging.getLogger(__name__).warning("docs/objects.inv is out of date; run `make inventory`")


def setup(app: Sphinx) -> None:
    """Add our own coverage to the docs, and check the inventory that it uses."""
    app.connect("builder-inited", _write_coverage)
    app.connect("build-finished", _check_inventory)

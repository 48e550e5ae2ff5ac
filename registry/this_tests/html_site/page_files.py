"""The files of the site's pages, and the links between them."""

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["ANCHOR", "ASSETS", "FOLDERS", "OVERVIEW", "PageFiles"]

OVERVIEW = "index"
ASSETS = "assets"
_CALLABLES, _FILES = "callables", "files"
# All folders of a site.
FOLDERS = (ASSETS, _CALLABLES, _FILES)
# The content of a page, which links to callables lead to.
ANCHOR = "this-tests-content"

_GENERATED = "_this_tests/"
_UNFIT = re.compile(r"[^\w.-]+", re.ASCII)
_LONGEST = 120


@dataclass(frozen=True)
class PageFiles:
    """The pages of a site: the overview at its root, and a folder each for callables and test files."""

    has_own_pages: bool = True

    def is_page(self, name: str) -> bool:
        """Return whether there is a page of that name."""
        return name == OVERVIEW

    def target(self, page: str) -> str:
        """Return the path of a page's file, from the root of the site."""
        return _target(page)

    def relative(self, origin: str, page: str) -> str:
        """Return the address of a page as the page *origin* links to it."""
        folder, target = _target(origin).rpartition("/")[0], _target(page)
        if folder and target.startswith(f"{folder}/"):
            return target[len(folder) + 1 :]
        return f"../{target}" if folder else target


@lru_cache(maxsize=100_000)
def _target(page: str) -> str:
    if not page.startswith(_GENERATED):
        return f"{page}.html"
    name = page.removeprefix(_GENERATED)
    # The name of a test file's page fits already. A callable has no slash in its name.
    return f"{name}.html" if name.startswith(f"{_FILES}/") else f"{_CALLABLES}/{_fitting(name)}.html"


def _fitting(name: str) -> str:
    """Return the name of a file: *name* itself, if it fits into any file system and any URL."""
    fit = _UNFIT.sub("-", name)
    if fit == name and len(name) <= _LONGEST:
        return name
    digest = hashlib.sha256(name.encode("utf-8", "backslashreplace")).hexdigest()[:12]
    return f"{fit[:_LONGEST]}-{digest}"

"""Overhead of the sections: MkDocs builds of a project's API with and without the plugin.

``python benchmarks/mkdocs_site.py CHECKOUT``: a checkout whose tests were observed with
``pytest --this-tests-observe``. Each public module gets a page with ``::: module``. Nothing is written into
the checkout. The ratio is of CPU time, in alternating pairs, for each theme.
"""

import argparse
import json
import re
import shutil
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from measure import alternating, child_seconds, tell

from this_tests.settings import find_project

THEMES = ("material", "mkdocs")
GOAL = 1.05
_SECTION = re.compile(r'class="this-tests[ "]')


def main() -> None:
    """Run all builds, and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path, nargs="?", help="of a project")
    parser.add_argument("--pairs", type=int, default=3, help="pairs of builds for each theme")
    parser.add_argument("--theme", action="append", default=[], help="instead of material and mkdocs")
    parser.add_argument("--into", type=Path, help="the working folder, which is kept")
    arguments = parser.parse_args()
    if arguments.checkout is None:
        print("mkdocs_site.py needs a checkout of a project whose tests were observed; skipped")
        return
    into = arguments.into or Path(tempfile.mkdtemp())
    compare(arguments.checkout.absolute(), into, arguments.theme or THEMES, arguments.pairs)
    if not arguments.into:
        shutil.rmtree(into)


def compare(checkout: Path, into: Path, themes: Sequence[str], pairs: int) -> None:
    """Print the ratio for each theme."""
    project = copy(checkout, into / "project")
    for theme in themes:
        bare, ours = (prepare(project, theme, plugins) for plugins in ([], ["this-tests"]))
        # The first build compiles what Python caches.
        build(bare)
        build(ours)
        if theme == themes[0]:
            sections = sections_of(project / ours.stem)
            print(f"{sections:,} sections on {len(list((project / 'pages').iterdir()))} pages")
        ratio = alternating(partial(build, ours), partial(build, bare), pairs)
        tell(f"{checkout.name}'s API, theme {theme} / bare", ratio, f"<= {GOAL}", good=ratio <= GOAL)


def sections_of(site: Path) -> int:
    """Return how many sections the API pages of a site have."""
    pages = (page for page in site.rglob("*.html") if "_this_tests" not in page.parts)
    return sum(len(_SECTION.findall(page.read_text(encoding="utf-8"))) for page in pages)


def copy(checkout: Path, project: Path) -> Path:
    """Return the folder *project* with a copy of the checkout, and a page for each public module."""
    if not project.exists():
        shutil.copytree(checkout, project, ignore=shutil.ignore_patterns(".git", ".venv", "site", "s-*"))
        (project / "pages").mkdir()
        for module in modules(project):
            page = project / "pages" / ("index.md" if "." not in module else f"{module}.md")
            page.write_text(f"# {module}\n\n::: {module}\n", encoding="utf-8")
    return project


def modules(project: Path) -> list[str]:
    """Return the public modules of the library, as its sources have them."""
    found = []
    for top in find_project(project).settings.library:
        base = next(folder for folder in (project / "src", project) if (folder / top).is_dir())
        for file in sorted((base / top).rglob("*.py")):
            parts = file.relative_to(base).with_suffix("").parts
            parts = parts[:-1] if parts[-1] == "__init__" else parts
            if not any(part.startswith("_") for part in parts):
                found.append(".".join(parts))
    return found


def prepare(project: Path, theme: str, plugins: Sequence[str]) -> Path:
    """Return a configuration of MkDocs with *plugins*; JSON is YAML, too."""
    python = {
        "paths": [name for name in ("src", ".") if (project / name).is_dir()],
        "options": {"show_root_heading": True, "inherited_members": True, "show_submodules": False},
    }
    settings = {
        "site_name": "An API",
        "docs_dir": "pages",
        "theme": {"name": theme},
        "plugins": ["search", {"mkdocstrings": {"handlers": {"python": python}}}, *plugins],
    }
    path = project / f"{theme}-{'-'.join(plugins) or 'bare'}.yml"
    path.write_text(json.dumps(settings), encoding="utf-8")
    return path


def build(configuration: Path) -> float:
    """Return the CPU seconds of a build."""
    folder = configuration.parent / configuration.stem
    shutil.rmtree(folder, ignore_errors=True)
    command = ["-m", "mkdocs", "build", "-q", "-f", configuration.name, "-d", folder.name]
    return child_seconds(command, configuration.parent, PYTHONHASHSEED="0", NO_MKDOCS_2_WARNING="1")


if __name__ == "__main__":
    main()

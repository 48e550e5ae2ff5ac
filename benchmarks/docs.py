"""Overhead of the sections: builds of NetworkX's reference with and without them, and rebuilds.

``python benchmarks/docs.py CHECKOUT``: a checkout of github.com/networkx/networkx at the version
that is installed, with the packages of its ``requirements/doc.txt``. Nothing is written into it, and
nothing is downloaded: the gallery and intersphinx's inventories are disabled in all builds.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path

from measure import alternating, child_seconds, tell
from sphinx.util.inventory import InventoryFile

from this_tests import Entry, Link, Registry
from this_tests.registry.store import encode

GALLERY = "sphinx_gallery.gen_gallery"
LINKS = 10
GOAL = 1.02

# The project's settings, without those that run its examples or use the network.
CONF = """
import os, sys
sys.path.insert(0, os.path.dirname(__file__))
from networkx_conf import *
extensions = [name for name in extensions if name != "sphinx_gallery.gen_gallery"] + {more!r}
sphinx_gallery_conf["plot_gallery"] = "False"
sphinx_gallery_conf["doc_module"] = "networkx"
sphinx_gallery_conf["backreferences_dir"] = {back_references!r}
intersphinx_mapping = {{}}
nb_execution_mode = "off"
html_theme_options = {{**html_theme_options, "navbar_end": ["theme-switcher", "navbar-icon-links"]}}
del html_theme_options["switcher"], html_theme_options["analytics"]
html_last_updated_fmt = None
codeautolink_autodoc_inject = True
this_tests_registry = "../test_registry.json"
this_tests_root = "../tests"
this_tests_source_url = "https://example.org/{{commit}}/{{path}}#L{{line}}-L{{end}}"
this_tests_commit = "main"
suppress_warnings = [*suppress_warnings, "this_tests.unknown_name", "config.cache"]
"""


def main() -> None:
    """Run all builds, and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path, nargs="?", help="of NetworkX")
    parser.add_argument("--rounds", type=int, default=3, help="pairs of builds")
    parser.add_argument("--into", type=Path, help="the working folder, which is kept")
    parser.add_argument(
        "--also",
        action="append",
        default=[],
        help="another extension to compare with: sphinx_codeautolink, or sphinx_gallery.gen_gallery for its "
        "back-references, against the gallery without them",
    )
    arguments = parser.parse_args()
    if arguments.checkout is None:
        print("docs.py needs a checkout of NetworkX; skipped")
        return
    into = arguments.into or Path(tempfile.mkdtemp())
    compare(arguments.checkout, into, arguments.rounds, arguments.also)
    if not arguments.into:
        shutil.rmtree(into)


def compare(checkout: Path, into: Path, rounds: int, others: Sequence[str]) -> None:
    """Print the ratios, each to a bare build next to it."""
    bare = prepare(checkout, into / "bare", [])
    build(bare)
    ours = prepare(checkout, into / "ours", ["sphinx_this_tests"])
    write_registry(checkout, ours, bare / "site" / "objects.inv")
    build(ours)
    ratio = alternating(lambda: build(ours), lambda: build(bare), rounds)
    tell("NetworkX's reference with 10 links per function / bare", ratio, "<= 1.02", good=ratio <= GOAL)
    ratio = alternating(lambda: rebuild(ours), lambda: rebuild(bare), 3 * rounds)
    tell("the same, rebuilt with no change", ratio, "<= 1.02", good=ratio <= GOAL)
    for extension in others:
        other = prepare(checkout, into / extension, [extension], back_references="modules/generated")
        without = (
            prepare(checkout, into / f"{extension}-without", [extension]) if extension == GALLERY else bare
        )
        ratio = alternating(partial(build, other), partial(build, without), rounds)
        tell(f"NetworkX's reference with {extension} / without", ratio, "-", good=True)


def prepare(checkout: Path, folder: Path, extensions: Sequence[str], back_references: str = "") -> Path:
    """Return *folder* with a copy of NetworkX's documentation that is built with *extensions*, too.

    Args:
        back_references: The folder for the gallery's lists of examples by function, shown on their pages;
            empty for none.
    """
    if not folder.exists():
        check_version(checkout)
        shutil.copytree(checkout / "doc", folder / "doc")
        (folder / "doc" / "conf.py").rename(folder / "doc" / "networkx_conf.py")
        conf = CONF.format(more=list(extensions), back_references=back_references or None)
        (folder / "doc" / "conf.py").write_text(conf, encoding="utf-8")
        shutil.copytree(checkout / "networkx", folder / "tests" / "networkx")
        # The input of the gallery's back-references, and the pages that show them.
        shutil.copytree(checkout / "examples", folder / "examples")
        if GALLERY in extensions and back_references:
            for template in (folder / "doc" / "_templates" / "autosummary").glob("*.rst"):
                with template.open("a", encoding="utf-8") as file:
                    file.write("\n\n.. minigallery:: networkx.{{ objname }}\n")
    return folder


def check_version(checkout: Path) -> None:
    """Exit if the documentation is of another version than the one installed."""
    said = (checkout / "networkx" / "__init__.py").read_text(encoding="utf-8")
    if f'__version__ = "{version("networkx")}"' not in said:
        sys.exit(f"{checkout} is not NetworkX {version('networkx')}, which is installed")


def write_registry(checkout: Path, folder: Path, inventory: Path) -> None:
    """Write a registry in which each documented callable has `LINKS` of NetworkX's own tests."""
    tests = sorted(tests_in(checkout))
    entries = InventoryFile.loads(inventory.read_bytes(), uri="").data
    names = sorted(
        name for kind in ("py:function", "py:method", "py:class") for name in entries.get(kind, ())
    )
    callables = {
        name: Entry(
            declared={tests[(number * 37 + link * 101) % len(tests)]: Link() for link in range(LINKS)}
        )
        for number, name in enumerate(names)
    }
    (folder / "test_registry.json").write_bytes(encode(Registry(callables=callables)))
    print(f"{len(callables):,} callables, {LINKS * len(callables):,} links to {len(tests):,} tests")


def tests_in(checkout: Path) -> Iterator[str]:
    """Yield the node ids of the tests in NetworkX's test files."""
    import ast

    for path in sorted((checkout / "networkx").rglob("test_*.py")):
        file = path.relative_to(checkout).as_posix()
        for node in ast.parse(path.read_bytes()).body:
            inside = node.body if isinstance(node, ast.ClassDef) else [node]
            scope = f"{node.name}::" if isinstance(node, ast.ClassDef) else ""
            for statement in inside:
                if isinstance(statement, ast.FunctionDef) and statement.name.startswith("test"):
                    yield f"{file}::{scope}{statement.name}"


def build(folder: Path) -> float:
    """Return the CPU seconds of a full build."""
    for made in ("site", "doctrees"):
        shutil.rmtree(folder / made, ignore_errors=True)
    return rebuild(folder)


def rebuild(folder: Path) -> float:
    """Return the CPU seconds of an incremental build."""
    command = ["-m", "sphinx", "-Q", "-b", "html", "-d", "doctrees", "doc", "site"]
    return child_seconds(command, folder, PYTHONHASHSEED="0")


if __name__ == "__main__":
    main()

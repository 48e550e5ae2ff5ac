"""Sites of MkDocs, built by its command in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from bs4 import BeautifulSoup
from case_files import files_of

CASES = Path(__file__).parent / "cases"
ALL_VALIDATIONS = {
    "nav": {"omitted_files": "warn", "not_found": "warn", "absolute_links": "warn"},
    "links": {
        "not_found": "warn",
        "absolute_links": "warn",
        "unrecognized_links": "warn",
        "anchors": "warn",
    },
}


@dataclass(frozen=True)
class MkDocsSite:
    """A project with a package `pkg`, tests, and docs of a theme."""

    root: Path
    theme: str = "material"

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def add(self, case: str) -> None:
        for path, text in files_of(CASES / case).items():
            self.write(path, text)

    def build(
        self,
        plugin: dict[str, Any] | None = None,
        options: dict[str, Any] | None = None,
        custom_dir: str = "",
        markdown: Sequence[object] = (),
        *,
        mkdocstrings: bool = True,
        **others: Any,
    ) -> "BuiltSite":
        """Build the site strictly: with the plugin's options, or, for ``None``, without it.

        Args:
            markdown: Extensions of Markdown.
            mkdocstrings: Whether it is used; mkautodoc, which has the same syntax, takes its place.
            options: Options of mkdocstrings-python; `others` are mkdocstrings' own.
        """
        name = "bare" if plugin is None else "site"
        chosen = {"inherited_members": True, "show_root_heading": True, **(options or {})}
        handlers = {"python": {"paths": ["src"], "options": chosen}}
        plugins: list[object] = ["search"]
        if mkdocstrings:
            plugins.append({"mkdocstrings": {"handlers": handlers, **others}})
        features = {"features": ["navigation.instant"]} if self.theme == "material" else {}
        custom = {"custom_dir": custom_dir} if custom_dir else {}
        config = {
            "site_name": "Site",
            "site_url": "http://127.0.0.1/",
            "theme": {"name": self.theme, **features, **custom},
            "plugins": plugins if plugin is None else [*plugins, {"this-tests": plugin}],
            "markdown_extensions": list(markdown),
            "nav": ["index.md", "api.md", "again.md"],
            "validation": ALL_VALIDATIONS,
        }
        self.write(f"{name}.yml", yaml.safe_dump(config))
        folder = self.root / name
        command = [
            sys.executable,
            "-m",
            "mkdocs",
            "build",
            "--strict",
            "-f",
            f"{name}.yml",
            "-d",
            str(folder),
        ]
        done = subprocess.run(
            command,
            cwd=self.root,
            env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": "src"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return BuiltSite(folder, done.stderr)


@dataclass(frozen=True)
class BuiltSite:
    """What a build wrote, and what it said."""

    folder: Path
    said: str

    def page(self, name: str) -> BeautifulSoup:
        return BeautifulSoup((self.folder / name / "index.html").read_text(encoding="utf-8"), "html.parser")

    def sections(self, page: str) -> dict[str, str]:
        """Return the text of each section of a page, by the object's name."""
        found = self.page(page).select("[data-api]")
        return {str(section["data-api"]): " ".join(section.get_text().split()) for section in found}

    @property
    def search_index(self) -> str:
        return (self.folder / "search" / "search_index.json").read_text(encoding="utf-8")

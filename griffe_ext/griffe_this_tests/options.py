"""The plugin's options, in mkdocs.yml: their declarations, defaults and checks."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from mkdocs.config import base
from mkdocs.config import config_options as options

from this_tests.docs.settings import PageSettings, described, problem_of
from this_tests.docs.source_links import is_external, is_safe

__all__ = ["Options", "PluginSettings", "checked"]

# No page has a summary below its title yet.
_NOT_YET = frozenset({"page_summary"})


@dataclass(frozen=True)
class PluginSettings(PageSettings):
    """The values of all options; paths are relative to the folder of mkdocs.yml."""

    registry: str = field(
        default="",
        metadata={"help": "The registry file. Default: the one of the project that this folder belongs to."},
    )
    root: str = field(
        default="",
        metadata={
            "help": "The folder that node ids are relative to, pytest's rootdir. "
            "Default: the root of the project that this folder belongs to."
        },
    )
    source_url: str = field(
        default="",
        metadata={
            "help": "URL of the source of a test, with the fields {commit}, {path}, {line} and {end}. "
            "Default: no links."
        },
    )
    commit: str = field(
        default="",
        metadata={"help": "The commit, tag or branch for {commit}. Default: the one that is checked out."},
    )


class Options(base.Config):  # type: ignore[no-untyped-call]  # MkDocs's
    """The options as MkDocs knows them: any value is one, because MkDocs ends the build at a wrong one."""

    limit = options.Optional(options.Type(object))
    open = options.Optional(options.Type(object))
    show_missing = options.Optional(options.Type(object))
    how_to_url = options.Optional(options.Type(object))
    first = options.Optional(options.Type(object))
    exclude = options.Optional(options.Type(object))
    overview = options.Optional(options.Type(object))
    file_pages = options.Optional(options.Type(object))
    registry = options.Optional(options.Type(object))
    root = options.Optional(options.Type(object))
    source_url = options.Optional(options.Type(object))
    commit = options.Optional(options.Type(object))


def checked(chosen: Mapping[str, Any]) -> tuple[PluginSettings, dict[str, str]]:
    """Return the settings, with the default for each wrong value, and what is wrong, by the option's name."""
    defaults = {setting.name: setting.default for setting in fields(PluginSettings)}
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name, default in defaults.items():
        value = chosen.get(name)
        if value is None or name in _NOT_YET:
            continue
        value = tuple(value) if isinstance(value, list) else value
        if problem := _problem(name, value, default):
            problems[name] = f"{name}: {chosen[name]!r}: {problem}"
        else:
            values[name] = value
    return PluginSettings(**values), problems


def _problem(name: str, value: Any, default: Any) -> str:
    # A bool is an int.
    if described(value) != described(default):
        return f"must be {described(default)}"
    if name == "how_to_url" and not (is_safe(value) or is_external(value)):
        return "neither a page of these docs nor an http or https URL"
    return problem_of(name, value)

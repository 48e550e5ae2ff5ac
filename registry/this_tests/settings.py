"""Settings of ``[tool.this-tests]``, and the project that they belong to."""

import os
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import msgspec

from .errors import SettingsError
from .files import is_module_name, read_bounded

__all__ = [
    "INI_PREFIX",
    "OBSERVATIONS",
    "Missing",
    "Project",
    "Settings",
    "describe",
    "find_configured",
    "find_project",
    "read_project",
]

INI_PREFIX = "this_tests_"
# The folder of what runs saw, beside the registry. Not hidden: CI's uploaders skip hidden files.
OBSERVATIONS = "test_observations"

Missing = Literal["ignore", "warn", "error"]
Mirror = Literal["modules", "packages"]

# `msgspec.Meta` holds the help text, so that pytest's ini help, the error for a wrong value
# and the reference page of the docs are all generated from one declaration.
Names = tuple[str, ...]


class Settings(msgspec.Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """The table ``[tool.this-tests]`` of a project's pyproject.toml."""

    library: Annotated[
        Names,
        msgspec.Meta(
            description="Import names of the library under test. "
            "Default: the project's import packages according to pyproject.toml."
        ),
    ] = ()
    registry: Annotated[
        str, msgspec.Meta(description="The registry file, relative to the project's root.")
    ] = "test_registry.json"
    missing: Annotated[
        Missing,
        msgspec.Meta(
            description="What to do about tests that passed without a this_tests call: "
            "ignore them, warn in the summary, or fail the session (error)."
        ),
    ] = "warn"
    guide: Annotated[
        str,
        msgspec.Meta(
            pattern=r"^\S*$",
            description="The address of a page that tells how to declare; the reminder of pytest's summary "
            "ends with it. It must not contain spaces.",
        ),
    ] = ""
    markers: Annotated[Names, msgspec.Meta(description="Markers of tests that are shown in the docs.")] = (
        "slow",
        "cuda",
        "cpp",
        "integration",
    )
    inventory: Annotated[
        Names,
        msgspec.Meta(
            description="Sphinx inventories (objects.inv) that list the documented names, "
            "relative to the project's root. These names take precedence over all others."
        ),
    ] = ()
    observe: Annotated[
        bool,
        msgspec.Meta(description="Observe which of the library's callables each test executes."),
    ] = False
    baseline: Annotated[
        str,
        msgspec.Meta(
            description="The file of findings that this-tests check accepts, relative to the project's root."
        ),
    ] = "this-tests-baseline.json"
    max_na: Annotated[
        float,
        msgspec.Meta(
            ge=0,
            le=1,
            description='The largest share of tests that may declare "na", between 0 and 1.',
        ),
    ] = 1.0
    mirror: Annotated[
        Mirror,
        msgspec.Meta(
            description="What this-tests check --mirror expects tests for: each module of the library "
            "(modules), or each package below its top (packages)."
        ),
    ] = "modules"
    depends: Annotated[
        Mapping[str, Names],
        msgspec.Meta(
            description="Tests to select for what is not seen: by a pattern of files, or a dotted name of "
            "the library, the test files, folders or node ids that depend on it."
        ),
    ] = {}
    mcp_run: Annotated[
        bool,
        msgspec.Meta(
            description="Let coding agents run tests with this-tests mcp; by default, they get answers only."
        ),
    ] = False
    private: Annotated[
        bool,
        msgspec.Meta(
            description="Accept the library's private callables as targets; by default they are refused."
        ),
    ] = False

    def replaced(self, values: Mapping[str, object], source: str) -> "Settings":
        """Return these settings with *values* (by field name) in place of the old ones.

        Raises:
            SettingsError: A value has the wrong type, or is not one of the choices.
        """
        names = {field.name: field.encode_name for field in msgspec.structs.fields(self)}
        table = {**msgspec.to_builtins(self), **{names[key]: value for key, value in values.items()}}
        # In pytest's ini files, numbers are strings.
        return _checked(table, source, strict=False)


class Project(msgspec.Struct, frozen=True):
    """A project's root, its settings and its packages, according to pyproject.toml.

    Attributes:
        root: The folder that node ids and the registry's path are relative to.
        configured: Whether the project has a ``[tool.this-tests]`` table.
        packages: The import packages of the project, as far as they can be determined from its files.
    """

    root: Path
    settings: Settings
    configured: bool = False
    packages: Names = ()

    @property
    def table(self) -> str:
        """The table of the settings, and the file that it was looked for in, for messages."""
        return f"[tool.this-tests] of {self.root / 'pyproject.toml'}"

    @property
    def registry(self) -> Path:
        """The path of the registry file."""
        return self.root / self.settings.registry

    @property
    def roots(self) -> tuple[Path, Path]:
        """The folders in which its library may lie."""
        return self.root, self.root / "src"

    @property
    def observations(self) -> Path:
        """The folder of what runs saw."""
        return self.registry.parent / OBSERVATIONS

    def has_test_file(self, file: str) -> bool:
        """Return whether a test file, named as in node ids, exists.

        One that is named as a module, ``pkg.tests.test_core``, is outside of the root. It need not be
        installed here to exist.
        """
        return is_module_name(file) or (self.root / file).exists()

    @property
    def library(self) -> Names:
        """The import names of the library under test; empty if they are not known."""
        return self.settings.library or self.packages

    def needed_library(self) -> Names:
        """Return `library`, which is required.

        Raises:
            SettingsError: The library is not known.
        """
        if not self.library:
            raise SettingsError(
                str(self.root / "pyproject.toml"),
                'the library under test is not known; set library = ["…"] in its table [tool.this-tests]',
            )
        return self.library

    def with_settings(self, settings: Settings) -> "Project":
        """Return this project with other settings."""
        return msgspec.structs.replace(self, settings=settings)

    def inventories(self) -> tuple[Path, ...]:
        """Return the paths of the inventories that list the documented names."""
        return tuple(self.root / inventory for inventory in self.settings.inventory)

    def built_inventory(self) -> Path | None:
        """Return the inventory that a build by MkDocs or Zensical has left, if no inventory is set."""
        # It decides which callables are counted. It does not decide under which name a test is recorded: the
        # registry would differ on a machine without a build.
        built = self.root / "site" / "objects.inv"
        return built if not self.settings.inventory and built.is_file() else None


def describe() -> Mapping[str, tuple[type[object], str]]:
    """Return the type and the help text of each setting, by field name."""
    return {
        field.name: (type(_default(field)), get_args(field.type)[1].description)
        for field in msgspec.structs.fields(Settings)
    }


def _default(field: msgspec.structs.FieldInfo) -> object:
    made = field.default_factory
    return field.default if made is msgspec.NODEFAULT else made()


def find_project(start: str | os.PathLike[str]) -> Project:
    """Return the project that the file or folder *start* belongs to.

    Its root is the nearest parent folder with a pyproject.toml, else *start*'s own folder.

    Raises:
        SettingsError: The pyproject.toml cannot be read, or a setting in it is wrong.
    """
    here = Path(start).absolute()
    folder = here if here.is_dir() else here.parent
    for parent in (folder, *folder.parents):
        if (parent / "pyproject.toml").is_file():
            return read_project(parent)
    return Project(root=folder, settings=Settings())


def find_configured(starts: Iterable[Path], root: Path) -> Project:
    """Return the project that files and folders belong to: the nearest one with a table, else that at *root*.

    Of a repository with several packages, pytest's root may be above the package that is tested.

    Args:
        starts: The files and folders; their nearest common folder counts.
        root: The folder to look at first, and up to which parents are looked at.

    Raises:
        SettingsError: A pyproject.toml cannot be read, or a setting in it is wrong.
    """
    project = read_project(root)
    paths = [str(start) for start in starts if start.is_relative_to(root)]
    if project.configured or not paths:
        return project
    start = Path(os.path.commonpath(paths))
    for folder in (start, *start.parents):
        if folder == root:
            break
        if (folder / "pyproject.toml").is_file() and (found := read_project(folder)).configured:
            return found
    return project


def read_project(root: Path) -> Project:
    """Return the project at *root*, with default settings if it has no pyproject.toml.

    Raises:
        SettingsError: Its pyproject.toml cannot be read, or a setting in it is wrong.
    """
    path = root / "pyproject.toml"
    try:
        content = _parsed(read_bounded(path))
    except FileNotFoundError:
        return Project(root=root, settings=Settings())
    except (OSError, ValueError) as error:  # `UnicodeDecodeError` or `TOMLDecodeError`
        raise SettingsError(str(path), f"cannot be read: {error}") from error
    table = _table(content, "tool").get("this-tests")
    if table is None and "this_tests" in _table(content, "tool"):
        raise SettingsError(str(path), "[tool.this_tests] is ignored; the table is [tool.this-tests]")
    return Project(
        root=root,
        settings=_checked({} if table is None else table, f"{path}: [tool.this-tests]"),
        configured=table is not None,
        packages=_packages(root, content),
    )


@lru_cache(maxsize=8)
def _parsed(data: bytes) -> Mapping[str, Any]:
    # A session reads the same file three times, and to parse it takes several milliseconds.
    import tomllib

    return tomllib.loads(data.decode("utf-8"))


def _checked(table: Mapping[str, object], source: str, *, strict: bool = True) -> Settings:
    try:
        settings = msgspec.convert(table, Settings, strict=strict)
    except msgspec.ValidationError as error:
        raise SettingsError(source, _with_known_settings(str(error))) from None
    for name in settings.library:
        if not name.isidentifier():
            package = name.strip().partition(".")[0].replace("-", "_")
            raise SettingsError(
                source,
                f"library: {name!r} is not the import name of a whole package; did you mean {package!r}?",
            )
    return settings


def _with_known_settings(reason: str) -> str:
    known = ", ".join(field.encode_name for field in msgspec.structs.fields(Settings))
    return reason.replace("Object contains unknown field", f"unknown setting (known: {known}):")


def _table(content: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    found: Any = content
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


# The import packages of a project. Each build backend has a table of its own for them; most
# projects configure nothing and have a folder with the project's name.


def _packages(root: Path, content: Mapping[str, Any]) -> Names:
    named = (
        _strings(_table(content, "tool", "hatch", "build", "targets", "wheel").get("packages"))
        or _strings(_table(content, "tool", "setuptools").get("packages"))
        or _strings([_table(content, "tool", "flit", "module").get("name")])
        or _strings(_listed(_table(content, "tool", "uv", "build-backend").get("module-name")))
        or [
            str(package.get("include", ""))
            for package in _table(content, "tool", "poetry").get("packages", ())
            if isinstance(package, Mapping)
        ]
    )
    tops = dict.fromkeys(_top_name(package) for package in named if package)
    return tuple(tops) or _by_project_name(root, content)


def _strings(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _top_name(package: str) -> str:
    # Hatchling has paths ("src/pkg"), setuptools has dotted names ("pkg.sub").
    return package.rstrip("/").rpartition("/")[2].partition(".")[0]


def _by_project_name(root: Path, content: Mapping[str, Any]) -> Names:
    name = _table(content, "project").get("name") or _table(content, "tool", "poetry").get("name")
    if not isinstance(name, str):
        return ()
    plain = name.replace("-", "_").replace(".", "_")
    for candidate in dict.fromkeys((plain, plain.lower())):
        for folder in (root / "src", root):
            if (folder / candidate).is_dir() or (folder / f"{candidate}.py").is_file():
                return (candidate,)
    return ()

"""What is to be done in a project: edits of its files, what is left to do by hand, and the next commands."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .agent_instructions import instruction_files, with_section
from .detection import Detected
from .edits import ByHand, Edit, edit_file, with_line
from .settings_table import Setting, with_settings
from .sphinx_extensions import EXTENSION, with_extension
from .workflows import github_step, github_workflow, gitlab_job

__all__ = ["Advice", "Plan", "attributes_line", "make_plan"]


@dataclass(frozen=True)
class Advice:
    """Something that may be useful, and that the project's owner decides on.

    Attributes:
        text: What and why, in a sentence.
        lines: An example.
    """

    text: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What is to be done.

    Attributes:
        edits: The files to write.
        by_hand: The files that cannot be edited safely.
        advice: What may be useful besides.
        commands: What to type next, each command with what it does.
    """

    edits: tuple[Edit, ...]
    by_hand: tuple[ByHand, ...]
    advice: tuple[Advice, ...]
    commands: tuple[tuple[str, str], ...]


def make_plan(found: Detected, *, agents: bool = False, github: bool = False) -> Plan:
    """Return what is to be done in a project.

    Args:
        agents: Add the section for coding agents.
        github: Add a workflow of GitHub Actions, also if nothing else shows that the project is on GitHub.
    """
    steps = [step for step in _steps(found, agents=agents, github=github) if step is not None]
    return Plan(
        edits=tuple(step for step in steps if isinstance(step, Edit)),
        by_hand=tuple(step for step in steps if isinstance(step, ByHand)),
        advice=tuple(_advice(found, github=github)),
        commands=tuple(_commands(found)),
    )


def _steps(found: Detected, *, agents: bool, github: bool) -> Iterator[Edit | ByHand | None]:
    settings = tuple(_settings(found))
    path = found.root / "pyproject.toml"
    yield edit_file(path, "settings of this-tests", lambda text: with_settings(text, settings))
    if found.repository is not None:
        path = found.project.registry.parent / ".gitattributes"
        line = attributes_line(found.project.registry.name)
        yield edit_file(path, "git merges the registry by tests", lambda text: with_line(text, line))
    for path in found.conf_files:
        yield edit_file(path, "the docs show the tests of each function", with_extension)
    if _wants_workflow(found, github=github):
        path = (found.repository or found.root) / ".github" / "workflows" / "this-tests.yml"
        workflow = github_workflow(_requirements(found))
        yield edit_file(path, "GitHub checks the registry", lambda text: text or workflow)
    if agents:
        for path in instruction_files(found.root):
            yield _instructions(path)


def _instructions(path: Path) -> Edit | ByHand | None:
    return edit_file(path, "coding agents know which commands to ask", lambda text: with_section(text, path))


def attributes_line(registry: str) -> str:
    """Return the line of .gitattributes that names the merge driver for the file *registry*."""
    return f"{registry} merge=this-tests"


def _settings(found: Detected) -> Iterator[Setting]:
    if found.library:
        yield Setting("library", found.library, "What is imported from the library under test.")
    yield Setting(
        "observe", value=True, comment="Each run of pytest notes which functions each test executes."
    )
    if not (found.project.configured or found.declares):
        yield Setting(
            "missing", "ignore", 'Tests need not declare what they exercise; "warn" lists those that do not.'
        )


def _wants_workflow(found: Detected, *, github: bool) -> bool:
    if github:
        return not found.ci.knows_us
    is_top = found.repository in (None, found.root)
    is_tested = found.ci.knows_us or found.ci.tested_by
    return found.ci.github and is_top and found.is_installable and not is_tested


def _requirements(found: Detected) -> list[str]:
    extras = f"[{','.join(found.build.extras)}]" if found.build.extras else ""
    own = ["--editable", f".{extras}"] if found.is_installable else []
    groups = [word for group in found.build.groups for word in ("--group", group)]
    return [*own, *groups, "pytest", "this-tests"]


def _advice(found: Detected, *, github: bool) -> Iterator[Advice]:
    if not found.tests:
        yield Advice("No test files were found; pytest's testpaths and python_files say where they are.")
    if found.members:
        names = ", ".join(path.relative_to(found.root).as_posix() for path in found.members)
        yield Advice(f"For runs in one project alone, run it there, too: {names}")
    yield from _advice_on_builds(found)
    if found.conf_files:
        yield Advice("Install this-tests[sphinx] where the docs are built, too.")
    elif found.mkdocs is not None:
        yield Advice(
            f"{found.mkdocs.name}: there is no extension for it yet; "
            "`this-tests coverage --format html` writes a page."
        )
    yield from _advice_on_ci(found, github=github)


def _advice_on_builds(found: Detected) -> Iterator[Advice]:
    if (found.root / "setup.py").is_file() and not (found.root / "pyproject.toml").exists():
        yield Advice(
            "With a pyproject.toml, pip builds in an environment of its own. If setup.py imports what is not "
            "installed there, name it in pyproject.toml:",
            ("[build-system]", 'requires = ["setuptools"]  # and what setup.py imports'),
        )


def _advice_on_ci(found: Detected, *, github: bool) -> Iterator[Advice]:
    ci = found.ci
    if ci.knows_us or _wants_workflow(found, github=github):
        return
    if github_files := [path.name for path in ci.tested_by if path.name != ".gitlab-ci.yml"]:
        yield Advice(f"For the job that runs the tests, in {' or '.join(github_files)}:", github_step())
    elif ci.gitlab:
        yield Advice("For .gitlab-ci.yml:", gitlab_job(_requirements(found)))


def _commands(found: Detected) -> Iterator[tuple[str, str]]:
    observes = found.project.settings.observe or not found.project.configured
    yield "pytest" if observes else "pytest --this-tests-observe", "run the tests, and note what they execute"
    yield f"this-tests show {found.names[0]}", "list the tests of each function"
    yield "this-tests coverage", "count the functions with tests, and without"
    for path in found.conf_files:
        folder = path.parent.relative_to(found.root).as_posix()
        yield f"python -m sphinx {folder} {folder}/_build/html", f"build the docs, with {EXTENSION}"
    if found.repository is not None:
        yield "this-tests merge-driver --install", "once in each clone: let git merge the registry"

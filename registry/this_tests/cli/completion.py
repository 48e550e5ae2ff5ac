"""The subcommand ``this-tests completion``."""

import shlex
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeAlias

from ..files import read_bounded
from ..observations.file import load_relations
from ..observations.lookup import known_tests
from .console import print_text
from .parameters import Argument
from .project import here, load_if_there

__all__ = ["completion"]

_SCRIPTS = Path(__file__).parent / "completion_scripts"
# What the first arguments of verbs are.
_KINDS = {"show": "callables", "tests-of": "callables", "callables-of": "tests", "why": "tests"}

# The parameters of each verb, options with their hyphens, and their types.
Verbs: TypeAlias = Mapping[str, Mapping[str, Any]]


class Completion(StrEnum):
    """The shells, and what their scripts ask for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    CALLABLES = "callables"
    TESTS = "tests"


def completion(
    shell: Annotated[
        Completion,
        Argument(help="The shell: bash, zsh or fish. Or what its script completes: callables or tests."),
    ],
) -> None:
    """Print the script that lets a shell complete verbs, options, and the names of callables and tests.

    [dim]$ eval "$(this-tests completion bash)"[/]
    """
    if shell in {Completion.CALLABLES, Completion.TESTS}:
        print_text("\n".join(_callables() if shell is Completion.CALLABLES else _tests()))
    else:
        print_text(_script(shell))


def _callables() -> list[str]:
    return sorted(load_if_there(here().registry).callables)


def _tests() -> list[str]:
    project = here()
    relations, _ = load_relations(project.observations, lambda _: None)
    return known_tests(load_if_there(project.registry), relations)


def _script(shell: Completion) -> str:
    words = _filled_in(_read("words.sh"))
    script = _read("fish.fish" if shell is Completion.FISH else f"{shell}.sh")
    quoted = words.replace("\\", "\\\\").replace("'", "\\'")
    return script.replace("@WORDS_QUOTED@", quoted).replace("@WORDS@", words).rstrip("\n")


def _read(name: str) -> str:
    return read_bounded(_SCRIPTS / name).decode()


def _filled_in(script: str) -> str:
    """Return the script that prints words, with the verbs, their options and the values of these."""
    from .command import verbs

    found = verbs()
    return (
        script.replace("@VERBS@", " ".join([*found, "--help", "--version"]))
        .replace("@VALUES@", "\n".join(_values(found)))
        .replace("@OPTIONS@", "\n".join(_options(found)))
        .replace("@ARGUMENTS@", "\n".join(_arguments()))
    )


def _values(verbs: Verbs) -> Iterator[str]:
    for verb, parameters in verbs.items():
        for name, kind in parameters.items():
            if isinstance(kind, type) and issubclass(kind, StrEnum):
                # An argument follows its verb.
                place = f"{verb} {name if name.startswith('--') else verb}"
                yield f'    "{place}") words={shlex.quote(" ".join(kind))} ;;'


def _options(verbs: Verbs) -> Iterator[str]:
    for verb, parameters in verbs.items():
        names = [name for name in parameters if name.startswith("--")]
        yield f'        -*" {verb}") words={shlex.quote(" ".join([*names, "--help"]))} ;;'


def _arguments() -> Iterator[str]:
    yield from (f'        *" {verb}") kind={kind} ;;' for verb, kind in _KINDS.items())

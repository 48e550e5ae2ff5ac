"""The tools and the resource of the server, for the SDK of the Model Context Protocol."""

import shlex
from collections.abc import Awaitable, Callable
from functools import wraps
from importlib.metadata import version
from typing import Annotated, Literal

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import Field

from ..errors import ThisTestsError
from ..registry.commands import argument_for, pytest_command
from ..settings import Project
from ..suite.excerpts import Excerpts
from ..text import printable
from .answers import (
    DATA,
    affected_answer,
    callables_answer,
    overview,
    run_answer,
    tests_answer,
    untested_answer,
    why_answer,
)
from .paging import Extent
from .verbs import Verbs, run_pytest

__all__ = ["serve", "server"]

_INSTRUCTIONS = f"""\
Which tests exercise a function, and which tests does a change affect? The answers come from what the tests of
the project declare, and from what they executed when `pytest --this-tests-observe` last ran them.

Before you change a function, ask tests_of. After the change, run what affected lists. A function that
untested lists needs a test before it is changed.

{DATA} So are names, docstrings and the output of tests.
"""

# It may name files and callables, as much as an answer.
_LONGEST_ERROR = 1000

Name = Annotated[str, Field(min_length=1, max_length=300)]
Target = Annotated[
    Name, Field(description="A callable, class or module, a part of its name, or a place: FILE:LINE.")
]
Test = Annotated[Name, Field(description="A test: its node id, or the last parts of it.")]
Since = Annotated[Name, Field(description="A commit to compare with. HEAD: what is not committed.")]
Offset = Annotated[int, Field(ge=0, description="How many items to leave out: for the next page.")]
MaxTokens = Annotated[int, Field(ge=200, le=20_000, description="The most tokens of the answer.")]
Below = Annotated[str, Field(max_length=300, description="A module or class; all of the library if empty.")]
Weakest = Annotated[
    Literal["declared", "direct", "indirect"],
    Field(description="The weakest evidence that counts as a test."),
]
Tests = Annotated[
    list[Name],
    Field(max_length=1000, description="Node ids; if there are none, the tests that a change affects."),
]
Seconds = Annotated[int, Field(ge=1, le=3600, description="The most seconds that the tests may take.")]

_ANSWERS = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
_RUNS = ToolAnnotations(read_only_hint=False, open_world_hint=False)


def serve(project: Project) -> None:
    """Answer the requests on standard input until it ends."""
    server(project).run("stdio")


def server(project: Project) -> MCPServer[object]:
    """Return the server for a project: read-only, unless its settings let it run tests."""
    made: MCPServer[object] = MCPServer(
        "this-tests",
        title="this-tests: which tests exercise this function?",
        instructions=_INSTRUCTIONS,
        version=version("this-tests"),
        log_level="ERROR",
    )
    tools = _Tools(project)
    for tool in (tools.tests_of, tools.affected, tools.callables_of, tools.untested, tools.why):
        made.add_tool(_telling(tool), annotations=_ANSWERS, structured_output=False)
    if project.settings.mcp_run:
        made.add_tool(_telling(tools.run), annotations=_RUNS, structured_output=False)
    made.resource(
        "this-tests://overview",
        name="overview",
        description="How many public callables have tests, by module.",
        mime_type="text/plain",
    )(tools.overview)
    return made


def _telling(tool: Callable[..., Awaitable[str]]) -> Callable[..., Awaitable[str]]:
    """Return *tool*, whose errors tell the agent what is wrong."""

    @wraps(tool)
    async def telling(*args: object, **options: object) -> str:
        try:
            return await tool(*args, **options)
        except ThisTestsError as error:
            raise ToolError(printable(str(error))[:_LONGEST_ERROR]) from None

    return telling


class _Tools:
    """The tools. Their docstrings are what an agent reads of them."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._verbs = Verbs(project.root)

    async def tests_of(self, target: Target, offset: Offset = 0, max_tokens: MaxTokens = 1000) -> str:
        """List the tests that exercise a function, class or module, or the function at FILE:LINE."""
        reply = await self._verbs.ask("tests-of", _word(target))
        return tests_answer(target, reply, Extent(offset, max_tokens))

    async def affected(self, since: Since = "HEAD", offset: Offset = 0, max_tokens: MaxTokens = 1000) -> str:
        """List the tests that a change affects and why, the likeliest to notice a mistake first."""
        reply = await self._verbs.ask("affected", "--since", _word(since))
        return affected_answer(since, reply, Extent(offset, max_tokens))

    async def callables_of(self, test: Test, offset: Offset = 0, max_tokens: MaxTokens = 1000) -> str:
        """List the functions of the library that a test exercises."""
        reply = await self._verbs.ask("callables-of", _word(test))
        return callables_answer(test, reply, Extent(offset, max_tokens))

    async def untested(
        self,
        below: Below = "",
        weakest: Weakest = "indirect",
        offset: Offset = 0,
        max_tokens: MaxTokens = 1000,
    ) -> str:
        """List the public functions and methods that no test exercises."""
        reply = await self._verbs.ask("coverage")
        return untested_answer(below, weakest, reply, Extent(offset, max_tokens))

    async def why(
        self, test: Test, since: Since = "HEAD", offset: Offset = 0, max_tokens: MaxTokens = 1000
    ) -> str:
        """Explain why a change affects a test, or why it does not."""
        reply = await self._verbs.ask("why", _word(test), "--since", _word(since))
        excerpts = Excerpts(self._project.root)
        return why_answer(test, since, reply, excerpts, Extent(offset, max_tokens))

    async def run(
        self,
        tests: Tests = [],  # noqa: B006  # never changed; the protocol shows it as the default
        since: Since = "HEAD",
        max_tokens: MaxTokens = 1000,
        timeout_s: Seconds = 600,
    ) -> str:
        """Run tests by node id, or those that a change affects, and return the end of pytest's output."""
        if tests:
            arguments, command = [argument_for(test) for test in tests], pytest_command(tests)
        else:
            arguments = [await self._verbs.arguments("affected", "--since", _word(since))]
            command = f"pytest $(this-tests affected --since {shlex.quote(since)} --format args)"
        code, output = await run_pytest(self._project.root, arguments, timeout_s)
        return run_answer(command, code, output, max_tokens)

    async def overview(self) -> str:
        """Return how many public callables have tests, by module."""
        try:
            reply = await self._verbs.ask("coverage")
        except ThisTestsError as error:
            return f"There is no overview: {error}"
        return overview(self._project.library, reply, Extent())


def _word(text: str) -> str:
    """Return an argument of a verb.

    Raises:
        ThisTestsError: It would be an option.
    """
    if text.startswith("-") or "\0" in text:
        raise ThisTestsError(f"{text!r} is no name")
    return text

"""Fixtures: a project that was observed, and a session of an editor with the real server in it."""

import asyncio
import os
import sys

import pytest
from command import command  # noqa: F401  # a fixture

LIBRARY = {
    "mylib/__init__.py": "from ._impl import Thing, add, unused\n",
    "mylib/_impl.py": """
        def add(a, b):
            return _inner(a) + b

        def _inner(a):
            return a

        class Thing:
            def run(self):
                return add(1, 2)

        def unused():
            return add
    """,
    "tests/test_it.py": """
        import mylib
        from this_tests import this_tests

        def test_adding():
            \"\"\"Adds [two](http://x) <b>numbers</b>.\"\"\"
            this_tests(mylib.add)
            assert mylib.add(1, 2) == 3

        class TestThing:
            def test_run(self):
                assert mylib.Thing().run() == 3
    """,
}


@pytest.fixture
def library(project):
    """Return a project with a library and tests that did not run."""
    project.write(LIBRARY)
    return project


@pytest.fixture
def observed(library):
    """Return a project whose tests were observed."""
    library.run("--this-tests-observe").assert_outcomes(passed=2)
    return library


class Editor:
    """A client of the server, which edits the files of a project."""

    def __init__(self, client, root):
        from lsprotocol import types

        self.client, self.root, self.types = client, root, types
        self.versions = {}

    def uri(self, name):
        return (self.root / name).resolve().as_uri()

    def identifier(self, name):
        return self.types.TextDocumentIdentifier(self.uri(name))

    def open(self, name, text=None):
        if text is None:
            text = (self.root / name).read_text(encoding="utf-8")
        self.versions[name] = 1
        item = self.types.TextDocumentItem(self.uri(name), "python", 1, text)
        self.client.text_document_did_open(self.types.DidOpenTextDocumentParams(item))
        return text

    def change(self, name, text):
        self.versions[name] += 1
        document = self.types.VersionedTextDocumentIdentifier(self.versions[name], self.uri(name))
        change = self.types.TextDocumentContentChangeWholeDocument(text)
        self.client.text_document_did_change(self.types.DidChangeTextDocumentParams(document, [change]))

    def save(self, name):
        self.client.text_document_did_save(self.types.DidSaveTextDocumentParams(self.identifier(name)))

    async def lenses(self, name):
        """Return the resolved lenses: their lines and titles."""
        found = await self.client.text_document_code_lens_async(
            self.types.CodeLensParams(self.identifier(name))
        )
        whole = [
            lens if lens.command else await self.client.code_lens_resolve_async(lens) for lens in found or ()
        ]
        return [(lens.range.start.line, lens.command.title) for lens in whole]

    async def hover(self, name, line, column):
        place = self.types.Position(line, column)
        found = await self.client.text_document_hover_async(
            self.types.HoverParams(self.identifier(name), place)
        )
        return found and found.contents.value

    async def references(self, name, line, column):
        context = self.types.ReferenceContext(include_declaration=False)
        place = self.types.Position(line, column)
        found = await self.client.text_document_references_async(
            self.types.ReferenceParams(context, self.identifier(name), place)
        )
        root = f"{self.root.resolve().as_uri()}/"
        return [
            (at.uri.removeprefix(root), at.range.start.line, at.range.start.character) for at in found or ()
        ]

    async def actions(self, name, line):
        place = self.types.Position(line, 0)
        context = self.types.CodeActionContext([])
        return await self.client.text_document_code_action_async(
            self.types.CodeActionParams(self.identifier(name), self.types.Range(place, place), context)
        )

    async def diagnostics(self, name, until):
        """Return the codes and lines of the findings, once *until* holds for them."""
        for _ in range(400):
            found = self.client.diagnostics.get(self.uri(name))
            if found is not None:
                codes = [(item.code, item.range.start.line) for item in found]
                if until(codes):
                    return codes
            await asyncio.sleep(0.05)
        pytest.fail(f"{name} has the findings {found}")

    @property
    def messages(self):
        return [shown.message for shown in self.client.messages]


@pytest.fixture
def edit(project):
    """Return a function that lets a coroutine function edit the project, with the server running."""
    pytest_lsp = pytest.importorskip("pytest_lsp")
    from lsprotocol import types

    async def session(steps, capabilities):
        client = pytest_lsp.make_test_lsp_client()
        words = (sys.executable, "-m", "this_tests", "lsp")
        await client.start_io(*words, cwd=project.root, env=dict(os.environ))
        root = project.root.resolve().as_uri()
        given = capabilities or types.ClientCapabilities()
        await client.initialize_session(types.InitializeParams(given, root_uri=root))
        try:
            return await steps(Editor(client, project.root))
        finally:
            await client.shutdown_session()

    return lambda steps, capabilities=None: asyncio.run(asyncio.wait_for(session(steps, capabilities), 60))

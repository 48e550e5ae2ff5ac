"""The server itself: what editors send and get, by the language server protocol."""

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path

from ..errors import ThisTestsError
from ..settings import find_configured
from ..text import printable
from .actions import Action, actions
from .diagnostics import Diagnostic, Gate
from .hovers import hover_lines
from .lenses import Lens, lenses, resolved
from .meaning import Subject, subject_at
from .outline import Outline, outline
from .positions import Encoding, column_of, units_of
from .project import Document, EditedProject
from .references import references
from .syntax import Definition

__all__ = ["RUN", "serve"]

# The command that a lens or an action carries; the client runs it, in a terminal.
RUN = "this-tests.run"
# After the last change of a text, how long its findings wait for the next one, in seconds.
_PAUSE = 0.3
_KINDS = (types.CodeActionKind.QuickFix,)
_WATCHED = ("**/test_registry.json", "**/test_observations/*.observed", "**/pyproject.toml", "**/*.py")


def serve() -> None:
    """Run the server on stdin and stdout until the client ends it."""
    server = _Server(
        "this-tests",
        version("this-tests"),
        text_document_sync_kind=types.TextDocumentSyncKind.Full,
        max_workers=4,
    )
    _Features(server)
    server.start_io()


class _Server(LanguageServer):
    """The server, with errors on stderr, which editors show in a log."""

    def report_server_error(self, error: Exception, source: object) -> None:  # noqa: ARG002  # as called
        # The client may be gone: to tell it that nothing can be sent would be the next error, without end.
        sys.stderr.write(f"this-tests: {printable(f'{type(error).__name__}: {error}')}\n")


class _Features:
    """What the server does, and the texts and projects that it knows."""

    def __init__(self, server: LanguageServer) -> None:
        self._server = server
        self._loop: asyncio.AbstractEventLoop | None = None
        self._outlines: dict[Path, Outline] = {}
        self._uris: dict[Path, str] = {}
        self._projects: dict[Path, tuple[EditedProject, Gate]] = {}
        self._lock = threading.Lock()
        self._told: set[str] = set()
        self._ending = False
        self._waiting: dict[Path, asyncio.TimerHandle] = {}
        self._register()

    def _register(self) -> None:
        add = self._add
        add(types.INITIALIZED, self._initialized)
        add(types.SHUTDOWN, self._shut_down)
        add(types.TEXT_DOCUMENT_DID_OPEN, self._opened)
        add(types.TEXT_DOCUMENT_DID_CHANGE, self._changed)
        add(types.TEXT_DOCUMENT_DID_SAVE, self._saved)
        add(types.TEXT_DOCUMENT_DID_CLOSE, self._closed)
        add(types.WORKSPACE_DID_CHANGE_WATCHED_FILES, self._files_changed)
        add(types.TEXT_DOCUMENT_CODE_LENS, self._lenses, types.CodeLensOptions(resolve_provider=True))
        # These may read all pairs of a large project, and do not keep the others waiting.
        add(types.CODE_LENS_RESOLVE, self._resolved, in_thread=True)
        add(types.TEXT_DOCUMENT_HOVER, self._hover, in_thread=True)
        add(types.TEXT_DOCUMENT_REFERENCES, self._references, in_thread=True)
        options = types.CodeActionOptions(_KINDS)
        add(types.TEXT_DOCUMENT_CODE_ACTION, self._actions, options, in_thread=True)

    def _add(
        self, name: str, handler: Callable[[Any], object], options: object = None, *, in_thread: bool = False
    ) -> None:
        async def answer_from_thread(params: Any) -> object:
            # Unlike a handler of pygls that runs in a thread, it sends from this one: never two at once,
            # and never while the server ends.
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._server.thread_pool, handler, params)

        # pygls sets attributes of handlers, which methods have not.
        self._server.feature(name, options)(answer_from_thread if in_thread else partial(handler))

    # Texts.

    def _initialized(self, _: types.InitializedParams) -> None:
        self._loop = asyncio.get_running_loop()
        # Only now: a client would leave to the server what the server offers to run.
        self._server.command(RUN)(partial(self._run))
        workspace = self._server.client_capabilities.workspace
        watched = workspace and workspace.did_change_watched_files
        if watched and watched.dynamic_registration:
            options = types.DidChangeWatchedFilesRegistrationOptions(
                [types.FileSystemWatcher(pattern) for pattern in _WATCHED]
            )
            name = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
            registration = types.Registration("this-tests-files", name, options)
            self._server.client_register_capability(types.RegistrationParams([registration]))

    def _shut_down(self, _: object) -> None:
        self._ending = True

    def _run(self, command: str, folder: str) -> None:
        text = printable(f"run in {folder}: {command}")
        shown = types.ShowMessageParams(types.MessageType.Info, f"this-tests: {text}")
        self._server.window_show_message(shown)

    def _opened(self, params: types.DidOpenTextDocumentParams) -> None:
        self._note_text(params.text_document.uri, params.text_document.text)

    def _changed(self, params: types.DidChangeTextDocumentParams) -> None:
        if params.content_changes:
            # Each change is the whole text, as the server asks for.
            self._note_text(params.text_document.uri, params.content_changes[-1].text, wait=_PAUSE)

    def _note_text(self, uri: str, text: str, wait: float = 0) -> None:
        path = _path(uri)
        if path is not None:
            self._uris[path] = uri
            self._outlines[path] = outline(text, self._outlines.get(path))
            self._check_later(path, wait)

    def _saved(self, params: types.DidSaveTextDocumentParams) -> None:
        path = _path(params.text_document.uri)
        if path in self._outlines:
            self._forget(path)
            self._check_later(path, 0)

    def _closed(self, params: types.DidCloseTextDocumentParams) -> None:
        path = _path(params.text_document.uri)
        if path is not None:
            self._outlines.pop(path, None)
            self._uris.pop(path, None)
            self._publish(params.text_document.uri, [])

    def _files_changed(self, params: types.DidChangeWatchedFilesParams) -> None:
        names = {change.uri.rpartition("/")[2] for change in params.changes}
        if "pyproject.toml" in names:
            self._projects.clear()
        for path in filter(None, (_path(change.uri) for change in params.changes)):
            self._forget(path)
        if any(not name.endswith(".py") for name in names):
            self._refresh_lenses()
            for path in self._outlines:
                self._check_later(path, _PAUSE)

    def _forget(self, path: Path) -> None:
        for _, gate in {id(pair): pair for pair in list(self._projects.values())}.values():
            gate.forget(path)

    def _refresh_lenses(self) -> None:
        workspace = self._server.client_capabilities.workspace
        if workspace and workspace.code_lens and workspace.code_lens.refresh_support:
            self._server.workspace_code_lens_refresh(None)

    # Projects.

    def _document(self, uri: str) -> tuple[EditedProject, Gate, Document] | None:
        path = _path(uri)
        if path is None:
            return None
        try:
            project, gate = self._project(path)
            document = project.document(path, self._outlines.get(path))
        except (ThisTestsError, OSError, ValueError) as error:
            self._tell(str(error))
            return None
        return (project, gate, document) if document and document.role else None

    def _project(self, path: Path) -> tuple[EditedProject, Gate]:
        with self._lock:
            folder = path.parent
            if folder not in self._projects:
                project = find_configured([folder], self._root())
                known = next((pair for pair in self._projects.values() if pair[0].project == project), None)
                if known is None:
                    edited = EditedProject(project, self._outlines, self._tell)
                    known = edited, Gate(edited, self._tell)
                self._projects[folder] = known
            return self._projects[folder]

    def _root(self) -> Path:
        return Path(self._server.workspace.root_path or ".").resolve()

    def _tell(self, message: str) -> None:
        """Show a message in the editor, once."""
        if message not in self._told:
            self._told.add(message)
            shown = types.ShowMessageParams(types.MessageType.Warning, f"this-tests: {printable(message)}")
            self._on_loop(lambda: self._server.window_show_message(shown))

    def _on_loop(self, call: Callable[[], object]) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(lambda: None if self._ending else call())

    # Answers.

    def _lenses(self, params: types.CodeLensParams) -> list[types.CodeLens] | None:
        found = self._document(params.text_document.uri)
        if found is None:
            return None
        project, _, document = found
        uri = params.text_document.uri
        return [self._lens(project, document, lens, uri) for lens in lenses(project, document)]

    def _resolved(self, lens: types.CodeLens) -> types.CodeLens:
        match lens.data:
            case [str(uri), str(name)]:
                found = self._document(uri)
                made = resolved(found[0], found[2], name) if found else None
                if found and made:
                    lens.command = _command(found[0], made.title, made.command)
        if lens.command is None:
            lens.command = types.Command("", "")
        return lens

    def _lens(self, project: EditedProject, document: Document, lens: Lens, uri: str) -> types.CodeLens:
        command = _command(project, lens.title, lens.command) if lens.title else None
        data = None if command else [uri, lens.definition.name]
        return types.CodeLens(self._range(document.outline, lens.definition), command, data)

    def _hover(self, params: types.HoverParams) -> types.Hover | None:
        found = self._subject(params.text_document.uri, params.position)
        if found is None:
            return None
        text = "\n".join(hover_lines(*found))
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text))

    def _references(self, params: types.ReferenceParams) -> list[types.Location] | None:
        found = self._subject(params.text_document.uri, params.position)
        if found is None:
            return None
        return [
            types.Location(self._uri(document.path), self._range(document.outline, definition))
            for document, definition in references(*found)
        ]

    def _subject(self, uri: str, position: types.Position) -> tuple[EditedProject, Subject] | None:
        found = self._document(uri)
        if found is None:
            return None
        project, _, document = found
        line, lines = position.line, document.outline.lines
        text = lines[line] if line < len(lines) else ""
        column = column_of(text, position.character, self._encoding)
        subject = subject_at(project, document, line, column)
        return (project, subject) if subject else None

    def _actions(self, params: types.CodeActionParams) -> list[types.CodeAction | types.Command] | None:
        only = params.context.only
        # An editor that sorts imports as it saves, say, asks for that alone.
        wanted = not only or any(kind in _KINDS for kind in only)
        found = self._document(params.text_document.uri) if wanted else None
        if found is None:
            return None
        project, gate, document = found
        uri = params.text_document.uri
        return [
            self._action(project, action, uri, params)
            for action in self._available(project, gate, document, params.range.start.line)
        ]

    def _available(
        self, project: EditedProject, gate: Gate, document: Document, line: int
    ) -> Iterator[Action]:
        try:
            yield from actions(project, gate, document, line)
        except ImportError:
            self._tell("to write declarations needs libcst: pip install 'this-tests[fix]'")
        except (ThisTestsError, OSError) as error:
            self._tell(str(error))

    @staticmethod
    def _action(
        project: EditedProject, action: Action, uri: str, params: types.CodeActionParams
    ) -> types.CodeAction | types.Command:
        if action.command:
            return _command(project, action.title, action.command)
        edits = [
            types.TextEdit(
                types.Range(types.Position(edit.first, 0), types.Position(edit.last, 0)), edit.text
            )
            for edit in action.edits
        ]
        return types.CodeAction(
            action.title,
            types.CodeActionKind.QuickFix,
            diagnostics=[found for found in params.context.diagnostics if found.code == "missing"] or None,
            is_preferred=action.preferred or None,
            edit=types.WorkspaceEdit({uri: edits}),
        )

    # Findings.

    def _check_later(self, path: Path, wait: float) -> None:
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        if path in self._waiting:
            self._waiting.pop(path).cancel()
        self._waiting[path] = self._loop.call_later(wait, self._start_check, path)

    def _start_check(self, path: Path) -> None:
        self._waiting.pop(path, None)
        if not self._ending:
            self._server.thread_pool.submit(self._check, path)

    def _check(self, path: Path) -> None:
        uri, checked = self._uris.get(path), self._outlines.get(path)
        found = self._document(uri) if uri else None
        if uri is None or found is None:
            return
        _, gate, document = found
        try:
            diagnostics = gate.diagnostics(document)
        except (ThisTestsError, OSError, ValueError, RecursionError, MemoryError) as error:
            self._tell(str(error))
            return
        if diagnostics is not None:
            made = [self._diagnostic(document, diagnostic) for diagnostic in diagnostics]
            self._on_loop(lambda: self._publish_if_current(path, checked, uri, made))

    def _publish_if_current(
        self, path: Path, checked: Outline | None, uri: str, diagnostics: list[types.Diagnostic]
    ) -> None:
        if self._outlines.get(path) is checked:
            self._publish(uri, diagnostics)

    def _publish(self, uri: str, diagnostics: list[types.Diagnostic]) -> None:
        self._server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, diagnostics))

    def _diagnostic(self, document: Document, found: Diagnostic) -> types.Diagnostic:
        severity = types.DiagnosticSeverity.Error if found.error else types.DiagnosticSeverity.Warning
        place = (
            self._range(document.outline, found.definition)
            if found.definition
            else self._line_range(document.outline, found.line)
        )
        return types.Diagnostic(place, found.message, severity, found.rule, source="this-tests")

    # Places.

    @property
    def _encoding(self) -> Encoding:
        encoding: Any = self._server.workspace.position_encoding
        return "utf-8" if encoding == "utf-8" else "utf-32" if encoding == "utf-32" else "utf-16"

    def _range(self, text: Outline, definition: Definition) -> types.Range:
        line = text.lines[definition.line]
        begin, end = (
            types.Position(definition.line, units_of(line, column, self._encoding))
            for column in (definition.column, definition.end)
        )
        return types.Range(begin, end)

    def _line_range(self, text: Outline, number: int) -> types.Range:
        line = text.lines[number] if number < len(text.lines) else ""
        begin = len(line) - len(line.lstrip())
        return types.Range(
            types.Position(number, units_of(line, begin, self._encoding)),
            types.Position(number, units_of(line, len(line), self._encoding)),
        )

    def _uri(self, path: Path) -> str:
        return self._uris.get(path) or from_fs_path(str(path)) or path.as_uri()


def _path(uri: str) -> Path | None:
    """Return the path of a Python file, with symbolic links resolved; None for what is no such file."""
    try:
        name = to_fs_path(uri) if uri.startswith("file:") else None
        return Path(name).resolve() if name and name.endswith(".py") else None
    except (OSError, ValueError, RuntimeError):
        return None


def _command(project: EditedProject, title: str, command: str) -> types.Command:
    # A lens without a command is only shown: clients do not offer one with an empty name.
    if not command:
        return types.Command(title, "")
    return types.Command(title, RUN, arguments=[command, str(project.root)])

"""Capture of stdout and stderr as a terminal shows them, with and without pytest's ``-s``."""

import io
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final, Self

from .terminal import apply_print_resets

__all__ = ["CaptureStd", "CaptureStderr", "CaptureStdout"]

_DESCRIPTORS: Final = {"stdout": 1, "stderr": 2}
_UNFINISHED: Final = "(not available yet: the block that captures {} has not ended)"
_UNCAPTURED: Final = "({} was not captured)"


class CaptureStd:
    r"""Captures stdout and stderr, of all threads, inside a ``with``.

    Overwritten text, such as that of progress bars, is removed as in a terminal; see
    `apply_print_resets`. Afterwards the text is printed to the original stream, so that pytest
    shows it with a failure.

    Args:
        out: Whether to capture stdout.
        err: Whether to capture stderr.
        replay: Whether to print the text afterwards.
        descriptors: Whether to also capture output that bypasses Python: of subprocesses and
            compiled code.

    Attributes:
        out: The text of stdout. If it is not available, a message says why: the block has not
            ended, or stdout is not captured.
        err: The text of stderr, likewise.

    Example:
        >>> with CaptureStd(replay=False) as captured:
        ...     print("step 1\rstep 2")
        >>> captured.out
        'step 2\n'
    """

    def __init__(
        self, *, out: bool = True, err: bool = True, replay: bool = True, descriptors: bool = False
    ) -> None:
        self._names = [name for name, wanted in (("stdout", out), ("stderr", err)) if wanted]
        self._replay = replay
        self._capture = _descriptor_captured if descriptors else _stream_captured
        self._exit = ExitStack()
        self._captured: dict[str, _Captured] = {}
        self.out = (_UNFINISHED if out else _UNCAPTURED).format("stdout")
        self.err = (_UNFINISHED if err else _UNCAPTURED).format("stderr")

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._captured = {name: stack.enter_context(self._capture(name)) for name in self._names}
            self._exit = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._exit.close()
        for name, captured in self._captured.items():
            setattr(self, name.removeprefix("std"), apply_print_resets(captured.text))
            if self._replay:
                getattr(sys, name).write(captured.text)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(out={self.out!r}, err={self.err!r})"


class CaptureStdout(CaptureStd):
    """Captures only stdout; see `CaptureStd`."""

    def __init__(self, *, replay: bool = True, descriptors: bool = False) -> None:
        super().__init__(err=False, replay=replay, descriptors=descriptors)


class CaptureStderr(CaptureStd):
    """Captures only stderr; see `CaptureStd`."""

    def __init__(self, *, replay: bool = True, descriptors: bool = False) -> None:
        super().__init__(out=False, replay=replay, descriptors=descriptors)


class _Captured:
    """The captured text of a stream."""

    text = ""


@contextmanager
def _stream_captured(name: str) -> Iterator[_Captured]:
    captured, binary = _Captured(), io.BytesIO()
    # Not closed: a logging handler created inside the block may still use it.
    stream = _text_stream(binary)
    with _replaced(name, stream):
        yield captured
    captured.text = _decoded(binary.getvalue())


@contextmanager
def _descriptor_captured(name: str) -> Iterator[_Captured]:
    captured = _Captured()
    with tempfile.TemporaryFile() as file:
        stream = _text_stream(io.FileIO(file.fileno(), "w", closefd=False))
        with _replaced(name, stream), _redirected(_DESCRIPTORS[name], file.fileno()):
            yield captured
        file.seek(0)
        captured.text = _decoded(file.read())


def _text_stream(binary: io.BytesIO | io.FileIO) -> io.TextIOWrapper:
    # Without buffering, so that the output of Python and of other code keeps its order.
    return io.TextIOWrapper(binary, encoding="utf-8", newline="", write_through=True)


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", errors="replace")


@contextmanager
def _replaced(name: str, stream: io.TextIOWrapper) -> Iterator[None]:
    outer = getattr(sys, name)
    setattr(sys, name, stream)
    try:
        yield
    finally:
        stream.flush()
        setattr(sys, name, outer)


@contextmanager
def _redirected(descriptor: int, target: int) -> Iterator[None]:
    kept = os.dup(descriptor)
    os.dup2(target, descriptor)
    try:
        yield
    finally:
        os.dup2(kept, descriptor)
        os.close(kept)

"""Terminal emulation: applies carriage returns, cursor movements and erasures to a text."""

import re
from typing import Final

__all__ = ["apply_print_resets"]

# ECMA-48: control sequences (`CSI … letter`), strings such as hyperlinks (`OSC …`), other escapes.
_PIECES: Final = re.compile(
    r"\x1b\[(?P<values>[0-?]*)[ -/]*(?P<final>[@-~])"
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"
    r"|\x1b[ -/]*[0-~]"
    r"|(?P<control>[\r\n\b\a])"
    r"|(?P<text>[^\x1b\r\n\b\a]+)"
    r"|\x1b"
)


def apply_print_resets(text: str) -> str:
    r"""Return *text* as a sufficiently large terminal shows it.

    A ``\r`` moves to the start of the line without erasing it: the following text overwrites as many
    characters as it has. Cursor movements and erasures (such as those of rich and tqdm) are applied;
    colours are removed.

    Example:
        >>> apply_print_resets("10 %\r100 %\r\nlong text\rab")
        '100 %\nabng text'
    """
    if not _MOVES.search(text):
        return text
    screen = _Screen()
    for piece in _PIECES.finditer(text):
        screen.take(piece)
    return screen.text()


_MOVES: Final = re.compile("[\r\b\a\x1b]")


class _Screen:
    """Lines of cells, and a cursor."""

    def __init__(self) -> None:
        self._lines: list[list[str]] = [[]]
        self._row = 0
        self._column = 0

    def text(self) -> str:
        """Return the lines down to the cursor, or to the last line with text."""
        last = max((number for number, line in enumerate(self._lines) if line), default=0)
        return "\n".join("".join(line) for line in self._lines[: max(last, self._row) + 1])

    def take(self, piece: re.Match[str]) -> None:
        """Apply a piece: text, a control character or an escape sequence."""
        if text := piece["text"]:
            self._write(text)
        elif control := piece["control"]:
            self._move(control)
        elif piece["final"] in {"J", "K"}:
            self._erase(piece["final"], piece["values"])
        elif piece["final"]:
            self._go(piece["final"], piece["values"])

    def _write(self, text: str) -> None:
        line = self._line
        line.extend(" " * (self._column - len(line)))
        end = self._column + len(text)
        line[self._column : end] = text
        self._column = end

    @property
    def _line(self) -> list[str]:
        return self._lines[self._row]

    def _move(self, control: str) -> None:
        if control == "\n":
            self._down(1)
            self._column = 0
        elif control == "\r":
            self._column = 0
        elif control == "\b":
            self._column = max(0, self._column - 1)

    def _down(self, rows: int) -> None:
        self._row = max(0, self._row + rows)
        self._lines.extend([] for _ in range(self._row + 1 - len(self._lines)))

    def _go(self, final: str, values: str) -> None:
        # Absolute rows are relative to the window, which is not known here.
        steps = max(1, int(values)) if values.isdecimal() else 1
        if final in "ABEF":
            self._down(-steps if final in "AF" else steps)
        if final in "EFG":
            self._column = steps - 1 if final == "G" else 0
        elif final in "CD":
            self._column = max(0, self._column + (steps if final == "C" else -steps))

    def _erase(self, final: str, values: str) -> None:
        how = values or "0"
        if how == "0":
            del self._line[self._column :]
            below = self._lines[self._row + 1 :]
        else:
            end = len(self._line) if how == "2" else min(self._column + 1, len(self._line))
            self._line[:end] = " " * end if how == "1" else ""
            below = [line for line in self._lines if line is not self._line] if how == "2" else []
        for line in below if final == "J" else ():
            line.clear()

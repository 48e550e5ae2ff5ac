"""The audit hook of this process: one for all that listen, because Python can never remove it."""

import sys
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["Listener", "listen", "silence"]

# Takes the arguments of an audit event; what it raises is dropped.
Listener = Callable[[tuple[Any, ...]], object]

_listeners: dict[str, tuple[Listener, ...]] = {}
_installed = False


def listen(listeners: Mapping[str, Listener]) -> bool:
    """Call each listener at the audit events of its name, and return whether that is possible.

    Another audit hook may refuse ours. Events: https://docs.python.org/3/library/audit_events.html
    """
    if not _installed:
        sys.addaudithook(_hook)
        # A hook that was refused raises nothing: try it.
        _listeners["this_tests.installed"] = (_note_installed,)
        sys.audit("this_tests.installed")
    if _installed:
        for event, listener in listeners.items():
            _listeners[event] = (*_listeners.get(event, ()), listener)
    return _installed


def silence(listeners: Mapping[str, Listener]) -> None:
    """Undo a call of `listen`."""
    for event, listener in listeners.items():
        left = list(_listeners.get(event, ()))
        if listener in left:
            left.remove(listener)
        if left:
            _listeners[event] = tuple(left)
        else:
            _listeners.pop(event, None)


def _note_installed(_: tuple[Any, ...]) -> None:
    global _installed  # noqa: PLW0603  # as the interpreter's list of hooks is
    _installed = True


# It runs at each event of the process: most are turned away by the look-up.
def _hook(event: str, arguments: tuple[Any, ...], _get: Any = _listeners.get) -> None:
    found = _get(event)
    if found is not None:
        for listener in found:
            try:  # noqa: SIM105  # `suppress` takes longer
                listener(arguments)
            except Exception:  # noqa: BLE001, S110  # it must never fail what raised the event
                pass

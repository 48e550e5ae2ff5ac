"""The identity of an object as a number, for places that run millions of times."""

from collections.abc import Callable
from typing import Final

__all__ = ["identity"]

# As `id`, unique among the objects that are alive. But `id` raises an audit event: with a hook (see
# `audit_hook`), each look-up would be a call.
identity: Final[Callable[[object], int]] = object.__hash__

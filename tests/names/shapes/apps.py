"""A module that sorts before, and has a shorter name than, the one whose class it uses."""

from .gauges import Gauge  # noqa: F401

"""A module whose name is shorter, and sorted before, than that of the module whose class it uses."""

from .gauges import Gauge  # noqa: F401

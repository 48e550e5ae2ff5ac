"""What these tests share: an observed run of a project, and what it saw."""

from observing import observing  # noqa: F401  # a fixture

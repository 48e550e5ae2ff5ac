"""The pytest plugin: hooks that hand over."""

"""The registry: its data, its file, and what can be asked of it."""

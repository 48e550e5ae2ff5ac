"""Writes content as HTML pages and as docutils nodes of Sphinx."""

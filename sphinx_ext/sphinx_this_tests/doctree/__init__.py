"""Documented objects, directives and roles in the doctree."""

"""Documented objects in the doctree, and what authors place there."""

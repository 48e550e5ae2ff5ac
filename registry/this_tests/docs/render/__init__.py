"""Writes content as HTML."""

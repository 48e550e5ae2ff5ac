"""Tests that lie inside of the library."""

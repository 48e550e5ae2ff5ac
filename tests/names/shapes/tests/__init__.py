"""Tests inside the library."""

"""Reads Python source and Sphinx inventories, without importing anything."""

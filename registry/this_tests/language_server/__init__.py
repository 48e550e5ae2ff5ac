"""The language server: which tests exercise the code of a file, for editors.

All modules but `server` know neither the protocol nor the library that speaks it.
"""

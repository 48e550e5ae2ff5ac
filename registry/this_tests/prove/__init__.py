"""Proofs: which tests fail when a function does nothing."""

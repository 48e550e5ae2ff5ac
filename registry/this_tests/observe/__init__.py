"""What the tests of a run really execute, seen at almost no cost."""

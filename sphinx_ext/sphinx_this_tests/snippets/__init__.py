"""The source of tests, cut to what a page shows."""

"""The source of tests, shortened to what a page shows."""

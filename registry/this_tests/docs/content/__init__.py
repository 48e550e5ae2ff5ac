"""The content of sections and pages, independent of the output format."""

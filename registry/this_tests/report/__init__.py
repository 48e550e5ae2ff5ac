"""Reports as text, JSON, Markdown, HTML and XML. Pure functions: they print and write nothing."""

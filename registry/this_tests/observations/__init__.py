"""What observed runs saw: which tests executed which functions, and of which code."""

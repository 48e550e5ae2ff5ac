"""What sections and pages hold, apart from how they are written."""

"""What pages of docs say of tests, whichever tool writes the pages."""

"""What the command answers, as text, data or a file's content: no terminal, no disk."""

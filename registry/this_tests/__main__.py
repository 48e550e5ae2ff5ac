"""``python -m this_tests`` is the command ``this-tests``."""

from .cli import main

main()

"""`python -m gigmatch`: the command line."""

from gigmatch.cli import main

main()

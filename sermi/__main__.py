"""`python -m sermi`."""

from sermi.cli import main

main()

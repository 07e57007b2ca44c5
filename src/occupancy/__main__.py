"""`python -m occupancy` is the command line."""

from occupancy.cli import main

main()

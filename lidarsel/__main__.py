"""``python -m lidarsel``: the same as the command."""

from lidarsel.cli import main

main()

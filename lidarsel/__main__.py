"""``python -m lidarsel``: the same as the command."""

from lidarsel.cli import main

if __name__ == "__main__":  # processes that are started anew import this
    main()

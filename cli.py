#!/usr/bin/env python3
"""Run lidarsel from a clone without installing it: ``python cli.py run DATA --budget 32``."""

from lidarsel.cli import main

if __name__ == "__main__":
    main()

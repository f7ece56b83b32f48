"""lidarsel: which lines of a spinning lidar are worth paying for."""

__version__ = "0.2.0"

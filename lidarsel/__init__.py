"""lidarsel: which lines of a spinning lidar are worth paying for."""

__version__ = "0.1.0"

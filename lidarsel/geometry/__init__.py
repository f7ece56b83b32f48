"""Lines, elevations, projection and motion of a spinning lidar. Knows arrays, no files."""

"""Which k players to keep: one file per selector, for any ordered set of players. Knows no lidar."""

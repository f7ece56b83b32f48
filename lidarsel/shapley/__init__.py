"""Shapley values of the players of any game that is a mean over frames. Knows no lidar; numpy and scipy only."""

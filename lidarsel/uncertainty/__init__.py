"""How sure a number is: posteriors of weights, spreads out of draws, calibration. Knows neither lidar nor networks."""

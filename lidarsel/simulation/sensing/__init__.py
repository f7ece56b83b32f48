"""What sensors on a vehicle measure of a street: lidar, camera, stereo."""

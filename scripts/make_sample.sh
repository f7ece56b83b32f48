#!/bin/sh
# Make datasets/sample again from its seed: one short drive, small enough for the repository.
# usage: make_sample.sh LIDARSEL
set -eu
rm -rf datasets/sample
"$1" simulate datasets/sample --seed 64 --frames 4 --image-size 128x424 --azimuth-step-deg 1.0

#!/bin/sh
# The shipped law from nothing: streets simulated, a ladder of networks trained on them, the law fitted.
#
#   scripts/make_law.sh OUT [OPTIONS OF lidarsel scale]     # e.g. OUT --steps 4000 --device cuda
#
# OUT gets the streets, the networks and law.json. Killed, or run out of time, the same command goes on. Small images and
# few steps, as it was made on two cores. PYTHON=... another Python.
set -eu
[ $# -ge 1 ] || { echo "usage: $0 OUT [options of lidarsel scale]" >&2; exit 2; }
root=$(cd "$(dirname "$0")/.." && pwd)
out=$1
shift
PYTHON=$(sh "$root/scripts/find_python.sh")
mkdir -p "$out"
cd "$out"
[ -e streets ] || "$PYTHON" "$root/cli.py" simulate streets --seed 43000 --drives 240 --frames 3 --image-size 96x320 \
    --azimuth-step-deg 0.17
"$PYTHON" "$root/cli.py" scale streets -o law.json --widths 0.5,0.7,1,1.4 --frames 50,140,400 --steps 250 "$@"

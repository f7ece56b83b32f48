#!/bin/sh
# The shipped recipe on a GPU, from nothing to weights: simulates on all cores, then trains in bfloat16.
#
#   scripts/train_on_gpu.sh OUT [OPTIONS OF lidarsel train]     # e.g. OUT --steps 20000 --images-per-step 16
#
# OUT gets lidarsel.safetensors, its log and curve, and the recipe: what completion/weights/ holds. Killed, or run out of
# time, the same command goes on from the last checkpoint. Needs open3d for the streets. PYTHON=... another Python,
# DEVICE=cpu to try it anywhere.
set -eu
[ $# -ge 1 ] || { echo "usage: $0 OUT [options of lidarsel train]" >&2; exit 2; }
root=$(cd "$(dirname "$0")/.." && pwd)
out=$1
shift
if [ -z "${PYTHON:-}" ]; then
    PYTHON=$root/.venv/bin/python
    [ -x "$PYTHON" ] || PYTHON=$(command -v python3)
fi
mkdir -p "$out"
cp "$root/lidarsel/completion/weights/recipe.yaml" "$out/recipe.yaml"
cores=$(getconf _NPROCESSORS_ONLN)
exec "$PYTHON" "$root/cli.py" train --recipe "$out/recipe.yaml" -o "$out/lidarsel.safetensors" \
    --device "${DEVICE:-cuda}" --precision bfloat16 --workers "$cores" "$@"

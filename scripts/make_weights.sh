#!/bin/sh
# The shipped weights from nothing: the whole network trained, its channels valued and cut, what is left trained on.
#
#   scripts/make_weights.sh OUT [OPTIONS OF lidarsel train]     # e.g. OUT --steps 20000 --images-per-step 16
#
# OUT gets lidarsel.safetensors and what was made on the way: whole.safetensors, the streets that channels are valued on,
# cut.safetensors and its report, and the two networks trained on from it, whose mean is shipped. Options go to all
# trainings. Killed, or run out of time, the same command goes on. Needs open3d for the streets. PYTHON=... another
# Python; DEVICE=cuda trains and values on a GPU, in bfloat16 and with all cores simulating.
set -eu
[ $# -ge 1 ] || { echo "usage: $0 OUT [options of lidarsel train]" >&2; exit 2; }
root=$(cd "$(dirname "$0")/.." && pwd)
out=$1
shift
PYTHON=$(sh "$root/scripts/find_python.sh")
device=${DEVICE:-cpu}
if [ "$device" = cpu ]; then
    set -- --workers 2 "$@"
else
    set -- --device "$device" --precision bfloat16 --workers "$(getconf _NPROCESSORS_ONLN)" "$@"
fi
recipes=$root/lidarsel/completion/weights
lidarsel() { "$PYTHON" "$root/cli.py" "$@"; }
mkdir -p "$out"
cd "$out"
[ -e whole.safetensors ] && [ ! -e whole.safetensors.resume ] ||
    lidarsel train --recipe "$recipes/whole.yaml" -o whole.safetensors "$@"
[ -e streets ] || lidarsel simulate streets --drives "${DRIVES:-48}" --frames 3 --seed 31000
[ -e cut.safetensors ] || lidarsel shrink streets --weights whole.safetensors -o cut.safetensors --device "$device" \
    --macs 45% --sets-per-image 16 --evaluations "${EVALUATIONS:-2400}" --max-frames 48 --retrain 0 --sets 20 --budget 16
for name in recipe drives; do
    [ -e "$name.safetensors" ] && [ ! -e "$name.safetensors.resume" ] ||
        lidarsel train --recipe "$recipes/$name.yaml" -o "$name.safetensors" "$@"
done
"$PYTHON" "$root/scripts/average_weights.py" lidarsel.safetensors recipe.safetensors drives.safetensors

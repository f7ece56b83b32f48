#!/bin/bash
# One card used to the full in one call, in under 8 minutes: the tests marked gpu, and every step of gpu.py, each with a
# limit of its own and whatever happened to those before. Prints a line for each, writes one JSON ($OUT/gpu.json, else
# benchmarks/results/gpu.json), and ends with 1 where a step failed.
#
#   benchmarks/gpu.sh                          # PYTHON=... another Python; DEVICE=cpu QUICK=--quick to try it anywhere
#
# A step that runs past its limit keeps the rows it had. On a machine that cannot fetch anything, the packages that
# `import` says are missing can be carried as wheels: beside this workplace's image they are kornia, kornia-rs, msgspec
# and plotly. open3d is too large to carry there, and only the demo needs it.
set -u
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-$([ -x .venv/bin/python ] && echo .venv/bin/python || command -v python3)}
DEVICE=${DEVICE:-cuda}
QUICK=${QUICK:-}
PATIENCE=${PATIENCE:-1} # times the limits: on a machine that is busy with other work
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
export PYTHONPATH=.${PYTHONPATH:+:$PYTHONPATH}

if ! "$PYTHON" -c "import sys, torch, lidarsel.completion.registry; sys.exit('$DEVICE' != 'cpu' and not torch.cuda.is_available())" 2>"$WORK/why"; then
    echo "gpu.sh: $PYTHON cannot run this: $(tail -n 1 "$WORK/why" | grep . || echo "torch sees no GPU")" >&2
    exit 2
fi

failed=0
step() { # step NAME SECONDS COMMAND...: its output to NAME.json where it went well, its last line to NAME.failed else
    local name=$1 limit=$(($2 * PATIENCE)) start=$SECONDS
    shift 2
    if timeout "$limit" "$@" >"$WORK/$name.out" 2>"$WORK/$name.err"; then
        tail -n 1 "$WORK/$name.out" >"$WORK/$name.json"
        echo "$name: done in $((SECONDS - start)) s: $(tail -n 1 "$WORK/$name.out" | cut -c 1-300)"
    else
        code=$?
        failed=1
        if [ $code = 124 ]; then echo "ran past $limit s"; else cat "$WORK/$name.out" "$WORK/$name.err" | grep . | tail -n 1; fi >"$WORK/$name.failed"
        echo "$name: FAILED ($code) after $((SECONDS - start)) s: $(cut -c 1-300 "$WORK/$name.failed")"
    fi
}

step throughput "${THROUGHPUT_SECONDS:-200}" "$PYTHON" benchmarks/gpu.py throughput --device "$DEVICE" $QUICK
step agreement 90 "$PYTHON" benchmarks/gpu.py agreement --device "$DEVICE" $QUICK
step training 45 "$PYTHON" benchmarks/gpu.py training --device "$DEVICE" $QUICK
if [ "$DEVICE" != cpu ]; then
    step tests 60 "$PYTHON" -m pytest -p no:xdist -m gpu tests/gpu
    step demo 80 "$PYTHON" benchmarks/gpu.py demo --device "$DEVICE" $QUICK
fi

"$PYTHON" benchmarks/gpu.py collect --work "$WORK" || failed=1
exit $failed

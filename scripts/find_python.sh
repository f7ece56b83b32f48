#!/bin/sh
# The Python that other scripts run: $PYTHON, else that of `make`, else the one on the path.
set -eu
own=$(cd "$(dirname "$0")/.." && pwd)/.venv/bin/python
if [ -n "${PYTHON:-}" ]; then
    echo "$PYTHON"
elif [ -x "$own" ]; then
    echo "$own"
else
    command -v python3
fi

"""All targets by name. A new reader or format: an entry in one of these files."""

import importlib

from tests.fuzz.target import Target

GROUPS = ("readers", "formats", "stores", "networks")
EXTRAS = {"rosbags": "ros", "onnx": "onnx", "onnxruntime": "onnx"}
"""Modules that a group needs and that come by an extra."""

MISSING: dict[str, str] = {}
"""Group -> why it has no targets here: an extra is not installed."""

TARGETS: dict[str, Target] = {}
for group in GROUPS:
    try:
        found = importlib.import_module(f"tests.fuzz.{group}").TARGETS
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in EXTRAS:
            raise
        module = error.name.partition(".")[0]
        MISSING[group] = f"tests.fuzz.{group} needs {module}: pip install -e '.[{EXTRAS[module]}]'"
        continue
    TARGETS |= {target.name: target for target in found}

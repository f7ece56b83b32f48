"""All targets by name. A new reader or format: an entry in one of these files.

Their modules need no extra of lidarsel when they are imported; a target that needs one where it runs is in EXTRA_OF.
"""

from importlib.util import find_spec

from tests.fuzz import formats, networks, promises, readers, stores

TARGETS = {target.name: target for group in (readers, formats, stores, networks, promises) for target in group.TARGETS}

MODULES = {
    **{"ros": ("rosbags",), "argoverse": ("pyarrow",), "pcap": ("velodyne_decoder",)},
    "onnx": ("onnx", "onnxruntime"),
}
"""Extra -> what it installs that its targets import."""
EXTRA_OF = {"net.onnx": "onnx", "sensor.yaml-rosbag": "ros", "argoverse": "argoverse"} | {
    name: extra
    for name in TARGETS
    for start, extra in (("rosbag-", "ros"), ("pcap-", "pcap"))
    if name.startswith(start)
}


def lacking(target: str) -> str | None:
    """What is not installed that a target needs, and how to get it; None where it can run."""
    extra = EXTRA_OF.get(target)
    absent = [module for module in MODULES.get(extra or "", ()) if not importable(module)]
    return f"{target} needs {', '.join(absent)}: pip install 'lidarsel[{extra}]'" if absent else None


def importable(module: str) -> bool:
    """Whether a module is installed."""
    try:
        return find_spec(module) is not None
    except ImportError:
        return False

"""What lidarsel is made of: the packages of the main job, and those of each extra with the commands that want them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PackageSet:
    """Packages that come together. packages: name in the registry -> module to import. wanted_by: what fails without.

    extra: its name in ``pip install 'lidarsel[extra]'``, or None for what every installation must have.
    for_developers: whether it is for work on lidarsel itself, and no command wants it.
    """

    name: str
    extra: str | None
    wanted_by: str
    packages: dict[str, str]
    for_developers: bool = False


PARTS = (
    PackageSet(
        "main job",
        None,
        "every command",
        {
            "torch": "torch",
            "open3d": "open3d",
            "kornia": "kornia",
            "numpy": "numpy",
            "scipy": "scipy",
            "typer": "typer",
            "rich": "rich",
            "msgspec": "msgspec",
            "pyyaml": "yaml",
            "safetensors": "safetensors",
            "plotly": "plotly",
            "matplotlib": "matplotlib",
            "threadpoolctl": "threadpoolctl",
        },
    ),
    PackageSet("poses", "poses", "accumulated ground truth where a drive has no poses", {"kiss-icp": "kiss_icp"}),
    PackageSet(
        "onnx",
        "onnx",
        "lidarsel export OUT.onnx, --network FILE.onnx",
        {"onnx": "onnx", "onnxscript": "onnxscript", "onnxruntime": "onnxruntime"},
    ),
    PackageSet("ray", "ray", "--engine ray", {"ray": "ray"}),
    PackageSet("ros", "ros", "DATA that is a ROS bag", {"rosbags": "rosbags"}),
    PackageSet("argoverse", "argoverse", "DATA that is an Argoverse 2 log", {"pyarrow": "pyarrow"}),
    PackageSet("pcap", "pcap", "DATA that is a packet capture of a Velodyne", {"velodyne-decoder": "velodyne_decoder"}),
    PackageSet(
        "peers",
        "peers",
        "benchmarks/estimators.py --peers",
        {"shapiq": "shapiq", "lightgbm": "lightgbm", "captum": "captum"},
        for_developers=True,
    ),
    PackageSet("fuzz", "fuzz", "python -m tests.fuzz.guided", {"atheris": "atheris"}, for_developers=True),
    PackageSet("tensorboard", "tensorboard", "--log-to tensorboard", {"tensorboardX": "tensorboardX"}),
    PackageSet("mlflow", "mlflow", "--log-to mlflow", {"mlflow-skinny": "mlflow"}),
    PackageSet("privacy", "privacy", "lidarsel train --private", {"opacus": "opacus"}),
    PackageSet("pandas", "pandas", "to_frame() of results in Python", {"pandas": "pandas"}),
    PackageSet("rerun", "rerun", "lidarsel view --rerun", {"rerun-sdk": "rerun"}),
    PackageSet(
        "docs",
        "docs",
        "make docs",
        {
            "mkdocs-material": "material",
            "mkdocstrings": "mkdocstrings",
            "mkdocstrings-python": "mkdocstrings_handlers.python",
        },
        for_developers=True,
    ),
    PackageSet(
        "dev",
        "dev",
        "make test, make lint",
        {
            "pytest": "pytest",
            "pytest-xdist": "xdist",
            "pytest-cov": "pytest_cov",
            "pre-commit": "pre_commit",
            "hypothesis": "hypothesis",
            "ruff": "ruff",
            "mypy": "mypy",
            "jsonschema": "jsonschema",
        },
        for_developers=True,
    ),
)
"""In the order of the table. A test compares this with pyproject.toml."""

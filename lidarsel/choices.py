"""The names that a setting may take, apart from the code behind them: options and files are told by them alone."""

from typing import Literal

Metric = Literal["rmse", "mae", "irmse", "imae"]
EmptyCoalition = Literal["network", "constant"]
METRICS: tuple[Metric, ...] = ("rmse", "mae", "irmse", "imae")
"""The four of KITTI's benchmark; what else may decide is made of them (``lidarsel.criterion``)."""
UNIT: dict[Metric, str] = {"rmse": "mm", "mae": "mm", "irmse": "1/km", "imae": "1/km"}
FIGURE_OF: dict[Metric, str] = {
    "rmse": "rmse_mm",
    "mae": "mae_mm",
    "irmse": "irmse_per_km",
    "imae": "imae_per_km",
}
"""The figure that each metric is, in files and in columns."""
FIGURES: tuple[str, ...] = tuple(FIGURE_OF.values())
"""The figures by name, in this order wherever they are columns: the one place that knows how many there are."""

SPREAD: Literal["spread"] = "spread"
"""What may decide beside them, of a network that tells how far its depths may be off: no error, but what it thinks that
errors are; it needs no ground truth."""
SPREAD_FIGURE = "spread_mm"

METHODS = ("random", "spaced", "densest", "shapley", "sas-region", "sas-separation", "sas", "interval")
"""Selectors that are put beside each other unless told otherwise: ``greedy`` and ``exhaustive`` cost much more."""
DEFAULT_METHOD = "interval"
DEFAULT_METHOD_WITHOUT_DATA = "sas"
"""The selector where there is nothing to evaluate with."""
SELECTORS = (
    *("random", "spaced", "densest", "shapley", "sas-region", "sas-separation", "sas"),
    *("greedy", "greedy-backward", "switch", "interval", "exhaustive"),
)
"""All selectors, as their registry has them."""
LEAST_SETS = 16
"""That the method interval must be allowed to try, as it has them itself."""
ESTIMATORS = ("regression", "permutation", "exact")
"""Of Shapley values, as their registry has them."""
ORACLE = "exhaustive"
"""Few sensors have so few lines that it can be asked: ``all`` methods are all but this one."""

NormGroups = Literal["whole", "remade"]
"""Of layers with group normalisation: a group goes as one, or each channel goes alone and its group is what is left."""
RankingName = Literal["shapley", "dirichlet", "taylor", "l1", "l2", "radius", "random"]
"""Of a network's channels: by games, or as ``importance.channels`` has them."""

SpreadKind = Literal["nll", "radial", "dropout", "laplace"]
"""How a network of lidarsel's says how far its depths may be off: by a second output, or by that and by what is not
known of its last weights: drawn of posteriors or by dropout, or a Gaussian round them."""

Uncertainty = Literal["nll", "radial", "dropout", "laplace", "ensemble"]
"""What training may be asked for: a network with a spread of any kind, or several of them as one."""
MEMBERS, MOST_MEMBERS = 5, 32
"""Networks of an ensemble, unless told otherwise and at most."""

DEVICES = ("auto", "cpu", "cuda", "cuda:N")

LineFormat = Literal["yaml", "json", "csv", "ros"]
"""Of a file of chosen lines: lidarsel's own two, and those for other programs."""
LINE_FORMATS: tuple[LineFormat, ...] = ("yaml", "json", "csv", "ros")

TrackerName = Literal["tensorboard", "mlflow"]
"""Of programs that show how experiments went."""
TRACKERS: tuple[TrackerName, ...] = ("tensorboard", "mlflow")

ShareBy = Literal["random", "magnitude", "importance"]
"""What chooses the weights that take part in private training."""
PrivacyUnit = Literal["drive", "frame"]
"""What of the data a promise of privacy is about: all of one drive, or one frame."""

ProfileFeatures = Literal["ntk", "fourier"]
"""What a frame is embedded by: the gradients of an untrained network, or random Fourier features."""

ViewName = Literal["camera", "360"]
"""What a frame shows: the camera's image, or a range image of the lidar's whole turn."""

Viewpoint = Literal["behind", "bird", "driver", "side"]
VIEWPOINTS: tuple[Viewpoint, ...] = ("behind", "bird", "driver", "side")
"""Where a 3-D picture is seen from."""

ElevationKind = Literal["cone", "apparent"]
"""What a line's elevation is: its laser's own angle, that of the cone it sweeps, the same in every log of a sensor; or
the median angle of its points seen from the scans' origin, which shifts with the scene."""

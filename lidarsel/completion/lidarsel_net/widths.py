"""Which channels of lidarsel's network belong together: sums tie the layers that are added.

The table reads as the network runs: what makes a layer's channels, its normalisation, what takes them.
"""

from lidarsel.completion.coupling import Coupling, LayerPlace, axes_of
from lidarsel.completion.lidarsel_net.design import EXPERTS, Design, is_normalised

_MODULES = {
    "stem": ("i.stem.0", "i.stem.1", "i.down.0.0"),
    "stage4": (
        "i.down.0.0 i.down.0.3.body.3 i.lateral.2",
        "i.down.0.1 i.down.0.3.body.4",
        "i.down.0.3.body.0 i.down.1.0 i.up.2.0",
    ),
    "stage8": (
        "i.down.1.0 i.down.1.3.body.3 i.lateral.1",
        "i.down.1.1 i.down.1.3.body.4",
        "i.down.1.3.body.0 i.down.2.0 i.up.1.0",
    ),
    "stage16": (
        "i.down.2.0 i.down.2.3.body.3 i.lateral.0",
        "i.down.2.1 i.down.2.3.body.4",
        "i.down.2.3.body.0 i.down.3.0 i.up.0.0",
    ),
    "stage32": ("i.down.3.0 i.down.3.3.body.3", "i.down.3.1 i.down.3.3.body.4", "i.down.3.3.body.0 i.lateral.0"),
    "inner4": ("i.down.0.3.body.0", "i.down.0.3.body.1", "i.down.0.3.body.3"),
    "inner8": ("i.down.1.3.body.0", "i.down.1.3.body.1", "i.down.1.3.body.3"),
    "inner16": ("i.down.2.3.body.0", "i.down.2.3.body.1", "i.down.2.3.body.3"),
    "inner32": ("i.down.3.3.body.0", "i.down.3.3.body.1", "i.down.3.3.body.3"),
    "rise16": ("i.up.0.0", "i.up.0.1", "i.lateral.1 i.to_depth.2"),
    "rise8": ("i.up.1.0", "i.up.1.1", "i.lateral.2 i.to_depth.1"),
    "rise4": ("i.up.2.0", "i.up.2.1", "i.prior i.to_depth.0 i.to_fine i.to_weights.0"),
    "weights": ("i.to_weights.0", "i.to_weights.1", "i.weights"),
    "enter": ("d.enter i.to_depth.0 d.up4 i.to_fine", "", "d.down8 d.fuse4"),
    "down8": ("d.down8 i.to_depth.1", "", "d.conv8"),
    "depth8": ("d.conv8 d.up8", "", "d.down16 d.fuse8"),
    "depth16": ("d.down16 i.to_depth.2 d.conv16.0 d.conv16.1", "", "d.conv16.0 d.conv16.1 d.up8"),
    "fuse8": ("d.fuse8", "", "d.up4"),
    "fuse4": ("d.fuse4", "", "d.leave d.spread.from_features"),
}
_MIXTURES = ("depth_branch.conv8", "depth_branch.fuse8")
_ROUTER = "depth_branch.router.judge"
_SPREAD = "d.spread."
_PARTS = {"i": "image_encoder", "d": "depth_branch"}


def couplings_of(design: Design) -> list[Coupling]:
    """Every layer of the network whose width is free, in the order of ``Design.width_names``."""
    table = []
    for name in design.width_names():
        if name == EXPERTS:
            table.append(_experts(design))
            continue
        makers, norms, readers = (_modules(names, design) for names in _MODULES[name])
        places: tuple[tuple[str, LayerPlace], ...] = ()
        if design.is_mixture:
            makers = tuple(f"{maker}.widen" if maker in _MIXTURES else maker for maker in makers)
            readers = tuple(f"{reader}.narrow" if reader in _MIXTURES else reader for reader in readers)
            if name == "down8":  # the router sees nearness besides
                places = ((f"{_ROUTER}.weight", LayerPlace(1, name, reads=True)),)
        groups = design.groups(name) if is_normalised(name) else (1,) * design.width(name)
        table.append(Coupling(name, groups, makers, norms, tuple((reader, 1) for reader in readers), places))
    return table


def _experts(design: Design) -> Coupling:
    """Experts as channels that go whole: the router gives one each, and both mixtures have so many entries of each."""
    made = LayerPlace(0, EXPERTS, inputs=design.expert_width, asked=design.active_experts)
    read = made._replace(axis=1, reads=True)
    places = [
        (f"{mixture}.{weight}", place)
        for mixture in _MIXTURES
        for weight, place in (("narrow.weight", made), ("narrow.bias", made), ("widen.weight", read))
    ]
    return Coupling(EXPERTS, (1,) * design.width(EXPERTS), makers=(_ROUTER,), places=tuple(places))


def encoder_layers(design: Design) -> frozenset[str]:
    """The layers with any channel or weight in the image encoder: others change nothing that it gives."""
    of_encoder = f"{_PARTS['i']}."
    return frozenset(
        place.layer
        for weight, places in axes_of(couplings_of(design)).items()
        for place in places
        if weight.startswith(of_encoder)
    )


def _modules(names: str, design: Design) -> tuple[str, ...]:
    """Spelt out, those that a network of the design has."""
    return tuple(_spelt_out(name) for name in names.split() if design.spread or not name.startswith(_SPREAD))


def _spelt_out(module: str) -> str:
    part, rest = module.split(".", 1)
    return f"{_PARTS[part]}.{rest}"

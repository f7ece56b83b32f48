"""The command that lists what data can be read."""

from lidarsel.commands.console import show, show_json
from lidarsel.commands.options import AsJson


def datasets(as_json: AsJson = False) -> None:
    """Every layout that can be read: what it is recognised by, its kinds of ground truth, what it needs installed."""
    from lidarsel.datasets.registry import layouts

    found = layouts()
    if as_json:
        show_json({"layouts": found})
        return
    for layout in found:
        show(f"{layout.name}: {layout.looks_for}")
        show(f"    ground truth: {', '.join(layout.ground_truth)}")
        if layout.extra:
            show(f"    needs: {layout.extra}")
    show("How to lay each out: datasets/README.md. Any other data: name its files in a frames.csv.")

"""How far the data of a command travel through the house; `scripts/count_rooms.py` says how it is counted."""

import sys
from pathlib import Path

from tests.support.commands import ROOT

sys.path.append(str(ROOT / "scripts"))  # scripts, not a package

from count_rooms import way_of

MOST_ROOMS, MOST_UP = 36, 2
"""Three of them are what imitating products takes: the products, spaced lines beside them, and where both meet. Another
three are what errors by distance take: what decides, whether frames can tell it, and the rows that say so. One says
which methods can be told from the best; one finds what the Python API hands on and the command writes; two are the
command line's words: their spelling and their wrapping; five are what a spread takes: which networks tell it, and
how, its calibration on drives, the mathematics of that, and the sentences on it; two say what weakens an answer:
cautions, and what a crop hides."""


def test_the_data_of_evaluate_pass_few_rooms_and_hardly_come_back() -> None:
    way = way_of(ROOT, "evaluate")
    assert len(way.rooms) <= MOST_ROOMS, way.rooms
    assert way.up <= MOST_UP, [(source, target) for source, target, up in way.moves if up]


def test_a_call_back_and_a_property_are_counted(tmp_path: Path) -> None:
    texts = {
        "commands/jobs.py": "from lidarsel.workflow.first import go\ndef job(x):\n    return go(x)\n",
        "workflow/first.py": (
            "from lidarsel.workflow.second import Second\nfrom lidarsel.errors import told\n"
            "def go(x):\n    told()\n    return Second(x).whole\ndef back(x):\n    return x\n"
        ),
        "workflow/second.py": (
            "from lidarsel.workflow import first\nfrom lidarsel.frame import read\n"
            "class Second:\n    @property\n    def whole(self):\n        return first.back(read(self))\n"
        ),
        "frame.py": "def read(x):\n    return x\n",
        "errors.py": "def told():\n    pass\n",
    }
    for name, text in texts.items():
        path = tmp_path / "lidarsel" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    way = way_of(tmp_path, "job")
    assert way.rooms == ["commands.jobs", "workflow.first", "workflow.second", "frame"]
    assert [target for _, target, up in way.moves if up] == [("workflow.first", "back")]

"""The wrappers of docs/own_network.md, over stand-ins that have the published networks' shapes and not their layers."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from lidarsel.completion.foreign.adaptation import Adaptation, parse_inputs
from lidarsel.completion.registry import load_network
from tests.support.commands import ROOT

SHARED = """
import torch
from torch import nn
args = None

class Layered(nn.Module):
    def __init__(self, *args, **given):
        super().__init__()
        self.conv = nn.Conv2d(4, 1, 1)
        self.size = given.get("output_size")
    def depth(self, image, d):
        assert image.shape[1] == 3 and d.shape[1] == 1 and d.shape[2] % 16 == 0
        return torch.where(d > 0, d, self.conv(torch.cat([image, d], 1)))
"""
STAND_INS = {
    "options.py": SHARED,
    "model/nlspnmodel.py": """
from options import *
class NLSPNModel(Layered):
    def forward(self, sample):
        y = self.depth(sample["rgb"], sample["dep"])
        return {"pred": y.clamp(min=0), "pred_init": y - 3, "pred_inter": [y, y], "guidance": y[:, :, ::2], "aff": None}
""",
    "enet.py": """
from options import *
class ENet(Layered):
    def forward(self, input):
        d, position = input["d"], input["position"]
        assert position.shape == (len(d), 2, *d.shape[2:]) and input["K"].shape[1:] == (3, 3)
        assert position[0, 0, 0, 0] == -1 and position[0, 0, -1, 0] == 1 and position[0, 1, 0, -1] == 1
        assert input["rgb"].max() > 1
        y = self.depth(input["rgb"] / 255, d)
        return y + 1, y + 2, y
""",
    "network_exp_msg_chn.py": """
from options import *
class network(Layered):
    def forward(self, input_d, input_rgb):
        y = self.depth(input_rgb, input_d)
        return y, y + 1, y + 2
""",
    "models/BPNet.py": """
from options import *
class Net(Layered):
    def forward(self, I, S, K):
        assert K.shape[1:] == (3, 3)
        y = self.depth(I, S)
        return [y + 3, y + 2, y]
def Pre_MF_Post():
    return Net()
""",
    "models/__init__.py": """
from options import *
class ResNet(Layered):
    def forward(self, x):
        assert tuple(x.shape[2:]) == self.size
        return self.depth(x[:, :3], x[:, 3:])
""",
}
STANDARDISED = {"nlspn", "bp_net"}


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with the docs' wrappers and the stand-ins."""
    for name, content in STAND_INS.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    _, published = re.findall(r"```python\n(.*?)```", (ROOT / "docs/own_network.md").read_text(), re.DOTALL)
    (tmp_path / "published.py").write_text(published)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def made() -> tuple[torch.Tensor, torch.Tensor, dict[str, torch.Tensor]]:
    generator = torch.Generator().manual_seed(0)
    image = torch.rand(1, 3, 352, 1216, generator=generator)
    sparse = 5 + 50 * torch.rand(2, 1, 352, 1216, generator=generator)
    sparse *= torch.rand(2, 1, 352, 1216, generator=generator) < 0.1
    sparse[1] = 0
    weights = {"conv.weight": torch.tensor([1.0, 2.0, -9.0, 0.1]).view(1, 4, 1, 1), "conv.bias": torch.tensor([4.0])}
    return image, sparse, weights


@pytest.mark.parametrize("name", ["nlspn", "enet", "msg_chn", "bp_net", "sparse_to_dense"])
def test_a_published_shape_is_wrapped_as_the_docs_say(clone: Path, name: str) -> None:
    image, sparse, weights = made()
    torch.save({"net": {f"module.{key}": x for key, x in weights.items()}, "epoch": 1}, clone / "weights.pt")
    network = load_network(f"published:{name}", clone / "weights.pt")
    got = network.complete(network.encode(image, torch.eye(3)[None]), sparse)
    seen = image
    if name in STANDARDISED:
        mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
        seen = (image - mean.view(3, 1, 1)) / deviation.view(3, 1, 1)
    filled = (seen * weights["conv.weight"][0, :3]).sum(1, keepdim=True) + 4
    wanted = torch.where(sparse > 0, sparse, filled + 0.1 * sparse).clamp(min=0.1)
    torch.testing.assert_close(got, wanted, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("spec", "inputs", "output"),
    [
        ("network_exp_msg_chn:network", "input_d=sparse_depth_m,input_rgb=image", "0"),
        ("models.BPNet:Pre_MF_Post", "I=image,S=sparse_depth_m,K=intrinsics", "-1"),
    ],
)
def test_the_options_that_the_docs_give_do_without_code(clone: Path, spec: str, inputs: str, output: str) -> None:
    assert f"--network-inputs {inputs} --network-output {output}" in (ROOT / "docs/own_network.md").read_text()
    image, sparse, weights = made()
    torch.save(weights, clone / "weights.pt")
    adaptation = Adaptation(inputs=parse_inputs(inputs), output=output, min_depth_m=0.1)
    network = load_network(spec, clone / "weights.pt", adaptation=adaptation)
    got = network.complete(network.encode(image, torch.eye(3)[None]), sparse)
    filled = (image * weights["conv.weight"][0, :3]).sum(1, keepdim=True) + 4
    torch.testing.assert_close(got, torch.where(sparse > 0, sparse, filled).clamp(min=0.1), rtol=1e-4, atol=1e-4)

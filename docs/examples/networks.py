# %% [markdown]
# # Do other networks want other lines?
#
# Lines are chosen for one network and judged by another. `classical` stands for yours: `docs/own_network.md` says what
# `load_network` takes.

# %%
import matplotlib.pyplot as plt

import lidarsel as ls

data = ls.open_data("datasets/sample", max_frames=2, crop=(64, 212))
networks = {name: ls.load_network(name) for name in ("nearest", "classical")}

# %%
chosen = {
    name: ls.run(data, 16, network=network, methods="interval", evaluations=80, sets=16).lines[16]
    for name, network in networks.items()
}
chosen

# %% [markdown]
# ## Each judged by both

# %%
for name, network in networks.items():
    report = ls.evaluate_lines(data, chosen, part="held-out", network=network)
    print(name, {row.method: round(row.rmse_mm) for row in report.file.rows})

# %% [markdown]
# ## What they see

# %%
figure, rows = plt.subplots(len(networks), 2, figsize=(9, 4), layout="constrained")
for (name, network), (left, right) in zip(networks.items(), rows, strict=True):
    for axes, lines in ((left, None), (right, chosen[name])):
        _, depth_m = data.complete(0, lines, network=network)
        axes.imshow(depth_m, cmap="viridis_r", vmax=60)
        axes.set(title=f"{name}, {data.n_lines if lines is None else len(lines)} lines", xticks=[], yticks=[])

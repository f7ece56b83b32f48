# %% [markdown]
# # Which lines to keep
#
# The whole job on the four frames in `datasets/sample`; give the folder of your own logs instead. `nearest` completes
# depth by the nearest point, in milliseconds: leave `network` out for lidarsel's trained one, and `evaluations` and
# `sets` for precision.

# %%
import tempfile
from pathlib import Path

import lidarsel as ls

data = ls.open_data("datasets/sample", network="nearest")
data

# %% [markdown]
# ## Value, select, judge

# %%
result = ls.run(data, budgets=(16, 8), evaluations=150, sets=32)
result

# %%
result.plot()

# %% [markdown]
# ## The lines, and what weakens the answer

# %%
result.lines[16]

# %%
[*result.doubts, *result.notes]

# %%
chosen, everything = result.report.row("interval", 16), result.report.row("all")
f"16 lines: {chosen.rmse_mm:.0f} mm, all: {everything.rmse_mm:.0f} mm"

# %% [markdown]
# ## Keep it
#
# The files of `lidarsel run`: `report.html`, `lines.yaml`, `values.json`, the figures.

# %%
folder = result.save(Path(tempfile.mkdtemp()) / "first-job")
sorted(path.name for path in folder.iterdir())

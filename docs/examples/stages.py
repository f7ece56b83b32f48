# %% [markdown]
# # The stages one by one
#
# What has been evaluated once is kept while the data are open, or in the file that `store=` names. So a stage that is
# done again, or with another budget, costs little.

# %%
import lidarsel as ls


def show(now: ls.StepProgress) -> None:
    if now.done == now.total:
        print(f"{now.step}: {now.done}")


data = ls.open_data("datasets/sample", network="nearest")

# %% [markdown]
# ## 1. What every line is worth

# %%
values = ls.value_lines(data, part="valuing", evaluations=150, progress=show)
values.plot()

# %%
best_first = sorted(values.rows(), key=lambda row: -row["value"])
[row["line"] for row in best_first[:8]]

# %% [markdown]
# ## 2. Which to keep
#
# By evaluating sets of lines (`interval`), and by the values alone (`sas`), with line 0 kept in any case.

# %%
by_sets = ls.select_lines(values, (16, 8), data=data, sets=32)
by_values = ls.select_lines(values, (16, 8), keep=0)
by_sets

# %%
by_values.plot()

# %% [markdown]
# ## 3. How accurate they are
#
# On the held-out frame, beside every fourth line and a product that the log's lines imitate.

# %%
report = ls.evaluate_lines(
    data, by_sets, by_values, range(0, 64, 4), part="held-out", sensor_model="VLP-16", progress=show
)
report

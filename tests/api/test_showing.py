"""Results as tables, figures and HTML: what they show is what the files say."""

import sys
from html.parser import HTMLParser

import matplotlib as mpl
import numpy as np
import pytest

import lidarsel as ls

mpl.use("Agg")


class Cells(HTMLParser):
    """The rows of a page's tables, as texts, and every tag."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def test_tables_of_pandas(job: ls.JobResult) -> None:
    pytest.importorskip("pandas", reason="needs pandas: pip install 'lidarsel[pandas]'")
    values, lines, report = job.values.to_frame(), job.lines.to_frame(), job.to_frame()
    assert values["value"].tolist() == job.values.mean.tolist()
    assert values["line"].tolist() == list(range(64))
    assert lines.groupby("budget")["line"].apply(list).to_dict() == {8: job.lines[8], 16: job.lines[16]}
    row = report[(report.method == "sas") & (report.budget == 8)].iloc[0]
    assert row.rmse_mm == job.report.row("sas", 8).rmse_mm
    assert len(report) == len(job.files.report.rows)


def test_without_pandas_the_remedy_is_named(job: ls.JobResult, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    for result in (job, job.report, job.values, job.lines):
        with pytest.raises(ls.UsageError, match=r"pip install 'lidarsel\[pandas\]'"):
            result.to_frame()
        assert result.rows()


def test_figures_show_the_figures(job: ls.JobResult) -> None:
    import matplotlib.pyplot as plt

    axes = job.plot()
    drawn = {str(line.get_label()).removeprefix("_").split(" ")[0]: line.get_ydata() for line in axes.get_lines()}
    whole = job.report.row("all").rmse_mm
    sas = [100 * (job.report.row("sas", budget).rmse_mm / whole - 1) for budget in (16, 8)]
    assert np.allclose(drawn["sas"], sas)
    assert "sas" in {text.get_text().split(" ")[0] for text in axes.texts}, "named at its end"
    own = plt.figure().add_subplot()
    assert job.lines.plot(own) is own
    assert own.get_legend_handles_labels()[1][0] == "chosen: 16 lines"
    assert job.values.plot(plt.figure().add_subplot()).get_legend_handles_labels()[1][0].startswith("in the image: ")
    before = mpl.rcParams.copy()
    job.report.plot()
    assert mpl.rcParams == before
    plt.close("all")


def test_html_has_every_row_and_runs_nothing(data: ls.OpenedData, job: ls.JobResult) -> None:
    shown = Cells(job._repr_html_())
    assert len(shown.rows) == 1 + len(job.files.report.rows)
    assert ["64", "all lines", f"{job.report.row('all').rmse_mm:.0f}"] == shown.rows[1][:3]
    assert Cells(job.lines._repr_html_()).rows[1:] == [["16", *_written(job, 16)], ["8", *_written(job, 8)]]
    assert len(Cells(job.values._repr_html_()).rows) == 65
    hostile = ls.evaluate_lines(data, {"<script>alert(1)</script>": [0, 9, 20, 31]}, part="held-out")
    assert "script" not in Cells(hostile._repr_html_()).tags
    assert any("<script>alert(1)</script>" in row for row in Cells(hostile._repr_html_()).rows)


def _written(job: ls.JobResult, budget: int) -> list[str]:
    from lidarsel.listing import line_ranges

    return [line_ranges(job.lines[budget])]


def test_results_say_what_they_are(data: ls.OpenedData, job: ls.JobResult) -> None:
    assert repr(data).endswith("4 frames of simulated 64-line lidar, 64 lines>")
    assert repr(job.values) == "<values of 64 lines on 3 frames, 150 evaluations>"
    assert "cost" in job.report.answer
    assert job.report.answer in repr(job)
    assert repr(job.lines).startswith("<lines by interval, 16: ")
    with pytest.raises(ls.UsageError, match="no lines were chosen at a budget of 5; there are 16, 8"):
        job.lines[5]

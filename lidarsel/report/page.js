"use strict";
// Draws each figure from the JSON beside it, in the page's own text colour, and again when the colour scheme turns.
const narrow = window.matchMedia("(max-width: 640px)");
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const plots = [...document.querySelectorAll("[data-figure]")];

function textColours() {
  const style = getComputedStyle(document.documentElement);
  const ink = style.getPropertyValue("--ink").trim();
  const soft = style.getPropertyValue("--soft").trim();
  return { "font.color": ink, "modebar.color": soft, "modebar.activecolor": ink, "modebar.bgcolor": "rgba(0,0,0,0)" };
}

for (const plot of plots) {
  const figure = JSON.parse(document.getElementById(plot.dataset.figure).textContent);
  // a finger scrolls the page over a figure; a mouse may zoom into it
  const touched = window.matchMedia("(pointer: coarse)").matches;
  figure.layout.dragmode = touched ? false : "zoom";
  if (narrow.matches) figure.layout.font.size = 12;
  const options = { responsive: true, displaylogo: false, displayModeBar: touched ? false : "hover",
                    modeBarButtons: [["toImage", "zoom2d", "pan2d", "resetScale2d"]] };
  Plotly.newPlot(plot, figure.data, figure.layout, options)
    .then(() => Plotly.relayout(plot, textColours()))
    .then(() => { plot.dataset.drawn = "true"; });
}
// on a phone the camera image is wider than the page: begin at its middle, where the road is
for (const wide of document.querySelectorAll(".wide")) wide.scrollLeft = (wide.scrollWidth - wide.clientWidth) / 2;
dark.addEventListener("change", () => plots.forEach((plot) => Plotly.relayout(plot, textColours())));

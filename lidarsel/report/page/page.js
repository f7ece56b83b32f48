"use strict";
// Unpacks plotly.js, draws each figure from the JSON beside it in the page's own text colour, and recolours it when the
// colour scheme turns.
const narrow = window.matchMedia("(max-width: 640px)");
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const plots = [...document.querySelectorAll("[data-figure]")];

async function unpackPlotly() {
  const packed = Uint8Array.from(atob(document.getElementById("plotly").textContent), (letter) => letter.charCodeAt(0));
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const script = document.createElement("script");
  script.textContent = await new Response(unpacked).text();
  document.head.append(script);
}

function textColours() {
  const style = getComputedStyle(document.documentElement);
  const ink = style.getPropertyValue("--ink").trim();
  const soft = style.getPropertyValue("--soft").trim();
  return { "font.color": ink, "modebar.color": soft, "modebar.activecolor": ink, "modebar.bgcolor": "rgba(0,0,0,0)" };
}

async function draw(plot) {
  const figure = JSON.parse(document.getElementById(plot.dataset.figure).textContent);
  // a finger scrolls the page over a figure; a mouse may zoom into it
  const touched = window.matchMedia("(pointer: coarse)").matches;
  figure.layout.dragmode = touched ? false : "zoom";
  if (narrow.matches) {
    figure.layout.font.size = 12;
    for (const { colorbar } of figure.data) {
      if (!colorbar) continue;
      for (const axis of [figure.layout.xaxis, figure.layout.yaxis]) {  // elevations take room: every second tick
        for (const ticks of ["tickvals", "ticktext"]) axis[ticks] = axis[ticks].filter((_, place) => place % 2 === 0);
      }
      Object.assign(colorbar, { orientation: "h", title: { ...colorbar.title, side: "top" } });
    }
  }
  const options = { responsive: true, displaylogo: false, displayModeBar: touched ? false : "hover",
                    modeBarButtons: [["toImage", "zoom2d", "pan2d", "resetScale2d"]] };
  await Plotly.newPlot(plot, figure.data, figure.layout, options);
  await Plotly.relayout(plot, textColours());
  plot.dataset.drawn = "true";
}

if ("DecompressionStream" in window) {
  unpackPlotly().then(() => plots.forEach(draw));
  dark.addEventListener("change", () => plots.forEach((plot) => Plotly.relayout(plot, textColours())));
} else {
  for (const plot of plots) {
    plot.classList.add("missing");
    plot.textContent = "This browser is too old to unpack the figure (it has no DecompressionStream): open the page in "
      + "a newer one, or see the folder figures beside it.";
  }
}

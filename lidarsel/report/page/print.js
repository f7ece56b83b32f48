// On paper a figure is as wide as the sheet and in the ink of light pages, whatever the window was.
const onPaper = { autosize: false, width: 940, height: 430, "font.color": "#1b1e24" };
const drawn = () => plots.filter((plot) => plot.dataset.drawn);

window.addEventListener("beforeprint", () => drawn().forEach((plot) => Plotly.relayout(plot, onPaper)));
window.addEventListener("afterprint", () => {
  const onScreen = { autosize: true, width: null, height: null, ...textColours() };
  drawn().forEach((plot) => Plotly.relayout(plot, onScreen).then(() => Plotly.Plots.resize(plot)));
});

// Draws each element that names its figures in data-source, by uPlot, in the colours of the page. Without this script
// the table beneath says the same.
"use strict";
(() => {
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const locale = document.documentElement.lang;
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 1, notation: "compact" });
  const exact = new Intl.NumberFormat(locale);
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
  const fine = new Intl.NumberFormat(locale, { style: "percent", minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const day = new Intl.DateTimeFormat(locale, { timeZone: "UTC", day: "numeric", month: "short" });
  const whole_day = new Intl.DateTimeFormat(locale, { timeZone: "UTC", dateStyle: "medium" });
  const shown = (format) => (_plot, value) => (value == null ? "–" : format.format(value));

  function draw(place, found) {
    const [moments, ratio, rows, runs, low] = found.series;
    const ink = colour("--soft"), grid = { stroke: colour("--panel"), width: 1 }, ticks = { stroke: colour("--line"), width: 1, size: 4 };
    const axis = { stroke: ink, grid, ticks, font: "12px system-ui, sans-serif" };
    const worst = Math.min(found.low, ...ratio.filter((one) => one != null));
    const options = {
      width: place.clientWidth,
      height: 260,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "UTC"),
      cursor: { y: false },
      scales: {
        x: { time: true },
        ratio: { range: [Math.max(0, worst - (1 - worst) * 0.2), 1] },
        rows: { range: (_plot, _least, most) => [0, (most || 1) * 1.6] },
      },
      axes: [
        { ...axis, values: (_plot, marks) => marks.map((one) => day.format(one * 1000)), space: 70 },
        { ...axis, scale: "ratio", size: 62, values: (_plot, marks) => marks.map((one) => percent.format(one)) },
        { ...axis, scale: "rows", side: 1, size: 56, grid: { show: false }, values: (_plot, marks) => marks.map((one) => whole.format(one)) },
      ],
      series: [
        { value: (_plot, value) => (value == null ? "–" : whole_day.format(value * 1000)), label: place.dataset.day },
        { label: place.dataset.rows, scale: "rows", fill: colour("--bar"), stroke: colour("--bar"), width: 0, paths: uPlot.paths.bars({ size: [0.7, 14] }), points: { show: false }, value: shown(exact) },
        { label: place.dataset.ratio, scale: "ratio", stroke: colour("--accent"), width: 2, points: { show: moments.length < 40, size: 6 }, value: shown(fine) },
        { label: `< ${percent.format(found.low)}`, scale: "ratio", stroke: colour("--bad"), width: 1, dash: [6, 4], points: { show: false }, value: () => "" },
        { label: place.dataset.runs, scale: "count", show: true, stroke: "transparent", points: { show: false }, value: shown(exact) },
        { label: place.dataset.low, scale: "count", show: true, stroke: "transparent", points: { show: false }, value: shown(exact) },
      ],
    };
    const limit = moments.map(() => found.low);
    place.replaceChildren();
    return new uPlot(options, [moments, rows, ratio, limit, runs, low], place);
  }

  async function begin(place) {
    const answer = await fetch(place.dataset.source, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok) {
      // No empty place where a chart would be: the table is opened instead.
      place.hidden = true;
      place.parentElement.querySelector("details").open = true;
      return;
    }
    const found = await answer.json();
    let plot = draw(place, found);
    place.dataset.drawn = "yes";
    new ResizeObserver(() => plot.width !== place.clientWidth && plot.setSize({ width: place.clientWidth, height: 260 })).observe(place);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { plot.destroy(); plot = draw(place, found); });
  }

  for (const place of document.querySelectorAll(".chart[data-source]")) begin(place);
})();

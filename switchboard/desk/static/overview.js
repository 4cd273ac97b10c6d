// Draws each `<canvas data-table>` from the table of that id, so that chart and numbers are the same.
// `data-kind` says how, `data-columns` which of its columns; colours are those of the style sheet.
(() => {
  "use strict";
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const MOST_BARS = 15;
  const duration = (seconds) => {
    for (const [size, unit] of [[86400, "d"], [3600, "h"], [60, "min"]]) {
      if (seconds >= size) return `${Math.round(seconds / size * 10) / 10} ${unit}`;
    }
    return `${Math.round(seconds)} s`;
  };
  const STEPS = [10, 30, 60, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400, 172800, 604800];
  const step = (most) => STEPS.find((seconds) => most / seconds <= 6) || 2592000;
  const written = {
    share: (value) => `${Math.round(100 * value)} %`,
    seconds: duration,
    score: (value) => value.toFixed(2),
    money: (value) => value.toFixed(value >= 1 ? 2 : 4),
  };
  const read = (canvas) => {
    const table = document.getElementById(canvas.dataset.table);
    const heads = [...table.tHead.rows[0].cells];
    let rows = [...table.tBodies[0].rows];
    if (canvas.dataset.kind === "bars") rows = rows.slice(0, MOST_BARS);
    const series = canvas.dataset.columns.split(",").map(Number).map((column) => ({
      label: heads[column].textContent,
      unit: heads[column].dataset.unit,
      data: rows.map((row) => {
        const raw = row.cells[column].dataset.value;
        return raw === "" ? null : Number(raw);
      }),
    }));
    return {labels: rows.map((row) => row.cells[0].textContent.trim()), series};
  };
  const draw = (canvas) => {
    const kind = canvas.dataset.kind;
    const {labels, series} = read(canvas);
    const ink = colour("--ink");
    const grid = {color: colour("--line")};
    const unit = series[0].unit;
    const tick = written[unit] || ((value) => value);
    const lines = ["lines", "scores", "share"].includes(kind);
    const across = kind === "bars";
    const amounts = {
      beginAtZero: true, stacked: kind === "stacked", grid,
      ticks: {color: ink, callback: (value) => (unit === "count" && value % 1 ? "" : tick(value))},
    };
    if (unit === "seconds") {
      amounts.ticks.stepSize = step(Math.max(0, ...series.flatMap((one) => one.data)));
    }
    if (kind === "scores") Object.assign(amounts, {min: 1, max: 5});
    if (kind === "share") amounts.max = 1;
    const names = {stacked: kind === "stacked", grid, ticks: {color: ink, autoSkip: !across}};
    const scales = across ? {x: amounts, y: names} : {x: names, y: amounts};
    if (kind === "money") {
      scales.calls = {position: "right", beginAtZero: true, grid: {display: false}, ticks: {color: ink, precision: 0}};
    }
    if (across && labels.length > 8) canvas.parentElement.classList.add("tall");
    return new Chart(canvas, {
      type: lines ? "line" : "bar",
      data: {
        labels,
        datasets: series.map((one, index) => {
          const paint = colour(`--series-${index % 6 + 1}`);
          const apart = kind === "money" && one.unit === "count";
          return {
            label: one.label, data: one.data, borderColor: paint, backgroundColor: paint, borderWidth: lines || apart ? 2 : 0,
            spanGaps: true, pointRadius: 3,
            ...(apart ? {type: "line", yAxisID: "calls"} : {}),
          };
        }),
      },
      options: {
        animation: false, responsive: true, maintainAspectRatio: false, indexAxis: across ? "y" : "x", color: ink, scales,
        interaction: {mode: "index", axis: across ? "y" : "x", intersect: false},
        plugins: {
          legend: {display: series.length > 1, labels: {color: ink, boxWidth: 14}},
          tooltip: {callbacks: {label: (item) => {
            const one = series[item.datasetIndex];
            const value = across ? item.parsed.x : item.parsed.y;
            return `${one.label}: ${value === null ? "–" : (written[one.unit] || String)(value)}`;
          }}},
        },
      },
    });
  };
  const canvases = [...document.querySelectorAll("canvas[data-table]")];
  let charts = canvases.map(draw);
  const again = () => {
    charts.forEach((chart) => chart.destroy());
    charts = canvases.map(draw);
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
})();

"use strict";
// Charts are drawn when they come into view: a page of many opens at once.
const look = {
  font: { family: "system-ui, -apple-system, Segoe UI, Roboto, DejaVu Sans, sans-serif", size: 12, color: "#1d2733" },
  colorway: colours, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
  margin: { l: 58, r: 14, t: 34, b: 44 }, hovermode: "closest", hoverlabel: { namelength: -1 },
  legend: { orientation: "h", yref: "container", y: 0, yanchor: "bottom", font: { size: 11 } },
};
const axis = { gridcolor: "#e9edf1", zeroline: false, linecolor: "#c3ccd4", ticks: "outside", tickcolor: "#c3ccd4", automargin: true };

function draw(place) {
  const { data, layout } = charts[place.dataset.chart];
  const full = { ...look, ...layout };
  for (const name of Object.keys(full).filter((key) => /^[xy]axis/.test(key)).concat(["xaxis", "yaxis"]))
    full[name] = { ...axis, ...layout[name], title: { standoff: 8, ...(layout[name] || {}).title } };
  Plotly.newPlot(place, data, full, { responsive: true, displaylogo: false, displayModeBar: false });
}

const seen = new IntersectionObserver((entries) => {
  for (const entry of entries)
    if (entry.isIntersecting) { seen.unobserve(entry.target); draw(entry.target); }
}, { rootMargin: "400px" });
document.querySelectorAll("[data-chart]").forEach((place) => seen.observe(place));

// Several curves of one chart: the choice says which is shown.
document.querySelectorAll("select[data-for]").forEach((select) => {
  const place = document.querySelector(`[data-chart="${select.dataset.for}"]`);
  select.addEventListener("change", () => {
    const chart = charts[select.dataset.for];
    chart.data.forEach((trace) => { trace.visible = trace.meta === select.value; });
    chart.layout.yaxis = { ...(chart.layout.yaxis || {}), title: { text: select.value } };
    draw(place);
  });
});

// A click on a column's head sorts by it, a second one the other way round; rows without a value stay last.
function key(row, column) {
  const cell = row.cells[column];
  const given = cell.dataset.key ?? cell.textContent;
  return given === "" ? null : isNaN(given) ? given : Number(given);
}
function compare(a, b) {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), undefined, { numeric: true });
}
function sort(head) {
  const table = head.closest("table"), body = table.tBodies[0], column = head.cellIndex;
  const down = head.getAttribute("aria-sort") === "ascending";
  table.querySelectorAll("th").forEach((other) => other.removeAttribute("aria-sort"));
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  const rows = [...body.rows].map((row) => [key(row, column), row]);
  rows.sort(([a], [b]) => a === null || b === null ? (a === null) - (b === null) : (down ? -1 : 1) * compare(a, b));
  body.append(...rows.map(([, row]) => row));
}
document.querySelectorAll("table.sortable th").forEach((head) => {
  head.addEventListener("click", () => sort(head));
  head.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); sort(head); } });
});

document.querySelectorAll("input[data-filter]").forEach((input) => {
  const rows = document.getElementById(input.dataset.filter).querySelectorAll("tbody tr");
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/);
    rows.forEach((row) => { row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word)); });
  });
});

document.querySelectorAll("figure img").forEach((image) => {
  image.addEventListener("click", () => image.parentElement.classList.toggle("large"));
});

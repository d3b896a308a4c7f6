/** What a reader has chosen, kept in the address: `#~hide=1,3&sort=0:2:d&zoom=timeline:0.2:0.4`. */
const view = { hide: new Set(), sort: new Map(), zoom: new Map() };
const tables = [...document.querySelectorAll("table")];
const bar = document.getElementById("deployments");

function remember() {
  const parts = [];
  if (view.hide.size) parts.push(`hide=${[...view.hide].join(",")}`);
  if (view.sort.size) parts.push(`sort=${[...view.sort].map(([table, how]) => `${table}:${how}`).join(",")}`);
  if (view.zoom.size) parts.push(`zoom=${[...view.zoom].map(([chart, range]) => `${chart}:${range}`).join(",")}`);
  history.replaceState(null, "", parts.length ? `#~${parts.join("&")}` : "#");
}

const charts = [...document.querySelectorAll("figure.chart")].map((figure) => new Chart(figure, (id, range) => {
  if (range) view.zoom.set(id, range.map((end) => end.toFixed(4)).join(":"));
  else view.zoom.delete(id);
  remember();
}));

/** A deployment is switched in the whole page; in a study, whose charts compare other things, in its own chart. */
function toggle(name, on) {
  const [of, id] = name.split("@");
  if (on) view.hide.delete(name);
  else view.hide.add(name);
  for (const chart of charts.filter((chart) => !id || chart.id === id)) chart.toggle(Number(of), on);
  for (const button of bar?.querySelectorAll(`.toggle[data-of="${of}"]`) ?? []) {
    button.setAttribute("aria-pressed", String(on));
  }
}

function toggleOf(of, id, content) {
  const button = buttonOf("", "toggle", () => {
    toggle(id ? `${of}@${id}` : of, button.getAttribute("aria-pressed") !== "true");
    remember();
  });
  button.dataset.of = of;
  button.setAttribute("aria-pressed", "true");
  button.append(...content);
  return button;
}

for (const entry of bar?.querySelectorAll("li") ?? []) {
  entry.replaceChildren(toggleOf(entry.dataset.of, "", [...entry.childNodes]));
}
bar?.removeAttribute("hidden");
for (const chart of charts) {
  for (const entry of chart.figure.querySelectorAll(".legend li[data-of]")) {
    const of = entry.dataset.of;
    delete entry.dataset.of;
    entry.replaceChildren(toggleOf(of, bar ? "" : chart.id, [...entry.childNodes]));
  }
}

tables.forEach((table, index) => comfortTable(table, (_, column, descending) => {
  view.sort.set(index, `${column}:${descending ? "d" : "a"}`);
  remember();
}));

/** As the page was before anyone chose anything, but for the order of rows. */
function forget() {
  for (const name of [...view.hide]) toggle(name, true);
  for (const chart of charts.filter((chart) => view.zoom.has(chart.id))) chart.zoom([0, 1], false);
  view.sort.clear();
  view.zoom.clear();
}

/** Puts the page into the state that its address names; what it does not know it leaves. */
function recall() {
  if (!location.hash.startsWith("#~")) return;
  forget();
  const asked = new URLSearchParams(location.hash.slice(2));
  const list = (name) => (asked.get(name) ?? "").split(",").filter(Boolean);
  list("hide").filter((name) => /^\d+(@\w+)?$/.test(name)).forEach((name) => toggle(name, false));
  for (const [table, column, how] of list("sort").map((sort) => sort.split(":"))) {
    if (!/^\d+$/.test(table) || !/^\d+$/.test(column) || !tables[table]?.tHead.rows[0].cells[column]) continue;
    sortTable(tables[table], Number(column), how === "d");
    view.sort.set(Number(table), `${column}:${how}`);
  }
  for (const [id, from, to] of list("zoom").map((zoom) => zoom.split(":"))) {
    const range = [Number(from), Number(to)];
    const chart = charts.find((chart) => chart.id === id);
    if (!chart || !(range[1] - range[0] >= CLOSEST && range[0] >= 0 && range[1] <= 1)) continue;
    chart.zoom(range, false);
    view.zoom.set(id, `${from}:${to}`);
  }
}

/** A link leads to what stands in something folded. */
function unfold() {
  if (location.hash.startsWith("#~")) return;
  const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  for (let at = target || null; at; at = at.parentElement) if (at.localName === "details") at.open = true;
  if (target) target.scrollIntoView();
}

document.body.append(tip);
document.documentElement.classList.add("scripted");
window.addEventListener("hashchange", () => { recall(); unfold(); });
window.addEventListener("beforeprint", () => charts.forEach((chart) => chart.leave()));
recall();
unfold();

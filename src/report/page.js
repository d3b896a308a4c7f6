// Comfort only: the page says everything without it. Sorts tables, copies them as CSV.
"use strict";

/** What a cell sorts by: its number, or its text. Absent figures go last. */
function keyOf(cell) {
  if (cell.dataset.sort !== undefined) return Number(cell.dataset.sort);
  const text = cell.textContent.trim();
  return text === "—" ? Infinity : text.toLowerCase();
}

function compare(a, b) {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "number") return a === Infinity ? 1 : -1;
  if (typeof b === "number") return b === Infinity ? -1 : 1;
  return a.localeCompare(b, "en");
}

function sortBy(table, column) {
  const heads = table.tHead.rows[0].cells;
  const descending = heads[column].getAttribute("aria-sort") === "ascending";
  for (const head of heads) head.removeAttribute("aria-sort");
  heads[column].setAttribute("aria-sort", descending ? "descending" : "ascending");
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row) => ({ row, key: keyOf(row.cells[column]) }));
  rows.sort((a, b) => (descending ? compare(b.key, a.key) : compare(a.key, b.key)));
  body.append(...rows.map((entry) => entry.row));
}

function asCsv(table) {
  const quoted = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const line = (row) => [...row.cells].map((cell) => quoted(cell.textContent.trim().replace(/\s+/g, " "))).join(",");
  return [...table.rows].map(line).join("\n") + "\n";
}

/** From disk there is no clipboard interface everywhere; a selected text area always works. */
function copy(text, button) {
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  button.textContent = done ? "Copied" : "Cannot copy";
}

for (const table of document.querySelectorAll("table")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy as CSV";
  button.addEventListener("click", () => copy(asCsv(table), button));
  table.parentElement.after(button);
  if (!table.classList.contains("sortable")) continue;
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const sorter = document.createElement("button");
    sorter.type = "button";
    sorter.textContent = head.textContent;
    sorter.addEventListener("click", () => sortBy(table, column));
    head.replaceChildren(sorter);
  });
}

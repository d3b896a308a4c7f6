// Comfort only: the page says everything without scripts.
"use strict";

/** Tables of more rows than these can be filtered. */
const FILTERED = 12;

/** What a cell sorts by: its number, or its text. Absent figures go last. */
function keyOf(cell) {
  if (cell.dataset.sort !== undefined) return Number(cell.dataset.sort);
  const text = cell.textContent.trim();
  return text === "—" || text === "" ? Infinity : text.toLowerCase();
}

function compareKeys(a, b) {
  if (typeof a === "number" && typeof b === "number") return a === b ? 0 : a - b;
  if (typeof a === "number") return a === Infinity ? 1 : -1;
  if (typeof b === "number") return b === Infinity ? -1 : 1;
  return a.localeCompare(b, "en", { numeric: true });
}

function sortTable(table, column, descending) {
  const heads = table.tHead.rows[0].cells;
  if (!heads[column]) return;
  for (const head of heads) head.removeAttribute("aria-sort");
  heads[column].setAttribute("aria-sort", descending ? "descending" : "ascending");
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row) => ({ row, key: keyOf(row.cells[column]) }));
  // What is absent stays last in both directions.
  const order = (a, b) => {
    if (a.key === Infinity || b.key === Infinity) return compareKeys(a.key, b.key);
    return descending ? compareKeys(b.key, a.key) : compareKeys(a.key, b.key);
  };
  rows.sort(order);
  body.append(...rows.map((entry) => entry.row));
}

/** Numbers as numbers, in the unit that the heading gives; all else as it stands. */
function csvOf(table) {
  const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const plain = (node) => node.textContent.trim().replace(/\s+/g, " ");
  // What begins like a formula must not become one; figures may have their sign.
  const harmless = (text) => (/^[=@\t\r]|^[+-](?![\d.$€])/.test(text) ? `'${text}` : text);
  const head = (cell) => {
    const name = harmless(plain(cell.querySelector(".sorter") ?? cell));
    return cell.dataset.unit ? `${name} (${cell.dataset.unit})` : name;
  };
  const heads = [...table.tHead.rows[0].cells];
  const value = (cell) => {
    const isNumber = heads[cell.cellIndex]?.classList.contains("number");
    if (isNumber && cell.dataset.sort !== undefined) return cell.dataset.sort;
    const main = cell.cloneNode(true);
    if (cell.localName === "th") main.querySelectorAll("small").forEach((more) => more.remove());
    // Signs are no part of a name.
    return harmless(plain(main).replace(/^[▶=★] /, ""));
  };
  const visible = [...table.tBodies[0].rows].filter((row) => !row.hidden);
  const lines = [heads.map(head), ...visible.map((row) => [...row.cells].map(value))];
  return lines.map((cells) => cells.map(quoted).join(",")).join("\n") + "\n";
}

/** From disk there is no clipboard interface everywhere; a selected text area always works. */
function copyText(text) {
  const before = document.activeElement;
  const area = document.createElement("textarea");
  area.value = text;
  area.setAttribute("aria-label", "copied text");
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  before?.focus({ preventScroll: true });
  return done;
}

function save(name, content, type) {
  const link = document.createElement("a");
  link.download = name;
  link.href = content.startsWith("data:") ? content : URL.createObjectURL(new Blob([content], { type }));
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function buttonOf(text, kind, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = kind;
  button.textContent = text;
  button.addEventListener("click", act);
  return button;
}

function fileName(table) {
  const words = `${document.title} ${table.caption?.textContent ?? "table"}`;
  return words.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 80) + ".csv";
}

function filterOf(table) {
  const input = document.createElement("input");
  input.type = "search";
  input.className = "filter";
  input.placeholder = "Filter rows";
  input.setAttribute("aria-label", `Filter rows of ${table.caption?.textContent.trim() ?? "the table"}`);
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of table.tBodies[0].rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
  });
  return input;
}

/** `sorted(table, column, descending)` is told of every sort that a reader asks for. */
function comfortTable(table, sorted) {
  const tools = document.createElement("div");
  tools.className = "tools";
  const copy = buttonOf("Copy as CSV", "copy-csv", () => {
    copy.textContent = copyText(csvOf(table)) ? "Copied" : "Cannot copy";
  });
  tools.append(copy, buttonOf("Save as CSV", "save-csv", () => save(fileName(table), csvOf(table), "text/csv")));
  table.parentElement.after(tools);
  if (table.tBodies[0].rows.length > FILTERED) table.parentElement.before(filterOf(table));
  if (table.tBodies[0].rows.length < 2) return;
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const name = head.querySelector(".name");
    const sorter = buttonOf(name.textContent, "sorter", () => {
      const descending = head.getAttribute("aria-sort") === "ascending";
      sortTable(table, column, descending);
      sorted(table, column, descending);
    });
    name.replaceWith(sorter);
  });
}

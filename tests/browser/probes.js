// What a page shows, as plain data. Evaluated in the page; returns an object of functions.
(() => {
  const name = (element) => {
    const id = element.closest("[id]")?.id;
    const own = element.localName + (element.getAttribute("class") ? `.${element.getAttribute("class").split(" ").join(".")}` : "");
    return id ? `#${id} ${own}` : own;
  };
  const shown = (element) => element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
  const figures = () => [...document.querySelectorAll("figure.chart")];
  const drawing = (figure) => [...figure.querySelectorAll(".picture svg")].find(shown);
  const series = (svg) => [...svg.querySelectorAll(".fill, .line")].filter((mark) =>
    mark.localName !== "text" && (mark.closest("[data-of], [data-series]") || /\bink-\d/.test(mark.getAttribute("class"))));
  const textNodes = () => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (!node.textContent.trim() || node.parentElement.closest("script, style, title, noscript, textarea")) continue;
      if (shown(node.parentElement)) found.push(node);
    }
    return found;
  };
  const short = (text) => text.trim().replace(/\s+/g, " ").slice(0, 60);
  const scroller = (element) => {
    for (let at = element; at; at = at.parentElement) {
      if (/auto|scroll/.test(getComputedStyle(at).overflowX)) return at;
    }
    return null;
  };
  const block = (element) => {
    let at = element;
    while (/^(inline|contents)$/.test(getComputedStyle(at).display)) at = at.parentElement;
    return at;
  };
  const painted = (element) => {
    const size = parseFloat(getComputedStyle(element).fontSize);
    const matrix = element.getScreenCTM?.();
    return matrix ? size * Math.hypot(matrix.a, matrix.b) : size;
  };
  const ruler = document.createElement("canvas").getContext("2d");
  // Where there is ink: the box of a text is as high as its font, whatever letters it has. Turned texts keep their box.
  const ink = (text) => {
    const box = text.getBoundingClientRect();
    const matrix = text.getScreenCTM();
    if (matrix.b || matrix.c || text.querySelector("tspan")) return box;
    const style = getComputedStyle(text);
    ruler.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const size = ruler.measureText(text.textContent);
    const baseline = box.bottom - size.fontBoundingBoxDescent * matrix.d;
    return {
      left: box.left, right: box.right,
      top: baseline - size.actualBoundingBoxAscent * matrix.d, bottom: baseline + size.actualBoundingBoxDescent * matrix.d,
    };
  };
  const rows = (table) => [...table.tBodies[0].rows];
  const key = (cell) => {
    if (cell.hasAttribute("data-sort")) return Number(cell.getAttribute("data-sort"));
    const text = cell.textContent.trim();
    return text === "—" || text === "" ? null : text.toLowerCase();
  };
  return {
    shown,
    openAll() { for (const details of document.querySelectorAll("details")) details.open = true; },
    // Long tables repeat themselves: their first rows stand for all where every element costs time.
    shorten(rest) {
      for (const table of document.querySelectorAll("table")) {
        for (const row of [...table.tBodies[0].rows].slice(6)) row.style.display = rest;
      }
    },
    figures: () => figures().map((figure) => {
      const svg = drawing(figure);
      const told = [...figure.querySelectorAll("figcaption"), ...(svg?.querySelectorAll("text") ?? [])];
      const texts = told.map((text) => text.textContent).join(" ");
      const label = svg && (svg.getAttribute("aria-label") || svg.querySelector(":scope > title")?.textContent
        || svg.getAttribute("aria-labelledby")?.split(" ").map((id) => document.getElementById(id)?.textContent).join(" "));
      return {
        id: figure.id, heading: figure.querySelector("figcaption h3")?.textContent.trim() ?? "",
        role: svg?.getAttribute("role"), label: label ?? "", drawn: Boolean(svg), texts,
        drawings: [...figure.querySelectorAll(".picture svg")].map((svg) => svg.getAttribute("class")),
        seen: svg?.getAttribute("class") ?? "",
        marks: svg ? series(svg).filter((mark) => shown(mark)).length : 0,
        rows: figure.querySelector("details.data table")?.tBodies[0]?.rows.length ?? 0,
        hits: svg ? svg.querySelectorAll("g.plot rect.hit").length : 0,
        readings: Boolean(figure.querySelector("script.readings")),
        numbers: /NaN|Infinity|undefined|null/.exec(svg?.outerHTML.replace(/>[^<]*</g, "><") ?? "")?.[0] ?? "",
      };
    }),
    links() {
      const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
      const twice = ids.filter((id, index) => ids.indexOf(id) !== index);
      const targets = [...document.querySelectorAll("a[href]")].map((link) => link.getAttribute("href"));
      const known = new Set(ids);
      return {
        twice: [...new Set(twice)],
        lost: [...new Set(targets.filter((to) => to.startsWith("#") && to.length > 1 && !to.startsWith("#~") && !known.has(decodeURIComponent(to.slice(1)))))],
        outside: targets.filter((to) => !to.startsWith("#")),
      };
    },
    width: () => document.documentElement.scrollWidth,
    // Text beyond the window, beyond what its scroll container can show, or beyond its own box.
    overflow() {
      const found = [];
      const edge = document.documentElement.clientWidth;
      for (const node of textNodes()) {
        const parent = node.parentElement;
        const range = document.createRange();
        range.selectNodeContents(node);
        const boxes = [...range.getClientRects()].filter((box) => box.width > 0);
        if (!boxes.length) continue;
        const left = Math.min(...boxes.map((box) => box.left));
        const right = Math.max(...boxes.map((box) => box.right));
        const svg = parent.closest("svg");
        const inside = scroller(parent);
        const own = (svg ?? block(parent)).getBoundingClientRect();
        let limit = edge;
        let start = 0;
        if (inside) {
          const box = inside.getBoundingClientRect();
          start = box.left - inside.scrollLeft;
          limit = start + inside.clientLeft + inside.scrollWidth;
        }
        if (right > limit + 1 || left < start - 1) found.push(`${name(parent)} "${short(node.textContent)}": ${left.toFixed(0)} to ${right.toFixed(0)}, room ${start.toFixed(0)} to ${limit.toFixed(0)}`);
        else if (right > own.right + 1.5 || left < own.left - 1.5) found.push(`${name(parent)} "${short(node.textContent)}": ${left.toFixed(0)} to ${right.toFixed(0)}, its box ${own.left.toFixed(0)} to ${own.right.toFixed(0)}`);
      }
      return found;
    },
    // Pairs of texts of one drawing that lie on each other by more than `slack` pixels both ways.
    overlaps(slack) {
      const found = [];
      for (const svg of document.querySelectorAll("figure svg")) {
        if (!shown(svg)) continue;
        const texts = [...svg.querySelectorAll("text")].filter((text) => shown(text) && text.textContent.trim());
        const boxes = texts.map(ink);
        for (let a = 0; a < texts.length; a += 1) {
          for (let b = a + 1; b < texts.length; b += 1) {
            const across = Math.min(boxes[a].right, boxes[b].right) - Math.max(boxes[a].left, boxes[b].left);
            const down = Math.min(boxes[a].bottom, boxes[b].bottom) - Math.max(boxes[a].top, boxes[b].top);
            if (across > slack && down > slack) found.push(`${name(svg)}: "${short(texts[a].textContent)}" and "${short(texts[b].textContent)}" by ${across.toFixed(1)} x ${down.toFixed(1)} px`);
          }
        }
      }
      return found;
    },
    small(least) {
      const found = new Map();
      for (const node of textNodes()) {
        const size = painted(node.parentElement);
        if (size < least - 0.05) found.set(`${name(node.parentElement)} "${short(node.textContent)}": ${size.toFixed(1)} px`, 1);
      }
      return [...found.keys()];
    },
    // What every sorter of every table does, clicked twice.
    sorting() {
      const found = [];
      let sorters = 0;
      const less = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true }));
      for (const table of document.querySelectorAll("table")) {
        const caption = short(table.caption?.textContent ?? "table");
        [...table.tHead.rows[0].cells].forEach((head, column) => {
          const button = head.querySelector("button.sorter, button");
          if (!button) {
            if (rows(table).length > 1) found.push(`${caption}: column ${column + 1} has no button to sort by`);
            return;
          }
          sorters += 1;
          const before = rows(table).map((row) => row.textContent).sort().join("\n");
          const orders = ["ascending", "descending"].map((way) => {
            button.click();
            const place = `${caption}: column "${short(head.textContent)}", ${way}`;
            if (head.getAttribute("aria-sort") !== way) found.push(`${place}: aria-sort is ${head.getAttribute("aria-sort")}`);
            const marked = table.tHead.querySelectorAll("[aria-sort]").length;
            if (marked !== 1) found.push(`${place}: ${marked} columns have aria-sort, not 1`);
            const keys = rows(table).map((row) => key(row.cells[column])).filter((value) => value !== null && value !== Infinity);
            for (let at = 1; at < keys.length; at += 1) {
              const turn = way === "ascending" ? 1 : -1;
              if (typeof keys[at] === typeof keys[at - 1] && turn * less(keys[at - 1], keys[at]) > 0) {
                found.push(`${place}: ${keys[at - 1]} stands before ${keys[at]}`);
                break;
              }
            }
            return keys;
          });
          const [up, down] = orders;
          if (new Set(up).size > 1 && up[0] === down[0]) found.push(`${caption}: column ${column + 1} begins with ${up[0]} both ways`);
          if (rows(table).map((row) => row.textContent).sort().join("\n") !== before) found.push(`${caption}: sorting by column ${column + 1} changes the rows`);
        });
      }
      return { found, sorters };
    },
    filters: () => [...document.querySelectorAll("table")].map((table) => {
      const beside = table.closest(".scroll") ?? table;
      const input = beside.previousElementSibling?.matches?.("input.filter[type=search]") ? beside.previousElementSibling : null;
      return { caption: short(table.caption?.textContent ?? "table"), rows: rows(table).length, filter: Boolean(input) };
    }),
    filtered(table, word) {
      const seen = rows(table).filter(shown);
      const wrong = seen.filter((row) => !row.textContent.toLowerCase().includes(word.toLowerCase()));
      return { rows: rows(table).length, seen: seen.length, wrong: wrong.length };
    },
    // The rows that a table shows, as they should be copied: numbers below headings of numbers, and names without what
    // stands small below them or as a sign before them.
    expected(table) {
      const heads = [...table.tHead.rows[0].cells];
      const text = (node) => (node.nodeType === Node.TEXT_NODE ? node.textContent : [...node.childNodes].map(text).join(""));
      const named = (cell) => [...cell.childNodes].filter((node) => cell.localName !== "th" || node.localName !== "small");
      const plain = (cell) => named(cell).map(text).join("").trim().replace(/\s+/g, " ").replace(/^[▶=★] /, "");
      const number = (cell) => heads[cell.cellIndex].classList.contains("number") && cell.hasAttribute("data-sort");
      const seen = rows(table).filter((row) => shown(row));
      return seen.map((row) => [...row.cells].map((cell) => (number(cell) ? cell.getAttribute("data-sort") : plain(cell))));
    },
    // Whether the marks of each deployment are seen, in all drawings that are.
    marksOf(scope) {
      const count = {};
      for (const mark of (scope ?? document).querySelectorAll(".picture svg [data-of]")) {
        const svg = mark.closest("svg");
        if (!shown(svg) || (!mark.getBoundingClientRect().width && !mark.getBoundingClientRect().height && shown(mark))) continue;
        const entry = (count[mark.getAttribute("data-of")] ??= { seen: 0, hidden: 0 });
        entry[shown(mark) ? "seen" : "hidden"] += 1;
      }
      return count;
    },
    // Marks that only say more under the pointer: where they stand among the elements of their drawing.
    titled: () => figures().map((figure) => {
      const svg = figure.querySelector(".picture svg.wide") ?? figure.querySelector(".picture svg");
      if (!svg) return [figure.id, []];
      const all = [...svg.querySelectorAll("*")].filter((element) => element.localName !== "title");
      const marks = [...svg.querySelectorAll("title")].map((title) => title.parentElement).filter((mark) => mark !== svg);
      return [figure.id, marks.map((mark) => all.indexOf(mark))];
    }),
    ticks: (figure) => [...figure.querySelectorAll("svg .ticks text, svg text")].filter((text) => shown(text)).map((text) => text.textContent),
    background: () => getComputedStyle(document.body).backgroundColor,
    fixed: () => document.documentElement.dataset.theme ?? "auto",
    paint() {
      const load = performance.getEntriesByType("navigation")[0]?.loadEventEnd ?? 0;
      const paint = performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0;
      return { load, paint };
    },
  };
})()

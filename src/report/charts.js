/** Places along an axis count from 0 to this. */
const WHOLE = 10000;
/** One can look as close as this part of the whole. */
const CLOSEST = 0.01;

/** The name space of drawings, off one of them. */
const SPACE = document.querySelector("svg")?.namespaceURI ?? null;

function svgElement(name, attributes) {
  const element = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

const tip = document.createElement("div");
tip.className = "tip";
tip.setAttribute("role", "status");
tip.hidden = true;

/** Beside the point of the page, and inside the window. */
function placeTip(x, y) {
  tip.hidden = false;
  const room = document.documentElement.clientWidth - tip.offsetWidth - 8;
  const left = x + 16 > room ? x - tip.offsetWidth - 16 : x + 16;
  tip.style.left = `${window.scrollX + Math.max(8, Math.min(left, room))}px`;
  tip.style.top = `${window.scrollY + Math.max(8, y - tip.offsetHeight - 12)}px`;
}

/** A chart that one can read values off, and look closer at. */
class Chart {
  constructor(figure, zoomed) {
    this.figure = figure;
    this.id = figure.id.replace(/^chart-/, "");
    this.zoomed = zoomed;
    this.range = [0, 1];
    this.hidden = new Set();
    const script = figure.querySelector("script.readings");
    this.readings = script ? JSON.parse(script.textContent) : null;
    this.drawings = [...figure.querySelectorAll(".picture svg")];
    this.tips();
    this.tools();
    if (this.readings) this.listen();
  }

  /** The browser's own tips come late and not on touch. */
  tips() {
    const titles = [...this.figure.querySelectorAll(".picture title")];
    const texts = titles.map((title) => title.textContent);
    const marks = titles.map((title) => title.parentElement);
    titles.forEach((title) => title.remove());
    marks.forEach((mark, index) => this.tipOf(mark, texts[index]));
    this.figure.querySelectorAll("[data-tip]").forEach((mark, index) => this.tipOf(mark, texts[index]));
  }

  tipOf(mark, text) {
    mark.addEventListener("pointermove", (event) => {
      tip.replaceChildren(text);
      placeTip(event.clientX, event.clientY);
      event.stopPropagation();
    });
    mark.addEventListener("pointerleave", () => this.leave());
  }

  tools() {
    const tools = document.createElement("div");
    tools.className = "tools";
    const reset = buttonOf("Show all", "zoom-reset", () => this.zoom([0, 1], true));
    reset.hidden = true;
    this.reset = reset;
    tools.append(reset);
    if (!this.drawings.length) return;
    tools.append(
      buttonOf("Save as SVG", "save-svg", () => save(`${this.id}.svg`, this.picture(), "image/svg+xml")),
      buttonOf("Save as PNG", "save-png", () => this.savePng()),
    );
    this.figure.querySelector(".picture").after(tools);
  }

  shown() {
    return this.drawings.find((svg) => svg.getBoundingClientRect().width > 0) ?? this.drawings[0];
  }

  /** The drawing as it is seen now, with its colours. */
  picture() {
    const svg = this.shown();
    const copy = svg.cloneNode(true);
    const seen = svg.querySelectorAll(".fill, .line");
    copy.querySelectorAll(".fill, .line").forEach((mark, index) => {
      const style = getComputedStyle(seen[index]);
      if (style.display === "none") mark.setAttribute("display", "none");
      mark.setAttribute("fill", mark.classList.contains("fill") ? style.fill : "none");
      if (mark.classList.contains("line")) mark.setAttribute("stroke", style.stroke);
    });
    copy.querySelectorAll(".cursor, .hit").forEach((mark) => mark.remove());
    copy.setAttribute("xmlns", SPACE);
    const paper = getComputedStyle(document.body).backgroundColor;
    copy.prepend(svgElement("rect", { width: "100%", height: "100%", fill: paper }));
    return new XMLSerializer().serializeToString(copy);
  }

  savePng() {
    const { width, height } = this.shown().viewBox.baseVal;
    const image = new Image();
    image.onload = () => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 2 * width, height: 2 * height });
      canvas.getContext("2d").drawImage(image, 0, 0, 2 * width, 2 * height);
      save(`${this.id}.png`, canvas.toDataURL("image/png"));
    };
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(this.picture())}`;
  }

  listen() {
    const region = this.figure.querySelector(".picture");
    region.tabIndex = 0;
    region.setAttribute("role", "group");
    region.setAttribute("aria-label", `${this.figure.querySelector("h3").textContent}. Arrow keys read values.`);
    region.addEventListener("keydown", (event) => this.key(event));
    region.addEventListener("blur", () => this.leave());
    for (const svg of this.drawings) {
      for (const plot of svg.querySelectorAll("g.plot")) {
        if (!plot.querySelector(".hit")) continue;
        plot.addEventListener("pointermove", (event) => this.move(event, svg, plot));
        plot.addEventListener("pointerleave", () => this.leave());
        plot.addEventListener("pointerdown", (event) => this.press(event, svg, plot));
        plot.addEventListener("pointerup", (event) => this.release(event, svg, plot));
        plot.addEventListener("pointercancel", () => {
          this.pressed = undefined;
          this.leave();
        });
        plot.addEventListener("dblclick", () => this.zoom([0, 1], true));
      }
    }
  }

  frame(plot) {
    const [left, top, right, bottom] = plot.dataset.frame.split(" ").map(Number);
    return { left, top, right, bottom, width: right - left, height: bottom - top };
  }

  /** Where the pointer is along the whole axis, from 0 to 1. */
  placeOf(event, svg, plot) {
    const box = svg.getBoundingClientRect();
    const frame = this.frame(plot);
    const x = ((event.clientX - box.left) * svg.viewBox.baseVal.width) / box.width;
    const part = Math.min(1, Math.max(0, (x - frame.left) / frame.width));
    return this.range[0] + part * (this.range[1] - this.range[0]);
  }

  move(event, svg, plot) {
    const place = this.placeOf(event, svg, plot);
    if (this.pressed) this.select(svg, plot, place);
    this.read(svg, plot, place, [event.clientX, event.clientY]);
  }

  press(event, svg, plot) {
    if (event.pointerType === "touch" || event.button !== 0) return;
    this.pressed = { svg, plot, from: this.placeOf(event, svg, plot) };
    event.preventDefault();
    plot.setPointerCapture(event.pointerId);
  }

  release(event, svg, plot) {
    if (!this.pressed) return;
    const ends = [this.pressed.from, this.placeOf(event, svg, plot)].sort((a, b) => a - b);
    this.pressed = undefined;
    this.leave();
    if (ends[1] - ends[0] >= CLOSEST) this.zoom(ends, true);
  }

  /** The part between press and pointer, in every panel. */
  select(svg, plot, place) {
    for (const { plot: other, frame } of this.plots(svg)) {
      const ends = [this.pressed.from, place].map((at) => this.x(frame, at)).sort((a, b) => a - b);
      other.querySelector(".selection")?.remove();
      const { top: y, height } = frame;
      other.append(svgElement("rect", { class: "selection cursor", x: ends[0], y, width: ends[1] - ends[0], height }));
    }
  }

  plots(svg) {
    const plots = [...svg.querySelectorAll("g.plot")].filter((plot) => plot.querySelector(".hit"));
    return plots.map((plot) => ({ plot, frame: this.frame(plot), panel: this.readings.panels[plot.dataset.panel] }));
  }

  /** Where a place along the axis stands in the drawing now. */
  x(frame, place) {
    const [from, to] = this.range;
    return frame.left + ((place - from) / (to - from)) * frame.width;
  }

  /** The line across at the values next to `place`, and what they are. */
  read(svg, plot, place, [clientX, clientY]) {
    const rows = [];
    let title = "";
    svg.querySelectorAll(".cursor:not(.selection)").forEach((mark) => mark.remove());
    for (const { plot: other, frame, panel } of this.plots(svg)) {
      const cursor = svgElement("g", { class: "cursor", "pointer-events": "none" });
      const x = this.x(frame, place);
      cursor.append(svgElement("line", { x1: x, x2: x, y1: frame.top, y2: frame.bottom, class: "line ink-muted" }));
      for (const line of panel.lines.filter((line) => !this.hidden.has(line.of))) {
        const point = nearest(line.points, place * WHOLE);
        if (!point) continue;
        const at = { cx: this.x(frame, point[0] / WHOLE), cy: frame.bottom - (point[1] / WHOLE) * frame.height };
        if (at.cx >= frame.left - 1 && at.cx <= frame.right + 1) {
          cursor.append(svgElement("circle", { ...at, r: 3.5, class: `fill ink-${line.series % 8}` }));
        }
        if (other !== plot) continue;
        title ||= this.readings.texts[point[2]];
        const value = this.readings.texts[point[3]];
        rows.push([line.series, this.readings.texts[line.name], value, this.readings.texts[point[2]]]);
      }
      other.append(cursor);
    }
    if (!rows.length) return this.leave();
    const heading = this.readings.panels[plot.dataset.panel].heading;
    tip.replaceChildren(...tipRows(heading, title, rows));
    placeTip(clientX, clientY);
  }

  leave() {
    if (this.pressed) return;
    tip.hidden = true;
    for (const svg of this.drawings) svg.querySelectorAll(".cursor").forEach((mark) => mark.remove());
  }

  /** Left and right read the values one by one, plus and minus look closer, escape shows all. */
  key(event) {
    const svg = this.shown();
    const plots = this.plots(svg);
    if (!plots.length) return;
    const span = this.range[1] - this.range[0];
    const step = { ArrowLeft: -0.01, ArrowRight: 0.01 }[event.key];
    if (step) this.at = Math.min(this.range[1], Math.max(this.range[0], (this.at ?? this.range[0]) + step * span));
    else if (event.key === "ArrowDown") this.panel = ((this.panel ?? 0) + 1) % plots.length;
    else if (event.key === "ArrowUp") this.panel = ((this.panel ?? 0) + plots.length - 1) % plots.length;
    else if (event.key === "+") this.closer(0.5);
    else if (event.key === "-") this.closer(2);
    else if (event.key === "Escape") return void (this.leave(), this.zoom([0, 1], true));
    else return;
    event.preventDefault();
    const { plot, frame } = plots[this.panel ?? 0];
    const box = svg.getBoundingClientRect();
    const scale = box.width / svg.viewBox.baseVal.width;
    const place = this.at ?? (this.at = this.range[0]);
    this.read(svg, plot, place, [box.left + this.x(frame, place) * scale, box.top + frame.top * scale]);
  }

  closer(factor) {
    const half = Math.max(CLOSEST, Math.min(1, (this.range[1] - this.range[0]) * factor)) / 2;
    const middle = Math.min(1 - half, Math.max(half, this.at ?? (this.range[0] + this.range[1]) / 2));
    this.zoom([middle - half, middle + half], true);
  }

  /** Shows the part of the axis from one place to another. */
  zoom(range, tell) {
    if (!this.readings) return;
    this.range = range;
    this.at = undefined;
    const whole = range[0] <= 0 && range[1] >= 1;
    this.reset.hidden = whole;
    for (const svg of this.drawings) {
      for (const { plot, frame, panel } of this.plots(svg)) {
        for (const mark of plot.querySelectorAll(".moving > *")) this.stretch(mark, frame);
        plot.querySelectorAll(".ends").forEach((ends) => ends.classList.toggle("off", !whole));
        this.ticks(plot, frame, panel, whole);
      }
    }
    if (tell) this.zoomed(this.id, whole ? undefined : range);
  }

  stretch(mark, frame) {
    const moved = (x) => Math.round(10 * this.x(frame, (x - frame.left) / frame.width)) / 10;
    const name = { path: "d", use: "x", text: "x" }[mark.localName];
    if (!name) return;
    mark.dataset.whole ??= mark.getAttribute(name);
    const value = name === "d"
      ? mark.dataset.whole.replace(/([ML])(-?[\d.]+)/g, (_, letter, x) => letter + moved(Number(x)))
      : moved(Number(mark.dataset.whole));
    mark.setAttribute(name, value);
  }

  /** Coarse ticks first, finer ones where there is room. */
  ticks(plot, frame, panel, whole) {
    const group = plot.querySelector(".ticks");
    if (!group) return;
    group.querySelectorAll(".closer").forEach((tick) => tick.remove());
    for (const tick of group.children) tick.classList.toggle("off", !whole);
    const labelled = [...group.querySelectorAll("text")].some((text) => text.textContent);
    if (whole) return;
    const taken = [];
    for (const [place, text] of panel.ticks) {
      const x = this.x(frame, place / WHOLE);
      const label = this.readings.texts[text];
      const half = label.length * 3.6 + 8;
      if (x < frame.left || x > frame.right || taken.some(([at, other]) => Math.abs(at - x) < half + other)) continue;
      taken.push([x, half]);
      group.append(svgElement("path", { d: `M${x} ${frame.top}L${x} ${frame.bottom}`, class: "line ink-grid closer" }));
      if (!labelled) continue;
      const at = { x, y: frame.bottom + 19, "font-size": 12, "text-anchor": "middle", class: "fill ink-muted closer" };
      group.append(Object.assign(svgElement("text", at), { textContent: label }));
    }
  }

  /** Switches the marks of a deployment on or off. */
  toggle(of, on) {
    if (on) this.hidden.delete(of);
    else this.hidden.add(of);
    for (const svg of this.drawings) {
      svg.querySelectorAll(`[data-of="${of}"]`).forEach((mark) => mark.classList.toggle("off", !on));
    }
    for (const button of this.figure.querySelectorAll(`.legend .toggle[data-of="${of}"]`)) {
      button.setAttribute("aria-pressed", String(on));
    }
  }
}

/** The point next to a place, of points that rise. */
function nearest(points, place) {
  let [low, high] = [0, points.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points[middle][0] < place) low = middle + 1;
    else high = middle;
  }
  const [before, after] = [points[low - 1], points[low]];
  if (!before || !after) return before ?? after;
  return place - before[0] < after[0] - place ? before : after;
}

function tipRows(heading, title, rows) {
  const line = (text, kind) => Object.assign(document.createElement("div"), { textContent: text, className: kind });
  const one = ([series, name, value, at]) => {
    const row = line("", "row");
    const key = svgElement("svg", { width: 10, height: 10, "aria-hidden": "true" });
    key.append(svgElement("rect", { width: 10, height: 10, rx: 2, class: `fill ink-${series % 8}` }));
    // A line may have no value just here.
    row.append(key, name ? `${name}: ` : "", Object.assign(document.createElement("b"), { textContent: value }));
    if (at !== title) row.append(` at ${at}`);
    return row;
  };
  const heads = heading ? [line(heading.split(" · ")[0], "of")] : [];
  return [...heads, line(title, "at"), ...rows.map(one)];
}

// Describes the marks of charts: on hover, with the arrow keys, and on a click with the cell drawn.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const [tip, panel, chosen, told] = ["tip", "panel", "chosen", "told"].map(byId);
  const svgName = "http://www.w3.org/2000/svg";
  let parts, marksOf, places, shown;

  function read() {
    parts = JSON.parse(byId("data").textContent);
    marksOf = new WeakMap();
    places = parts.map((part) => new Map((part.trials || []).map((trial, at) => [trial, at])));
  }

  // All marks of a chart: position in its drawing, trial or text, and its own path if it has one.
  function marks(chart) {
    if (marksOf.has(chart)) return marksOf.get(chart);
    const all = [];
    for (const layer of chart.querySelectorAll("g.layer[data-trials], g.layer[data-texts]")) {
      const { trials, texts, at } = layer.dataset;
      const whats = trials ? trials.trim().split(" ").map((it) => ({ trial: Number(it) })) : JSON.parse(texts).map((text) => ({ text }));
      const paths = layer.querySelectorAll("path");
      if (at) {
        const numbers = at.trim().split(" ").map(Number);
        whats.forEach((what, i) => all.push({ ...what, x: numbers[2 * i], y: numbers[2 * i + 1] }));
      } else if (paths.length === 1 && paths[0].classList.contains("dots")) {
        const found = paths[0].getAttribute("d").matchAll(/M(-?[\d.]+) (-?[\d.]+)/g);
        let i = 0;
        for (const [, x, y] of found) if (i < whats.length) all.push({ ...whats[i++], x: Number(x), y: Number(y) });
      } else {
        paths.forEach((path, i) => {
          for (const [, x, y] of path.getAttribute("d").matchAll(/[ML](-?[\d.]+) (-?[\d.]+)/g)) {
            all.push({ ...whats[i], x: Number(x), y: Number(y), path });
          }
        });
      }
    }
    all.sort((one, other) => one.x - other.x);
    marksOf.set(chart, all);
    return all;
  }

  const partOf = (chart) => Number(chart.closest("[data-part]").dataset.part);
  const number = (value) => (value === null || value === undefined ? "" : String(Number(value.toPrecision(7))));

  // The description of a trial: lines of name and value.
  function facts(part, trial) {
    const data = parts[part];
    const at = places[part].get(trial);
    if (at === undefined) return [["trial", String(trial)]];
    const all = [["trial", String(trial)], ["from", data.sources[data.source[at]]], ["state", data.states[data.state[at]]]];
    if (data.value[at] !== null) all.push(["value", `${number(data.value[at])} ${data.unit}`.trim()]);
    if (data.query[at] !== null) all.push(["query", data.query[at] === 0 ? "known before" : String(data.query[at])]);
    if (data.seconds[at] !== null) all.push(["training", `${number(data.seconds[at])} s`]);
    for (const [name, unit, values] of data.costs) if (values[at] !== null) all.push([name, `${number(values[at])} ${unit}`.trim()]);
    if (data.reasons[trial]) all.push(["reason", data.reasons[trial]]);
    all.push(["architecture", data.arch.of[at].map((word) => data.arch.words[word]).join("")]);
    return all;
  }

  const text = (part, mark) => (mark.text !== undefined ? mark.text : facts(part, mark.trial).map(([name, value]) => `${name}: ${value}`).join("\n"));

  function show(chart, mark) {
    hide();
    const svg = chart.querySelector("svg");
    const ring = document.createElementNS(svgName, "circle");
    for (const [name, value] of [["class", "ring"], ["cx", mark.x], ["cy", mark.y], ["r", 7]]) ring.setAttribute(name, value);
    svg.append(ring);
    if (mark.path) mark.path.classList.add("hit");
    shown = { chart, mark, ring };
    tip.textContent = text(partOf(chart), mark);
    tip.hidden = false;
    const point = new DOMPoint(mark.x, mark.y).matrixTransform(svg.getScreenCTM());
    const { width, height } = tip.getBoundingClientRect();
    const left = point.x + 14 + width > innerWidth ? point.x - 14 - width : point.x + 14;
    tip.style.left = `${Math.max(4, Math.min(left, innerWidth - width - 4))}px`;
    tip.style.top = `${Math.max(4, Math.min(point.y + 12, innerHeight - height - 4))}px`;
  }

  function hide() {
    tip.hidden = true;
    if (!shown) return;
    shown.ring.remove();
    if (shown.mark.path) shown.mark.path.classList.remove("hit");
    shown = undefined;
  }

  function nearest(chart, event) {
    const matrix = chart.querySelector("svg").getScreenCTM();
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    let [best, least] = [undefined, 30 * 30];
    for (const mark of marks(chart)) {
      const distance = (mark.x - at.x) ** 2 + (mark.y - at.y) ** 2;
      if (distance < least) [best, least] = [mark, distance];
    }
    return best;
  }

  const element = (name, content, kind) => {
    const made = document.createElement(name);
    if (content !== undefined) made.textContent = content;
    if (kind) made.className = kind;
    return made;
  };

  // The chosen trial: its drawing, its numbers and the command that exports it.
  function choose(part, mark) {
    const data = parts[part];
    const lines = [];
    if (mark.trial === undefined) {
      lines.push(element("p", mark.text));
    } else {
      lines.push(element("h4", `Trial ${mark.trial}`));
      const drawing = data.drawings.of[mark.trial];
      if (drawing) {
        const cell = element("div", undefined, "cell");
        const parsed = new DOMParser().parseFromString(drawing.map((line) => data.drawings.lines[line]).join("\n"), "image/svg+xml");
        cell.append(document.importNode(parsed.documentElement, true));
        lines.push(cell);
      } else {
        lines.push(element("p", "With so many trials, only the best are drawn; the command below draws this one with --format svg.", "note"));
      }
      const list = element("dl", undefined, "facts");
      for (const [name, value] of facts(part, mark.trial).slice(1)) {
        const line = element("div");
        line.append(element("dt", name), element("dd", value));
        list.append(line);
      }
      const command = data.export.replaceAll("{trial}", String(mark.trial));
      const copy = element("button", "Copy");
      copy.type = "button";
      copy.onclick = () => navigator.clipboard && navigator.clipboard.writeText(command);
      lines.push(list, copy, element("code", command, "command"));
      if (document.body.dataset.logs) lines.push(logs(mark.trial));
    }
    chosen.replaceChildren(...lines);
    panel.hidden = false;
    panel.focus({ preventScroll: true });
  }

  function logs(trial) {
    const all = element("details");
    const content = element("pre", "…");
    all.append(element("summary", "Log"), content);
    all.ontoggle = async () => {
      if (all.open) content.textContent = await (await fetch(document.body.dataset.logs + trial)).text();
    };
    return all;
  }

  const chartOf = (event) => event.target.closest && event.target.closest(".chart");
  document.addEventListener("pointermove", (event) => {
    const chart = chartOf(event);
    const mark = chart && nearest(chart, event);
    if (mark) show(chart, mark);
    else if (event.pointerType === "mouse") hide();
  });
  document.addEventListener("click", (event) => {
    const chart = chartOf(event);
    const mark = chart && nearest(chart, event);
    if (mark) {
      show(chart, mark);
      choose(partOf(chart), mark);
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      hide();
      panel.hidden = true;
      return;
    }
    const chart = chartOf(event);
    const all = chart && marks(chart);
    if (!all || all.length === 0) return;
    const at = shown && shown.chart === chart ? all.indexOf(shown.mark) : -1;
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      const mark = all[Math.max(0, Math.min(all.length - 1, to))];
      show(chart, mark);
      told.textContent = tip.textContent;
    } else if ((event.key === "Enter" || event.key === " ") && at >= 0) {
      event.preventDefault();
      choose(partOf(chart), all[at]);
    }
  });
  document.addEventListener("focusout", (event) => { if (chartOf(event)) hide(); });
  byId("close").onclick = () => { panel.hidden = true; };
  read();

  // The page of a running study polls for changes and updates itself.
  const { stamp } = document.body.dataset;
  if (!stamp) return;
  let last;
  async function look() {
    try {
      const now = await (await fetch(stamp, { cache: "no-store" })).text();
      if (last !== undefined && now !== last) {
        const page = new DOMParser().parseFromString(await (await fetch(location.href, { cache: "no-store" })).text(), "text/html");
        if (page.getElementById("data")) {
          hide();
          const opened = [...document.querySelectorAll("main details")].map((it) => it.open);
          document.querySelector("main").replaceWith(page.querySelector("main"));
          document.querySelectorAll("main details").forEach((it, i) => { it.open = Boolean(opened[i]); });
          byId("data").textContent = page.getElementById("data").textContent;
          read();
        }
      }
      last = now;
    } catch { /* The server has ended, or will answer again soon. */ }
    setTimeout(look, 700);
  }
  look();
})();

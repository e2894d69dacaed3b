// Hovers, selects and steps through the marks of every chart, as a reader would; failures go to #checked.
(() => {
  const wrong = [];
  const told = (id) => {
    const element = document.getElementById(id);
    return !element.hidden && element.textContent !== "";
  };
  const charts = [...document.querySelectorAll(".chart")];
  for (const chart of charts) {
    const name = chart.closest("figure").id;
    const marks = [...chart.querySelectorAll(".layer path")];
    if (marks.length === 0) wrong.push(`${name}: no marks`);
    if (marks.some((mark) => /NaN|inf/i.test(mark.getAttribute("d")))) wrong.push(`${name}: a mark without a place`);
    if (!chart.getAttribute("aria-label")) wrong.push(`${name}: no text in its place`);
    if (!chart.querySelector("[data-trials], [data-texts]")) continue;
    chart.scrollIntoView();
    chart.focus();
    const press = (key) => chart.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    press("ArrowRight");
    if (!told("tip")) wrong.push(`${name}: an arrow key tells nothing`);
    const ring = chart.querySelector(".ring");
    if (!ring) continue;
    const { x, y, width, height } = ring.getBoundingClientRect();
    const at = { clientX: x + width / 2, clientY: y + height / 2, bubbles: true };
    press("Escape");
    chart.dispatchEvent(new PointerEvent("pointermove", { ...at, pointerType: "mouse" }));
    if (!told("tip")) wrong.push(`${name}: pointing at a mark tells nothing`);
    chart.dispatchEvent(new MouseEvent("click", at));
    if (!told("chosen") || document.getElementById("panel").hidden) wrong.push(`${name}: a click shows nothing`);
    press("Escape");
    if (!document.getElementById("panel").hidden) wrong.push(`${name}: Escape closes nothing`);
  }
  wrong.push(...window.errors);
  if (document.documentElement.scrollWidth > innerWidth) wrong.push("the page is wider than its window");
  const result = document.createElement("pre");
  result.id = "checked";
  result.textContent = `${charts.length} charts\n${wrong.join("\n")}\nend of checks`;
  document.body.append(result);
})();

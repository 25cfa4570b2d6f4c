"""What moves in a report: the choice of a contender, of the curves shown, and the slider of the two-qubit error."""

SCRIPT = """
"use strict";
const read = id => JSON.parse(document.getElementById(id).textContent);
const charts = read("charts"), slid = read("slid");
const options = { actions: false, renderer: "svg", ast: true, tooltip: { theme: "light" } };
const views = {};
const drawn = Promise.all(charts.map(({ id, spec }) =>
  vegaEmbed("#" + id, spec, options).then(made => { views[id] = made.view; })));

const select = document.getElementById("contender");
const choose = () => drawn.then(() => {
  for (const block of document.querySelectorAll("[data-contender]"))
    block.hidden = block.dataset.contender !== select.value;
  return Promise.all(Object.keys(views).filter(id => id.startsWith("map-"))
    .map(id => views[id].signal("contender", select.value).runAsync()));
});
if (select) { select.addEventListener("change", choose); choose(); }

const ticks = Array.from(document.querySelectorAll("input[name=curve]"));
for (const tick of ticks) tick.addEventListener("change", () => drawn.then(() =>
  views["cost-curves"].signal("shown", ticks.filter(one => one.checked).map(one => one.value)).runAsync()));

const slider = document.getElementById("error-slider");
const slide = () => {
  const step = slid.steps[Number(slider.value)];
  document.getElementById("error-value").textContent = step.value + (step.own ? " (as in this study)" : "");
  document.getElementById("error-says").textContent = step.sentence;
  slider.setAttribute("aria-valuetext", "two-qubit error " + step.value);
  return drawn.then(() => Promise.all(Object.entries(step.maps).map(([closure, map]) => {
    const cells = slid.cells[closure].map((cell, k) => Object.assign({}, cell, {
      shade: slid.shades[map.shade[k]], says: slid.says[map.shade[k]], p: map.p[k] }));
    const curves = map.curves.map(row => Object.assign({}, row));
    return views["slid-" + closure].data("cells", cells).data("curves", curves).runAsync();
  }))).then(() => { document.body.dataset.error = step.value; });
};
let ready = drawn;
if (slider) { slider.addEventListener("input", slide); ready = drawn.then(slide); }

addEventListener("beforeprint", () => { for (const one of document.querySelectorAll("details")) one.open = true; });
ready.then(() => { document.body.dataset.drawn = charts.length; }, error => {
  document.getElementById("failed").textContent = "A chart could not be drawn: " + error.message;
});
"""

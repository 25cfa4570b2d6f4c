"""The page around an advantage map: a jinja2 template, to be rendered with autoescape on."""

TEMPLATE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline';
 style-src 'unsafe-inline'; img-src data:">
<title>{{ attrs.title }}</title>
<style>
:root { color-scheme: light; --ink: #16181d; --soft: #4a4f58; --line: #d5d9df; --paper: #fff; --wash: #f5f6f8; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1360px; padding: 2rem clamp(1rem, 3vw, 2.5rem) 3rem; background: var(--paper);
  color: var(--ink); font: 16px/1.5 "Helvetica Neue", Arial, "Liberation Sans", sans-serif; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .6rem; text-wrap: balance; }
h2 { font-size: 1.15rem; margin: 0 0 .5rem; } h3 { font-size: 1rem; margin: 0; }
p { margin: 0 0 .6rem; max-width: 48rem; overflow-wrap: anywhere; }
.origin { color: var(--soft); font-size: .875rem; margin-bottom: .3rem; }
section { border: 1px solid var(--line); border-radius: 8px; padding: 1.1rem 1.25rem 1.25rem; margin-top: 1.5rem; }
.verdict { border-left: 4px solid var(--ink); padding: .1rem 0 .1rem 1rem; margin-top: 1.2rem; font-size: 1.05rem; }
.verdict p { margin: 0 0 .4rem; break-inside: avoid; }
.verdict.many { columns: 2 24rem; column-gap: 2rem; font-size: .95rem; }
.pick { display: flex; flex-wrap: wrap; gap: .3rem .6rem; align-items: center; margin: .3rem 0 1rem; }
select { font: inherit; padding: .3rem .5rem; border: 1px solid #8b919a; border-radius: 6px; background: var(--paper);
  color: inherit; max-width: 100%; }
.maps { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 430px), 1fr)); gap: 1.25rem 2rem; }
.maps > div { min-width: 0; max-width: 56rem; }
.map { width: 100%; min-height: 460px; min-width: 0; }
.map.vega-embed { display: block; } .map svg { display: block; }
.legend { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: 1rem 1.5rem; margin: 1rem 0;
  padding-top: 1rem; border-top: 1px solid var(--line); font-size: .875rem; }
.legend ul { list-style: none; margin: .35rem 0 0; padding: 0; } .legend h3 { font-size: .875rem; }
.legend li { display: flex; gap: .6rem; align-items: center; padding: .1rem 0; }
.legend svg { flex: none; }
.planted { border: 2px dashed #8b919a; }
.scroll { overflow: auto; max-height: 26rem; } table { border-collapse: collapse; width: 100%; font-size: .875rem; }
th, td { text-align: left; padding: .35rem .9rem .35rem 0; border-bottom: 1px solid var(--line); white-space: nowrap;
  font-variant-numeric: tabular-nums; } th { position: sticky; top: 0; background: var(--paper); }
pre { background: var(--wash); border-radius: 6px; padding: .7rem .9rem; margin: 0; white-space: pre-wrap;
  overflow-wrap: anywhere; font-size: .875rem; }
#vg-tooltip-element { max-width: min(34rem, 92vw); padding: .6rem .8rem; background: #fff;
  font: 13px/1.45 "Helvetica Neue", Arial, "Liberation Sans", sans-serif; }
#vg-tooltip-element table { width: auto; } #vg-tooltip-element td { white-space: normal; border: 0; padding: .1rem 0;
  max-width: none; vertical-align: top; } #vg-tooltip-element td.key { min-width: 8.5rem; padding-right: .7rem; }
[hidden] { display: none; }
@media print { body { padding: 0; } section { break-inside: avoid; } .scroll { max-height: none; } }
</style>
</head>
<body>
<header>
<h1>{{ attrs.title }}</h1>
<p><b>Question.</b> {{ attrs.question }}</p>
{% if verdict %}
<div class="verdict{{ ' many' if verdict|length > 3 }}">
{% for sentence in verdict %}<p>{{ sentence }}</p>{% endfor %}</div>
{% endif %}
</header>
<main>
<div class="pick">
{% if contenders|length > 1 %}
<label for="contender">Quantum contender</label>
<select id="contender" autocomplete="off">
{% for name in contenders %}
<option value="{{ name }}">{{ name }}</option>
{% endfor %}
</select>
{% else %}
<span>Quantum contender: <b>{{ contenders[0] }}</b></span>
{% endif %}
</div>
{% for instance in instances %}
<section class="{{ instance.family }}">
<h2>{{ instance.heading }}</h2>
<p>{{ instance.meaning }}</p>
<p class="origin">{{ words.P_MEANS }} Point at a cell for its numbers.</p>
<div class="maps">
{% for map in instance.maps %}
<div><h3>{{ map.closure|capitalize }} closure</h3><div class="map" id="map-{{ map.number }}"></div></div>
{% endfor %}
</div>
<noscript><p><b>The map is drawn by a script inside this file: allow scripts to see it.</b></p></noscript>
<div class="legend">
{% for title, keys in instance.groups if keys %}
<div><h3>{{ title }}</h3><ul>
{% for key in keys %}
<li><svg width="28" height="16" aria-hidden="true">
{% if key.kind == "shade" %}
<rect x=".5" y=".5" width="27" height="15" fill="{{ words.SHADES[key.sample][0] }}" stroke="#8b919a"/>
{% if key.sample == "infeasible" %}<path d="M1 15L13 1M8 15L20 1M15 15L27 1" stroke="#9aa0a8"/>{% endif %}
{% elif key.kind == "letter" %}
<text x="14" y="12.5" text-anchor="middle" font-size="12" font-weight="bold">{{ key.sample }}</text>
{% elif key.kind == "line" %}
<path d="M0 8H28" stroke="#16181d" stroke-width="{{ legend.stroke_width(key.sample) }}"
 stroke-dasharray="{{ legend.DASHES[key.sample]|join(' ') }}"/>
{% else %}
<path d="M14 2L20 8L14 14L8 8Z" fill="#fff" stroke="#16181d" stroke-width="2"/>
{% endif %}
</svg>{{ key.meaning }}</li>
{% endfor %}
</ul></div>
{% endfor %}
</div>
<p class="origin">Question: {{ instance.question }}</p>
{% for sentence in instance.origin %}<p class="origin">{{ sentence }}</p>{% endfor %}
</section>
{% endfor %}
{% if instances|length > 1 %}
<section>
<h2>What the difference means</h2>
<p>{{ words.DIFFERENCE }}</p>
</section>
{% endif %}
<section>
<h2>Boundary: where quantum starts and stops winning</h2>
<p class="origin">Median, and 5–95 % in brackets. A boundary can be entered and left again.</p>
{% for table in tables %}
<div data-contender="{{ table.contender }}">
<h3>{{ table.contender }}</h3>
{% if table.rows %}
<div class="scroll" tabindex="0"><table>
<thead><tr><th>Family</th><th>Closure</th>
<th>Along</th><th>Quantum</th><th>at</th><th>Crossings there</th><th>ε</th></tr></thead>
<tbody>
{% for row in table.rows %}
<tr><td>{{ row.family }}</td><td>{{ row.closure }}</td>
<td>{{ row.along }}</td><td>{{ row.event }}</td><td>{{ row.place }}</td>
<td>{{ row.crossings }}</td><td>{{ row.eps }}</td></tr>
{% endfor %}
</tbody></table></div>
{% endif %}
<p class="origin">
{% if table.rows %}No other line of the grid crosses the boundary in half of the draws.
{% else %}No line of the grid crosses the boundary in half of the draws.{% endif %}
{% if table.floor %}
With probability 0.95 quantum does not start to win below {{ table.floor }} crossings.{% endif %}</p>
</div>
{% endfor %}
</section>
{% if command %}
<section><h2>How to make this map again</h2><pre><code>{{ command }}</code></pre></section>
{% endif %}
</main>
<script>{{ library|safe }}</script>
<script type="application/json" id="specs">{{ specs|tojson }}</script>
<script>
"use strict";
const specs = JSON.parse(document.getElementById("specs").textContent);
const options = { actions: false, renderer: "svg", ast: true, tooltip: { theme: "light" } };
const drawn = Promise.all(specs.map((spec, i) => vegaEmbed("#map-" + i, spec, options)));
const select = document.getElementById("contender");
const choose = () => drawn.then(results => {
  for (const block of document.querySelectorAll("[data-contender]"))
    block.hidden = block.dataset.contender !== select.value;
  return Promise.all(results.map(result => result.view.signal("contender", select.value).runAsync()));
});
if (select) { select.addEventListener("change", choose); choose(); }
drawn.then(results => { document.body.dataset.drawn = results.length; }, error => {
  document.getElementById("map-0").textContent = "The map could not be drawn: " + error.message;
});
</script>
</body>
</html>
"""

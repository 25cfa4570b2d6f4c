"""The text of a report around its charts: a jinja2 template, to be rendered with autoescape on."""

TEMPLATE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline';
 style-src 'unsafe-inline'; img-src data:">
<title>Report: {{ title }}</title>
<style>{{ style|safe }}</style>
</head>
<body>
{% macro key_of(key) %}
<svg width="28" height="16" aria-hidden="true">
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
</svg>
{% endmacro %}
{% macro heading(id) %}<h2 id="{{ id }}"><a href="#{{ id }}">{{ sections[id] }}</a></h2>{% endmacro %}
<header>
<h1>{{ title }}</h1>
<nav aria-label="Contents"><ol>
{% for id, name in sections.items() %}<li><a href="#{{ id }}">{{ name }}</a></li>
{% endfor %}</ol></nav>
</header>
<main>
<section>
{{ heading("question") }}
{% for family, question in questions %}
<p>{% if questions|length > 1 %}<b>{{ family|capitalize }}.</b> {% endif %}{{ question }}.</p>
{% endfor %}
{% if overrides %}
<p><b>The study sets figures of its own:</b></p>
<ul class="plain">{% for text in overrides %}<li><code>{{ text }}</code></li>{% endfor %}</ul>
{% else %}
<p class="small">No figure of a machine or model is overridden.</p>
{% endif %}
</section>
<section>
{{ heading("verdict") }}
<div class="verdict">{% for sentence in headline %}<p>{{ sentence }}</p>{% endfor %}</div>
<ul class="plain">{% for sentence in verdict %}<li>{{ sentence }}</li>{% endfor %}</ul>
</section>
<p id="failed" role="alert"></p>
<noscript><p><b>The charts are drawn by a script inside this file: allow scripts to see them.</b></p></noscript>
{% if line %}
<section>
{{ heading("line") }}
<div class="scroll" tabindex="0"><div class="chart fixed" id="line-chart"></div></div>
</section>
{% endif %}
{% if instances %}
<section>
{{ heading("maps") }}
<p>{{ words.P_MEANS }} Point at a cell for its numbers.{{ " " + thinned if thinned }}</p>
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
<div class="family {{ instance.family }}">
<h3>{{ instance.heading }}</h3>
<p>{{ instance.meaning }}</p>
<div class="charts">
{% for map in instance.maps %}
<div><h4>{{ map.closure|capitalize }} closure</h4><div class="chart" id="map-{{ map.number }}"></div></div>
{% endfor %}
</div>
<div class="legend">
{% for title, keys in instance.groups if keys %}
<div><h4>{{ title }}</h4><ul>
{% for key in keys %}<li>{{ key_of(key) }}{{ key.meaning }}</li>{% endfor %}
</ul></div>
{% endfor %}
</div>
</div>
{% endfor %}
{% if instances|length > 1 %}<p>{{ words.DIFFERENCE }}</p>{% endif %}
<h3>Boundary: where quantum starts and stops winning</h3>
<p class="small">Median, and 5–95 % in brackets. A boundary can be entered and left again.</p>
{% for table in tables %}
<div data-contender="{{ table.contender }}">
<h4>{{ table.contender }}</h4>
{% if table.rows %}
<div class="tall" tabindex="0"><table>
<thead><tr><th>Family</th><th>Closure</th><th>Along</th><th>Quantum</th><th>at</th><th>Crossings there</th></tr></thead>
<tbody>
{% for row in table.rows %}
<tr><td>{{ row.family }}</td><td>{{ row.closure }}</td><td>{{ row.along }}</td><td>{{ row.event }}</td>
<td>{{ row.place }}</td><td>{{ row.crossings }}</td></tr>
{% endfor %}
</tbody></table></div>
{% endif %}
<p class="small">No {{ "other " if table.rows }}line of the grid crosses the boundary in half of the draws.
{% if table.floor %}With probability 0.95 quantum does not start to win below {{ table.floor }} crossings.{% endif %}
</p>
</div>
{% endfor %}
</section>
<section>
{{ heading("error") }}
{% if steps %}
<p>{{ steps.contender }} against the classical contenders on {{ place.family }} braids, with
<code>{{ steps.key }}</code> set to one value after another and all else of the machine as it is; {{ steps.draws }}
draws. Move the slider by pointer or by the arrow keys.</p>
<div class="slider">
<label for="error-slider">Two-qubit error of {{ steps.machine }}: <b id="error-value">{{ steps.value }}</b></label>
<input id="error-slider" type="range" min="0" max="{{ steps.ticks|length - 1 }}" step="1" value="{{ steps.start }}"
 list="error-ticks" autocomplete="off" aria-describedby="error-says">
<datalist id="error-ticks">{% for tick in steps.ticks %}<option value="{{ loop.index0 }}" label="{{ tick }}">{{ tick }}
</option>{% endfor %}</datalist>
<output id="error-says" for="error-slider">{{ steps.sentence }}</output>
</div>
<div class="charts">
{% for closure in closures %}
<div><h4>{{ closure|capitalize }} closure</h4><div class="chart" id="slid-{{ closure }}"></div></div>
{% endfor %}
</div>
<p class="small">Colours and lines as on the maps above.</p>
<details><summary>Every value in a table</summary>
<div class="scroll" tabindex="0"><table>
<thead><tr><th>Error</th><th>Closure</th><th>Quantum wins</th><th>Undecided</th><th>Classical wins</th>
<th>Cells</th><th>Best chance</th><th>Quantum begins to win at</th></tr></thead><tbody>
{% for row in steps.table %}
<tr><td class="n">{{ row.value }}</td><td>{{ row.closure }}</td><td>{{ row.quantum }}</td><td>{{ row.undecided }}</td>
<td>{{ row.classical }}</td><td>{{ row.cells }}</td><td>{{ row.best }}</td><td>{{ row.enters }}</td></tr>
{% endfor %}
</tbody></table></div></details>
{% else %}
<p>No quantum machine of this study states a two-qubit error, so there is nothing to move.</p>
{% endif %}
</section>
<section>
{{ heading("envelope") }}
<p>The contender that is fastest in most draws, by letter and colour. Shares are of the cells of each map.</p>
{% for one in envelopes %}
<div class="family {{ one.family }}">
<h3>{{ one.family|capitalize }} braids</h3>
<div class="charts">
{% for map in one.maps %}
<div><h4>{{ map.closure|capitalize }} closure</h4><div class="chart" id="{{ map.id }}"></div>
<div class="legend"><ul>
{% for share in map.shares %}
<li><svg width="28" height="16" aria-hidden="true"><rect width="28" height="16" fill="{{ share.mark.colour }}"/>
<text x="14" y="12" text-anchor="middle" font-size="11" fill="{{ share.mark.on_it }}">{{ share.mark.letter }}</text>
</svg>{{ share.mark.letter }}: {{ share.name }}, {{ "%.0f"|format(100 * share.share) }} %</li>
{% endfor %}
{% if map.none > 1e-9 %}<li>Hatched: none can answer, {{ "%.0f"|format(100 * map.none) }} %</li>{% endif %}
</ul></div></div>
{% endfor %}
</div></div>
{% endfor %}
</section>
{% include "place" %}
{% endif %}
{% include "origin" %}
</main>
<script>{{ library|safe }}</script>
<script type="application/json" id="charts">{{ charts|tojson }}</script>
<script type="application/json" id="slid">{{ slid|tojson }}</script>
<script>{{ script|safe }}</script>
</body>
</html>
"""

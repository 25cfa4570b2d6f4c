"""The part of a report about one place, where quantum's chances are best: curves, tornado, shares, what would flip."""

PLACE = """<section>
{{ heading("curves") }}
<p>{{ place_says }}</p>
<div class="chart" id="cost-curves"></div>
<fieldset class="curves">
<legend class="small">Bands: 5–95 %. Ticked contenders have a thick line and a strong band, every other a thin and a
faint one. A line ends where half of the draws have no answer; a band is open above where 5 % have none.</legend>
{% for curve in curves if curve.answers %}
<label><input type="checkbox" name="curve" value="{{ curve.name }}" autocomplete="off"{{ " checked" if curve.leads }}>
<svg width="30" height="12" aria-hidden="true"><path d="M0 6H30" stroke="{{ curve.mark.colour }}" stroke-width="2.6"
 stroke-dasharray="{{ curve.mark.dash|join(' ') }}"/></svg>
<span>{{ curve.mark.letter }}: {{ curve.name }}</span></label>
{% endfor %}
</fieldset>
{% for side, texts in silent.items() if texts %}
<p class="small">Without an answer along this line, {{ side }}: {{ texts|join("; ") }}.</p>
{% endfor %}
</section>
<section>
{{ heading("tornado") }}
<p>Each declared range is moved to its ends, one at a time, all else as drawn; so are the choices of the question. The
boundary is followed along the layers at {{ place.strands }} strands, beyond the map if need be. Today: {{ now }}.</p>
{% if bars %}
<div class="charts">
<div><h4>Boundary</h4><div class="chart" id="tornado-boundary"></div></div>
<div><h4>Gap at {{ place.strands }} strands, {{ place.layers }} layers</h4>
<div class="chart" id="tornado-gap"></div></div>
</div>
<p class="small">White dot: low end; black dot: high end, each with its value. An arrow: at that end there is none
(“never”: no boundary on the line; “no answer”: a side has none in half of the draws). Dashed upright line: today.</p>
<div class="scroll" tabindex="0"><table>
<thead><tr><th>Figure</th><th>Basis</th><th>Range</th><th>Boundary, crossings</th><th>Decades</th>
<th>Gap, decades</th><th>Verdict at the ends</th></tr></thead><tbody>
{% for bar in bars %}
<tr><td>{{ bar.key }}</td><td>{{ bar.basis }}</td><td class="n">{{ bar.range }}</td><td>{{ bar.boundary }}</td>
<td>{{ bar.decades }}</td><td>{{ bar.gap }}</td><td>{{ bar.verdict }}{{ " (flips)" if bar.flips }}</td></tr>
{% endfor %}
</tbody></table></div>
{% else %}
<p>No declared range moves boundary, gap or verdict.</p>
{% endif %}
{% if without %}<p class="small">Without effect here: {{ without|join(", ") }}.</p>{% endif %}
</section>
<section>
{{ heading("shares") }}
<p>Share of the variance of the gap (log10 of best classical over quantum cost) at {{ place.strands }} strands,
{{ place.closure }} closure, {{ place.family }} braids, that each source brings with all it joins: braid to braid, the
calibration's constants, what is assumed. Shares add up to 1 if the sources only add up, to more if they act together.
They are told at {{ place.layers }} layers or, where a side has no answer there in half of the draws, at the nearest
number of layers of the grid where both have one.</p>
<div class="scroll" tabindex="0"><table>
<thead><tr><th>Contender</th><th>Layers</th><th>Braid</th><th>Calibration</th><th>Assumption</th></tr></thead><tbody>
{% for row in shares %}
<tr><td>{{ row.name }}</td>
{% if row.shares %}
<td>{{ row.layers }}</td>
{% for share in row.shares %}<td class="n"><span class="bar" style="width: {{ "%.2f"|format(4 * share) }}rem"></span>
{{ "%.2f"|format(share) }}</td>{% endfor %}
{% else %}
<td colspan="4">nowhere at these strands have both sides an answer in half of the draws</td>
{% endif %}
</tr>
{% endfor %}
</tbody></table></div>
</section>
<section>
{{ heading("flips") }}
<p>{{ flips_say }}</p>
<div class="scroll" tabindex="0"><table>
<thead><tr><th>Figure</th><th>Today</th><th>p today</th><th>Needed for p = 0.9 [5–95 %]</th>
<th>Verdict changes</th></tr></thead><tbody>
{% for row in flips %}
<tr><td>{{ row.key }}</td><td class="n">{{ row.now }}</td><td>{{ row.p_now }}</td><td>{{ row.needed }}</td>
<td>{{ row.changes }}</td></tr>
{% endfor %}
</tbody></table></div>
<p class="small">One figure at a time, all else as drawn; intervals are over resampled draws.</p>
</section>
"""

"""The part of a report about what its numbers rest on: formulas, machines, calibration, and how to make it again."""

ORIGIN = """<section>
{{ heading("formulas") }}
<p>Every model of the study in every variant it is used in. Names of quantities stand for their formulas (N, t, ..);
all other symbols are in the table below. <math><mi>Φ</mi></math> is the golden ratio.</p>
{% for block in blocks %}
<h3 id="model-{{ block.model.name }}-{{ loop.index }}">{{ block.title }}</h3>
<p>{{ block.model.summary }}</p>
<p class="small">{{ block.model.side|capitalize }} model{% for option, value in block.variant %}; {{ option }}:
{{ value }}{% endfor %}. Contenders: {{ block.contenders|join(", ") }}. Source: {{ block.model.source }}.</p>
<details{{ " open" if loop.first }}><summary>Formulas of {{ block.title }}</summary>
{% for closures, formulas in block.formulas.items() %}
<h4>{{ closures|capitalize }}</h4>
{% for formula in formulas %}
<div class="formula"><div>{{ formula.quantity }}<span class="small">{{ "a number" if formula.unit == "1" else
 formula.unit }}</span></div><div tabindex="0">{{ formula.mathml|safe }}</div></div>
{% endfor %}
{% endfor %}
{% for closures, formulas in block.limits.items() %}
<h4>Limits, {{ closures }}: impossible where a ratio exceeds 1</h4>
{% for formula in formulas %}
<div class="formula"><div>{{ formula.quantity }}</div><div tabindex="0">{{ formula.mathml|safe }}</div></div>
{% endfor %}
{% endfor %}
</details>
{% endfor %}
</section>
<section>
{{ heading("symbols") }}
<p class="small">{{ symbols_say }}</p>
<div class="tall" tabindex="0"><table>
<thead><tr><th>Symbol</th><th>Name</th><th>Unit</th><th>Meaning</th><th>Kind</th><th>Value</th><th>Source</th></tr>
</thead><tbody>
{% for one in symbols %}
<tr><td>{{ one.math|safe }}</td><td>{{ one.entry.name }}</td><td>{{ one.entry.unit }}</td>
<td class="long">{{ one.entry.meaning }}</td><td class="n">{{ kinds.get(one.entry.kind, one.entry.kind) }}</td>
<td class="n">{{ one.entry.value }}</td>
<td class="long">{{ one.entry.source }}</td></tr>
{% endfor %}
</tbody></table></div>
</section>
<section>
{{ heading("assumptions") }}
{% for model in models %}
<h3>{{ model.name }}</h3>
<ul class="plain">{% for text in model.assumes %}<li>{{ text }}</li>{% else %}<li>none stated</li>{% endfor %}</ul>
{% endfor %}
<h3>Overrides of the study</h3>
{% if overrides %}<ul class="plain">{% for text in overrides %}<li><code>{{ text }}</code></li>{% endfor %}</ul>
{% else %}<p>None.</p>{% endif %}
</section>
<section>
{{ heading("machines") }}
{% for machine, figures in machines %}
<h3>{{ machine.slug }}: {{ machine.name }}</h3>
<p class="small">{{ machine.side|capitalize }}{% if machine.hardware is defined and machine.hardware %};
error-corrected qubits of kind {{ machine.hardware }}{% elif machine.side == "quantum" %}; gates {{ machine.gate_set }},
connectivity {{ machine.connectivity }}{% endif %}. {{ machine.notes }}</p>
<div class="scroll" tabindex="0"><table>
<thead><tr><th>Symbol</th><th>Value</th><th>Unit</th><th>Range</th><th>Basis</th><th>Date</th><th>Source</th></tr></thead>
<tbody>
{% for row in figures %}
<tr><td title="{{ row.meaning }}">{{ row.name }}</td><td class="n">{{ row.value }}</td><td>{{ row.unit }}</td>
<td class="n">{{ row.range }}</td><td>{{ row.basis }}</td><td class="n">{{ row.date }}</td>
<td class="long">{{ row.source }}</td></tr>
{% endfor %}
</tbody></table></div>
{% endfor %}
</section>
<section>
{{ heading("calibration") }}
<p>{{ calibration.origin() }}.</p>
{% if calibration.remarks %}
<ul class="plain">{% for text in calibration.remarks %}<li>{{ text }}</li>{% endfor %}</ul>
{% else %}<p class="small">No remarks.</p>{% endif %}
<dl><dt>Runs (digest of their ids)</dt><dd><code>{{ calibration.digest }}</code></dd>
<dt>Constants and draws (SHA-256)</dt><dd><code>{{ calibration_digest }}</code></dd></dl>
</section>
<section>
{{ heading("backtest") }}
{% if backtest.rows %}
<p>Fitted to the smaller runs, these forms predict the larger ones. Deviations are observed minus predicted, in decades;
shares are of the held-out runs within the 90 and 50 % intervals that were stated beforehand. Forms: the usual one of a
quantity, or a rival chosen by the smaller runs alone. Symbols: as in the table above; “seconds” are of single runs.</p>
<div class="tall" tabindex="0"><table>
<thead><tr><th>Quantity</th><th>Family</th><th>Held out</th><th>Form</th><th>Runs</th><th>Bias</th><th>RMS</th>
<th>In 90 %</th><th>In 50 %</th></tr></thead><tbody>
{% for row in backtest.rows %}
<tr><td>{{ row.quantity }}</td><td>{{ row.family }}</td><td>{{ splits[row.split] }}</td><td>{{ row.model }}</td>
<td>{{ row.n }}</td><td>{{ "%+.3f"|format(row.bias) }}</td><td>{{ "%.3f"|format(row.rmse) }}</td>
<td>{{ "%.0f"|format(100 * row.coverage) }} %</td><td>{{ "%.0f"|format(100 * row.coverage50) }} %</td></tr>
{% endfor %}
</tbody></table></div>
{% else %}
<p><b>{{ backtest.why }}</b></p>
{% endif %}
<p>What the calibration itself stores about single runs off its laws: half-widths of the intervals within the measured
range, in decades, and by what share they widen with every decade beyond it.</p>
{% if backtest.stored %}
<div class="scroll" tabindex="0"><table>
<thead><tr><th>Law</th><th>50 %</th><th>90 %</th><th>Widening a decade</th></tr></thead><tbody>
{% for name, half50, half90, wider in backtest.stored %}
<tr><td>{{ name }}</td><td>{{ half50 }}</td><td>{{ half90 }}</td><td>{{ wider }}</td></tr>
{% endfor %}
</tbody></table></div>
{% else %}<p class="small">Nothing: an earlier version fitted it.</p>{% endif %}
</section>
<section>
{{ heading("remake") }}
{% if command %}<pre><code>{{ command }}</code></pre>{% endif %}
<p class="small">The same study, calibration and versions on the same machine give the same file, byte for byte.</p>
<dl>
<dt>Draws, seed</dt><dd>{{ study.draws }}, {{ study.seed }}</dd>
<dt>Study (SHA-256 of its text)</dt><dd><code>{{ study_digest or "made by a program, not from a file" }}</code></dd>
<dt>Calibration</dt><dd><code>{{ calibration_digest }}</code></dd>
{% for name, version in versions %}<dt>{{ name }}</dt><dd>{{ version }}</dd>{% endfor %}
</dl>
{% if text %}
<details><summary>Text of the study</summary><pre><code>{{ text }}</code></pre></details>
{% endif %}
</section>
"""

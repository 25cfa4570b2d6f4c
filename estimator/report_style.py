"""How a report looks, on a screen of any width and on paper."""

STYLE = """
:root { color-scheme: light; --ink: #16181d; --soft: #4a4f58; --line: #d5d9df; --paper: #fff; --wash: #f5f6f8; }
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0 auto; max-width: 1180px; padding: 2rem clamp(.9rem, 3vw, 2.5rem) 4rem; background: var(--paper);
  color: var(--ink); font: 16px/1.5 "Helvetica Neue", Arial, "Liberation Sans", sans-serif; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .8rem; text-wrap: balance; overflow-wrap: anywhere; }
h2 { font-size: 1.3rem; margin: 0 0 .7rem; } h3 { font-size: 1.02rem; margin: 1.3rem 0 .4rem; overflow-wrap: anywhere; }
h4 { font-size: .93rem; margin: .9rem 0 .3rem; }
h2 a { color: inherit; text-decoration: none; } h2 a:hover::after, h2 a:focus-visible::after { content: " #";
  color: var(--soft); }
a { color: #1f3d78; }
p, li, dd { overflow-wrap: anywhere; } p { margin: 0 0 .65rem; max-width: 46rem; }
ul.plain { margin: .2rem 0 .8rem; padding-left: 1.2rem; max-width: 46rem; }
.small { color: var(--soft); font-size: .875rem; }
.verdict { border-left: 4px solid var(--ink); padding: .1rem 0 .1rem 1rem; margin: 1rem 0; font-size: 1.08rem; }
nav { border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1.1rem; margin: 1.4rem 0 0; }
nav ol { columns: 3 13rem; margin: 0; padding-left: 1.6rem; } nav li { padding: .12rem 0; }
section { border-top: 2px solid var(--ink); margin-top: 2.4rem; padding-top: 1rem; }
.family { margin: 1.2rem 0 0; padding: .1rem 0 0 .9rem; border-left: 3px solid #f6b76b; }
.family.planted { border-left: 3px dashed #8b919a; }
.pick { display: flex; flex-wrap: wrap; gap: .3rem .7rem; align-items: center; margin: .3rem 0 .8rem; }
select { font: inherit; padding: .3rem .5rem; border: 1px solid #8b919a; border-radius: 6px; background: var(--paper);
  color: inherit; max-width: 100%; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 1.2rem 1.8rem; }
.charts > div { min-width: 0; } .charts h4 { margin-top: .2rem; }
.chart { width: 100%; min-width: 0; } .chart.vega-embed { display: block; } .chart svg { display: block; }
.legend { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 14rem), 1fr)); gap: .8rem 1.4rem;
  margin: .8rem 0; font-size: .875rem; }
.legend h4 { font-size: .875rem; margin: 0 0 .2rem; }
.legend ul { list-style: none; margin: 0; padding: 0; }
.legend li { display: flex; gap: .6rem; align-items: center; padding: .1rem 0; } .legend svg { flex: none; }
.curves { border: 0; margin: .6rem 0; padding: 0; display: grid; gap: .05rem 1.2rem; font-size: .875rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); }
.curves legend { padding: 0; margin-bottom: .3rem; } .curves label { display: flex; gap: .45rem; align-items: center; }
.curves svg { flex: none; } .curves span { overflow-wrap: anywhere; min-width: 0; }
.slider { background: var(--wash); border-radius: 8px; padding: .8rem 1rem; margin: .4rem 0 1rem; }
.slider input { width: 100%; margin: .4rem 0 0; accent-color: #1f3d78; }
.slider datalist { display: flex; justify-content: space-between; font-size: .75rem; color: var(--soft); }
.slider output { display: block; margin-top: .6rem; font-size: .95rem; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; } .tall { overflow: auto; max-height: 30rem; }
table { border-collapse: collapse; font-size: .875rem; min-width: min(100%, 30rem); }
th, td { text-align: left; padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top;
  font-variant-numeric: tabular-nums; }
th { white-space: nowrap; } .tall th { position: sticky; top: 0; background: var(--paper); border-bottom: 0;
  box-shadow: inset 0 -1px var(--line); }
.scroll + p, .tall + p, .chart + p { margin-top: .6rem; }
td.n { white-space: nowrap; } td.long { min-width: 15rem; }
.formula { display: grid; grid-template-columns: minmax(7.5rem, 10.5rem) minmax(0, 1fr); gap: .1rem 1rem;
  align-items: center; border-bottom: 1px solid var(--line); padding: .3rem 0; }
.formula > div { overflow-x: auto; padding: .15rem 0; }
.formula math { font-size: 1.04rem; width: fit-content; margin: 0; }
.formula .small { display: block; }
details { margin: .6rem 0; } summary { cursor: pointer; font-weight: bold; padding: .15rem 0; }
pre { background: var(--wash); border-radius: 6px; padding: .7rem .9rem; margin: .3rem 0 .8rem; white-space: pre-wrap;
  overflow-wrap: anywhere; font-size: .85rem; }
dl { display: grid; grid-template-columns: minmax(7rem, 13rem) minmax(0, 1fr); gap: .15rem 1rem; font-size: .9rem; }
dt { color: var(--soft); } dd { margin: 0; }
.bar { display: inline-block; height: .7rem; background: #7f9ac4; vertical-align: middle; margin-right: .5rem; }
:focus-visible { outline: 3px solid #e58a1f; outline-offset: 2px; }
#vg-tooltip-element { max-width: min(34rem, 92vw); padding: .6rem .8rem; background: #fff;
  font: 13px/1.45 "Helvetica Neue", Arial, "Liberation Sans", sans-serif; }
#vg-tooltip-element table { width: auto; min-width: 0; } #vg-tooltip-element td { white-space: normal; border: 0;
  padding: .1rem 0; max-width: none; } #vg-tooltip-element td.key { min-width: 7rem; padding-right: .7rem; }
[hidden] { display: none; }
@media (max-width: 560px) { .formula { grid-template-columns: minmax(0, 1fr); } dl { grid-template-columns: 1fr; }
  dd { margin-bottom: .4rem; } }
@media print { body { padding: 0; max-width: none; font-size: 10.5pt; } .tall { max-height: none; overflow: visible; }
  .scroll, .formula > div { overflow: visible; } h2, h3, h4 { break-after: avoid; }
  .chart, .formula, tr, nav { break-inside: avoid; } .chart svg { max-width: 100%; height: auto; }
  table { font-size: 8pt; min-width: 0; width: 100%; } td, th { overflow-wrap: break-word; white-space: normal;
    padding-right: .5rem; } td.long { min-width: 0; } .charts { grid-template-columns: 1fr 1fr; }
  details > summary { list-style: none; }
  .slider input, .slider datalist { display: none; } }
"""

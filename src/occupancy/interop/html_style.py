"""The style sheet of the printable plan: A4, ink that survives a copier, no colour that matters."""

from typing import Final

STYLE: Final = """
@page { size: A4; margin: 10mm 12mm; }
* { box-sizing: border-box; }
html { background: #fff; color: #111; }
body { font: 8.6pt/1.32 "Helvetica Neue", Arial, "Liberation Sans", sans-serif;
  max-width: 186mm; margin: 0 auto; }
table { border-collapse: collapse; width: 100%; }
.page > tbody > tr > td, .page > tfoot > tr > td { padding: 0; }
h1 { font-size: 15pt; line-height: 1.15; margin: 0; }
h2 { font-size: 9pt; margin: 0 0 1mm; }
p, ul, ol { margin: 0; }
ul { padding-left: 4mm; }
.status { float: right; border: 0.5pt solid #111; padding: 0.6mm 2mm; font-weight: bold; }
.summary { margin: 1mm 0 2.5mm; color: #333; }
.warnings { border: 1.2pt solid #111; border-left-width: 5pt; padding: 1.2mm 3mm;
  margin: 1.5mm 0 2mm; }
.plan { table-layout: fixed; line-height: 1.22; }
.plan th, .plan td { text-align: left; vertical-align: top; padding: 0.5mm 2mm 0.5mm 0;
  border-bottom: 0.4pt solid #999; }
.plan .step { width: 9mm; }
.plan .dates { width: 38mm; }
.plan .dose { width: 20mm; }
.plan .occupancy { width: 36mm; }
.plan .drop { width: 25mm; }
.plan td.drop { white-space: nowrap; }
.plan thead th { border-bottom: 1pt solid #111; vertical-align: bottom; font-weight: bold; }
.plan tr, .box, .warnings, .sign { break-inside: avoid; }
.plan .number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.plan td.dose { font-weight: bold; font-size: 9.6pt; }
.plan td.dates { white-space: nowrap; }
.plan .worst { font-weight: bold; }
.small { color: #444; font-size: 7.4pt; }
.bar { display: block; width: 32mm; height: 2.2mm; margin-top: 0.4mm; }
.boxes { display: flex; gap: 6mm; margin-top: 2.5mm; }
.box { flex: 1; }
.sign { margin-top: 2.5mm; border: 0.8pt solid #111; padding: 2mm 3mm; }
.lines { display: flex; gap: 5mm; margin-top: 6mm; }
.lines span { flex: 1; border-top: 0.5pt solid #111; padding-top: 0.5mm; font-size: 7.4pt; }
.lines .short { flex: 0 0 32mm; }
.foot { border-top: 0.5pt solid #111; margin-top: 2.5mm; padding-top: 1mm; font-size: 6.6pt;
  line-height: 1.25; color: #222; }
@media screen { body { padding: 8mm 0; } .page { background: #fff; } }
@media screen and (max-width: 190mm) { body { padding: 4mm; } .plan { table-layout: auto; }
  .plan th, .plan td { width: auto !important; white-space: normal !important; } }
"""

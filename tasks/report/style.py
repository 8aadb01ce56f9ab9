"""How the page looks: one column, system fonts, light and dark by what the reader's device asks for."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --paper: #fff; --card: #f6f7f9; --ink: #1c2228; --quiet: #5b6670; --line: #dde1e6;
  --ours: #0072b2; --theirs: #8a939c; --moved: #d55e00; --came: #009e73; --went: #aa3377; --pass: #00795a;
  --warn: #a66300; --block: #c22f2f; --track: #e9ecf0; }
@media (prefers-color-scheme: dark) { :root { --paper: #14181c; --card: #1d2329; --ink: #e6eaee; --quiet: #9aa6b1;
  --line: #333c45; --ours: #56b4e9; --theirs: #7d8892; --moved: #ff9147; --came: #2fc79b; --went: #e58ac0;
  --pass: #2fc79b; --warn: #f0b13d; --block: #ff7b72; --track: #2a323a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif;
  -webkit-text-size-adjust: 100%; }
main, header, nav, footer { max-width: 760px; margin-left: auto; margin-right: auto; padding: 0 16px; }
header { padding-top: 24px; }
h1 { font-size: 1.35rem; line-height: 1.25; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 40px 0 4px; padding-top: 16px; border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 20px 0 4px; }
p { margin: 4px 0 12px; }
.day { white-space: nowrap; }
.quiet, figcaption, footer { color: var(--quiet); font-size: .875rem; }
code { font: .875em ui-monospace, monospace; overflow-wrap: anywhere; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 10px 12px; margin: 8px 0 0;
  overflow-x: auto; white-space: pre-wrap; user-select: all; }
a { color: var(--ours); }
nav { font-size: .875rem; display: flex; flex-wrap: wrap; gap: 6px 14px; margin-top: 20px; }
nav a { white-space: nowrap; }
.banner { border: 1px solid var(--line); border-left: 6px solid var(--pass); background: var(--card);
  border-radius: 8px; padding: 14px 16px; margin: 16px 0; overflow-wrap: anywhere; }
.banner.warn { border-left-color: var(--warn); } .banner.block { border-left-color: var(--block); }
.banner p { margin: 0; } .banner p + p { margin-top: 6px; }
.badge { font-weight: 700; white-space: nowrap; }
.badge::before { content: "● "; } .badge.warn::before { content: "▲ "; } .badge.block::before { content: "■ "; }
.badge.pass { color: var(--pass); } .badge.warn, .badge.not_judged { color: var(--warn); }
.badge.block { color: var(--block); } .badge.info, .badge.not_applicable { color: var(--quiet); font-weight: 400; }
.badge.info::before, .badge.not_applicable::before { content: "○ "; } .badge.not_judged::before { content: "? "; }
ul.breaches { padding-left: 0; list-style: none; margin: 0; }
ul.breaches li { margin: 0 0 10px; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; margin: 8px 0 16px; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 6px 10px; vertical-align: top; border-top: 1px solid var(--line); }
thead th { border-top: 0; color: var(--quiet); font-weight: 500; white-space: nowrap; }
tbody th { min-width: 148px; font-weight: 400; } tbody th .quiet { line-height: 1.35; }
td.number, th.number { text-align: right; white-space: nowrap; }
tr.breach { background: color-mix(in srgb, var(--warn) 12%, transparent); }
tr.breach.block { background: color-mix(in srgb, var(--block) 14%, transparent); }
dl { display: grid; grid-template-columns: minmax(96px, max-content) minmax(0, 1fr);
  gap: 4px 16px; margin: 8px 0 16px; }
dt { color: var(--quiet); } dd { margin: 0; overflow-wrap: anywhere; }
figure { margin: 12px 0 20px; } figcaption { margin-bottom: 6px; }
.chart { display: block; overflow: visible; } .chart text { fill: var(--ink); font-size: 13px; }
.chart text.small { fill: var(--quiet); font-size: 12px; }
.track { fill: var(--track); } .bar { fill: var(--ours); } .mark { stroke: var(--ink); stroke-width: 2; }
.axis { stroke: var(--theirs); } .grid { stroke: var(--line); }
.range { stroke-width: 4; stroke-linecap: round; opacity: .35; } .range.ours { stroke: var(--ours); }
.range.theirs { stroke: var(--theirs); } .dot.ours { fill: var(--ours); } .dot.theirs { fill: var(--theirs); }
.line { stroke: var(--ours); stroke-width: 2; } .reference { stroke: var(--theirs); stroke-dasharray: 4 3; }
.verdict { stroke: var(--paper); stroke-width: 1.5; } .verdict.pass { fill: var(--pass); }
.verdict.warn { fill: var(--warn); } .verdict.block { fill: var(--block); }
.map { display: block; width: 100%; max-width: 620px; height: auto; margin: 0 auto; border: 1px solid var(--line);
  border-radius: 8px; background: var(--card); }
.map path { fill: none; stroke-linecap: round; } .map .was { stroke: var(--theirs); stroke-width: 10; opacity: .35; }
.map .is { stroke: var(--ours); stroke-width: 10; opacity: .7; } .map .came { stroke: var(--came); stroke-width: 13; }
.map .went { stroke: var(--went); stroke-width: 13; } .map .arrow { stroke: var(--moved); stroke-width: 4; }
.map marker path { fill: var(--moved); stroke: none; } .map circle { fill: var(--moved); }
.map .from { fill: var(--paper); stroke: var(--moved); stroke-width: 4; }
.map text { fill: var(--ink); stroke: var(--card); stroke-width: 8; paint-order: stroke; text-anchor: middle;
  font: 700 30px system-ui, sans-serif; }
.key { display: flex; flex-wrap: wrap; gap: 2px 16px; list-style: none; padding: 0; margin: 8px 0 0;
  font-size: .875rem; }
.key li::before { content: "● "; color: var(--theirs); } .key .is::before { color: var(--ours); }
.key .came::before { color: var(--came); } .key .went::before { color: var(--went); }
.key .moved::before { content: "➜ "; color: var(--moved); }
.key .mark-of::before { content: "┃ "; color: var(--ink); } .key .bar-of::before { content: "■ "; color: var(--ours); }
.key .level-of::before { content: "━ "; color: var(--ink); }
.card { border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px; margin: 12px 0; }
.card h3 { margin: 0 0 2px; overflow-wrap: anywhere; } .card blockquote { margin: 6px 0 10px; overflow-wrap: anywhere; }
.card .pin { display: inline-block; min-width: 1.6em; border-radius: 1em; background: var(--moved); color: var(--paper);
  text-align: center; font-size: .8125rem; font-weight: 700; margin-right: 6px; }
.sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(250px, 1fr)); gap: 8px 20px; }
.sides ol { margin: 2px 0 0; padding-left: 0; list-style: none; font-size: .875rem; }
.sides li { padding: 3px 0; overflow-wrap: anywhere; } .sides li.both { color: var(--quiet); }
.sides h4 { margin: 4px 0 0; font-size: .8125rem; color: var(--quiet); font-weight: 600; }
details > summary { cursor: pointer; color: var(--ours); margin: 8px 0; }
footer { margin-top: 40px; padding-top: 16px; padding-bottom: 40px; border-top: 1px solid var(--line); }
@media print { nav { display: none; } .card, figure { break-inside: avoid; } }
"""

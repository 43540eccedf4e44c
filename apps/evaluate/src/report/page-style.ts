/** Of the report's page: light and dark, from a phone's width to paper. */
export const PAGE_STYLE = `
:root { --ink: #1f2933; --faint: #55616e; --paper: #ffffff; --line: #d5dbe1; --soft: #f3f5f7; --good-soft: #dff3e6; --bad-soft: #fbe1de; --bad: #b83227; --link: #1d5bc4; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9ee; --faint: #a3afbb; --paper: #14191e; --line: #3a4651; --soft: #1d242b; --good-soft: #163d27; --bad-soft: #4a1f1b; --bad: #ff8b7e; --link: #8ab4ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 76rem; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; } h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); } h3 { font-size: 1.05rem; margin-bottom: .25rem; }
a { color: var(--link); } nav a { margin-right: 1rem; display: inline-block; padding: .25rem 0; }
code { background: var(--soft); padding: .1rem .3rem; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; } th, td { border: 1px solid var(--line); padding: .35rem .5rem; text-align: right; vertical-align: top; }
th[scope=row] { text-align: left; font-weight: 500; } thead th { background: var(--soft); }
.wide th[scope=row] { position: sticky; left: 0; background: var(--paper); }
td.good { background: var(--good-soft); } td.bad { background: var(--bad-soft); font-weight: 600; }
figure { margin: 1rem 0; overflow-x: auto; } .chart { width: 100%; min-width: 30rem; height: auto; display: block; }
.faint { color: var(--faint); font-size: .9rem; } .warning { background: var(--bad-soft); padding: .5rem; }
.claim { border-left: 4px solid var(--line); padding-left: .75rem; margin: 1rem 0; break-inside: avoid; } .claim p { margin: .25rem 0; overflow-wrap: anywhere; }
.id { font-family: ui-monospace, monospace; }
.verdict { padding: .1rem .5rem; border-radius: .25rem; background: var(--soft); } .verdict.confirmed { background: var(--good-soft); } .verdict.refuted { background: var(--bad-soft); } .verdict.answered { outline: 2px solid var(--link); }
details { margin: .25rem 0; } summary { cursor: pointer; padding: .25rem 0; } .not-done { color: var(--faint); margin: .25rem 0; }
@media print { nav { display: none; } body { max-width: none; font-size: 11px; } .wide, figure { overflow: visible; } .chart { min-width: 0; } figure { break-inside: avoid; } .wide table { font-size: 8px; } }
`;

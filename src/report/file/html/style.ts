/** The look of the page: colours of both schemes with a contrast of 4.5 and more for text, and of 3 for shapes. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #fbfaf8; --card: #ffffff; --text: #22252b; --quiet: #5c626d; --line: #e2dfd9;
  --shape: #3f6fb5; --track: #ece9e3;
  --success: #1d7a46; --warning: #9a5b00; --failure: #b3261e;
  --created: #2c8a57; --updated: #2f76c0; --unchanged: #7d8694; --kept: #6b67b8; --duplicate: #93805f;
  --conflict: #b96a00; --invalid: #c0392b; --failed: #8e1f3d; --expiry: #a8791b; --other: #9b4f96;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #15171b; --card: #1c1f24; --text: #e4e6ea; --quiet: #a1a8b4; --line: #31353d;
    --shape: #78a6e6; --track: #272b32;
    --success: #67c48f; --warning: #e5a54b; --failure: #f08b82;
    --created: #56b583; --updated: #6aa7ea; --unchanged: #8b94a3; --kept: #a19df0; --duplicate: #b7a27c;
    --conflict: #e59a37; --invalid: #ee7568; --failed: #e0708f; --expiry: #d9b356; --other: #cd86c8;
  }
}
* { box-sizing: border-box; }
html { background: var(--page); color: var(--text); -webkit-text-size-adjust: 100%; }
body { margin: 0; font: 1rem/1.55 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: clamp(1.25rem, 4vw, 3.5rem) clamp(1rem, 4vw, 2.5rem); }
section { margin-top: 2.75rem; }
h1 { margin: .35rem 0 0; max-width: 46rem; font-size: clamp(1.125rem, 1rem + .8vw, 1.5rem); line-height: 1.4; font-weight: 600; letter-spacing: -.01em; text-wrap: balance; overflow-wrap: anywhere; }
h2 { margin: 0 0 .9rem; font-size: 1.125rem; line-height: 1.3; font-weight: 600; }
p { margin: 0; }
header { padding-left: 1.25rem; border-left: 4px solid var(--level); }
header.success { --level: var(--success); }
header.warning { --level: var(--warning); }
header.failure { --level: var(--failure); }
.lead { margin-top: .6rem; max-width: 46rem; overflow-wrap: anywhere; }
.flag { white-space: nowrap; }
.level { color: var(--level); }
.level::after { content: ":"; }
.kind, .note, footer { color: var(--quiet); font-size: .875rem; }
figure .note { margin-top: .5rem; }
.error { margin-top: 1rem; max-width: 46rem; overflow-wrap: anywhere; }
.error p:first-child { font-weight: 600; }
ul { margin: 0; padding-left: 1.2rem; max-width: 48rem; overflow-wrap: anywhere; }
li + li { margin-top: .5rem; }
pre { margin: .4rem 0 0; padding: .7rem .9rem; background: var(--card); border: 1px solid var(--line); border-radius: 6px; font: .8125rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
.scroll:focus-visible, summary:focus-visible { outline: 2px solid var(--shape); outline-offset: 2px; }
table { width: 100%; border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
th, td { padding: .5rem .9rem; text-align: left; vertical-align: top; font-weight: 400; }
thead th { color: var(--quiet); font-size: .8125rem; white-space: nowrap; }
tbody tr { border-top: 1px solid var(--line); }
td b { font-weight: 600; }
.scroll table { min-width: 52rem; }
.scroll .counts { min-width: 0; }
.number { text-align: right; white-space: nowrap; }
.whole { white-space: nowrap; }
.meaning { color: var(--quiet); min-width: 16rem; }
.counts th[scope=row] { white-space: nowrap; font-weight: 500; }
.swatch { display: inline-block; width: .75rem; height: .75rem; margin-right: .6rem; border-radius: 3px; background: var(--part); }
.outcomes { display: block; margin-bottom: 1.1rem; border-radius: 6px; }
.outcomes rect { fill: var(--part); stroke: var(--page); stroke-width: 1.5; }
.created, .matched, .deleted, .exported, .written { --part: var(--created); }
.updated, .restored { --part: var(--updated); }
.unchanged { --part: var(--unchanged); }
.kept { --part: var(--kept); }
.duplicate { --part: var(--duplicate); }
.conflict, .changed, .different { --part: var(--conflict); }
.invalid, .missing { --part: var(--invalid); }
.failed { --part: var(--failed); }
.expiry { --part: var(--expiry); }
.wrongType, .archived { --part: var(--other); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1.25rem; }
figure { margin: 0; padding: 1.1rem 1.25rem 1.2rem; background: var(--card); border: 1px solid var(--line); border-radius: 8px; min-width: 0; }
figure.wide { grid-column: 1 / -1; }
figcaption, caption { padding-bottom: .8rem; text-align: left; font-size: .9375rem; font-weight: 500; }
figure svg { display: block; overflow: visible; }
.value { fill: var(--shape); }
.track { fill: var(--track); }
.axis { stroke: var(--quiet); }
figure text { fill: var(--quiet); font-size: 12px; }
.bars tbody tr { border: 0; }
.bars th, .bars td { padding: .22rem 0; vertical-align: middle; }
.bars th { white-space: nowrap; color: var(--quiet); padding-right: .9rem; }
.bars .bar { width: 100%; }
.bars .number { padding-left: .9rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
details { margin-top: .6rem; font-size: .875rem; }
details table { width: auto; margin-top: .5rem; }
details th, details td { padding: .2rem 1.5rem .2rem 0; }
summary { color: var(--quiet); cursor: pointer; width: max-content; }
dl { margin: 0; display: grid; gap: .5rem; font-size: .9375rem; }
dl div { display: grid; grid-template-columns: 5rem 1fr; }
dt { color: var(--quiet); }
dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
header + dl { margin: 1.5rem 0 0 1.5rem; }
footer { margin-top: 3.5rem; padding-top: 1rem; border-top: 1px solid var(--line); }
@media print {
  :root { --page: #fff; --card: #fff; --text: #000; --quiet: #444; --line: #bbb; --track: #eee; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  main { max-width: none; padding: 0; }
  figure, tr, header { break-inside: avoid; }
  h2 { break-after: avoid; }
  .scroll { overflow: visible; }
  .scroll table { min-width: 0; }
  details { display: none; }
}
`;

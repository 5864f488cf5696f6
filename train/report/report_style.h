// How the page of a report looks: on a light screen, on a dark one, and on paper.
#pragma once

#include <string_view>

namespace train {

inline constexpr std::string_view kPageCss = R"(:root{color-scheme:light dark;--page:#fff;
--text:#1e2024;--quiet:#565b63;--rule:#d9dce1;--panel:#f6f7f9;--good:#1a7f4b;--bad:#b3261e;
--even:#6b7079;--note:#8a5a00}
@media screen and (prefers-color-scheme:dark){:root{--page:#15171a;--text:#e8e9eb;--quiet:#a9aeb7;
--rule:#363a41;--panel:#1d2025;--good:#4fc98a;--bad:#ff8a80;--even:#9aa0aa;--note:#e8b04a}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.5rem;max-width:68rem;background:var(--page);color:var(--text);
font:16px/1.5 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
h1{font-size:1.7rem;line-height:1.2;margin:.2rem 0 1rem}
h2{font-size:1.35rem;margin:2.4rem 0 .8rem;padding-top:.8rem;border-top:1px solid var(--rule);
overflow-wrap:anywhere}
h3{font-size:1.05rem;margin:1.8rem 0 .3rem}
p{margin:.4rem 0 .8rem;max-width:48rem}
.use{font-weight:600;color:var(--note);border:1px solid currentColor;border-radius:4px;
padding:.35rem .7rem;display:inline-block;margin:0}
.result{border-left:5px solid var(--even);background:var(--panel);padding:.7rem 1rem;margin:.8rem 0}
.result p{margin:.2rem 0}.result .scan{color:var(--quiet);overflow-wrap:anywhere}
.result .main{font-size:1.15rem;font-weight:600}
.better{border-color:var(--good)}.worse{border-color:var(--bad)}
.caution{color:var(--note);font-weight:600}
.note,figcaption{color:var(--quiet);font-size:.9rem}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums;margin:.3rem 0}
th,td{padding:.3rem .7rem;text-align:right;border-bottom:1px solid var(--rule);vertical-align:top}
th{vertical-align:bottom;font-weight:600}
th:first-child,td:first-child{text-align:left;padding-left:0}
tbody th{font-weight:400;vertical-align:top;white-space:nowrap}tr.own th,tr.own td{font-weight:600}
.interval{display:block;color:var(--quiet);font-size:.8rem;font-weight:400;white-space:nowrap}
.facts th,.facts td{text-align:left;vertical-align:top;overflow-wrap:anywhere}
.facts th{color:var(--quiet);white-space:nowrap}
code,pre{font:.82rem/1.45 ui-monospace,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
pre{background:var(--panel);padding:.7rem;white-space:pre-wrap}
figure{margin:1rem 0}
img,svg{display:block;max-width:100%;height:auto}
svg.plot{width:100%;border:1px solid var(--rule)}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(20rem,1fr));gap:1rem}
.pair figure{margin:0}
footer{margin-top:3rem;padding-top:.8rem;border-top:1px solid var(--rule);color:var(--quiet);
font-size:.9rem}
@media print{body{max-width:none;padding:0;font-size:10pt}h2,h3,.note{break-after:avoid}
img{max-height:22cm;width:auto}
figure,table,.result{break-inside:avoid}.wide{overflow:visible}
table{font-size:8pt}th,td{padding:.15rem .4rem}.interval{font-size:7pt}}
)";

}  // namespace train

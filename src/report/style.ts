/** The look of the page: light and dark by the reader's preference, phone first, and paper. */
export const STYLE = `
:root{color-scheme:light dark;--bg:#fbfbfa;--card:#fff;--ink:#1d2125;--soft:#59616b;--line:#d9dce0;--code:#f1f3f5;--link:#0b57b0;
--critical:#a8071a;--critical-bg:#fdecec;--warning:#7a4b00;--warning-bg:#fdf3dc;--info:#0b4f8a;--info-bg:#e6f1fb;--good:#1c6b35}
@media (prefers-color-scheme:dark){:root{--bg:#14171a;--card:#1c2024;--ink:#e6e8ea;--soft:#a4adb6;--line:#353b42;--code:#252a2f;--link:#86b9f5;
--critical:#ffb3b3;--critical-bg:#4a1a1e;--warning:#f5cf80;--warning-bg:#453310;--info:#a9d2fb;--info-bg:#14354f;--good:#86d6a0}}
*{box-sizing:border-box}
html{scroll-padding-top:1rem;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--ink);font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
main,header,footer,nav{max-width:72rem;margin:0 auto;padding:0 1rem}
header{padding-top:2rem}
h1{font-size:1.7rem;line-height:1.2;margin:0 0 .5rem}
h2{font-size:1.35rem;margin:2.75rem 0 .75rem;padding-bottom:.35rem;border-bottom:1px solid var(--line)}
h3{font-size:1.05rem;margin:0}
h4{font-size:.95rem;margin:1.2rem 0 .35rem}
p{margin:.5rem 0}
a{color:var(--link);text-underline-offset:.15em}
:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:2px}
.skip{position:absolute;left:-999rem}
.skip:focus{left:1rem;top:1rem;background:var(--card);padding:.5rem 1rem;z-index:1}
.soft{color:var(--soft)}
.lead{font-size:1.05rem;max-width:46rem}
nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:.4rem .75rem;padding:0;margin:1rem 0}
nav a{display:inline-block;padding:.45rem .8rem;border:1px solid var(--line);border-radius:999px;background:var(--card);text-decoration:none}
.unknown{border-left:4px solid var(--warning);background:var(--warning-bg);padding:.6rem 1rem;border-radius:4px;margin:1rem 0}
.unknown ul{margin:.3rem 0;padding-left:1.2rem}
details.item{background:var(--card);border:1px solid var(--line);border-radius:8px;margin:.6rem 0}
details.item>summary{cursor:pointer;padding:.75rem 1rem;display:grid;grid-template-columns:auto 1fr;gap:.15rem .6rem;align-items:baseline;list-style:none}
details.item>summary::-webkit-details-marker{display:none}
details.item>summary::before{content:"+";font:600 1rem/1 ui-monospace,monospace;color:var(--soft);width:.8rem}
details.item[open]>summary::before{content:"\\2212"}
details.item>summary>.head{display:flex;flex-wrap:wrap;gap:.3rem .6rem;align-items:baseline;min-width:0}
details.item>summary>.says{grid-column:2;color:var(--soft);overflow-wrap:anywhere}
details.item>.body{padding:0 1rem 1rem;border-top:1px solid var(--line)}
h3,code{overflow-wrap:anywhere}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.86em}
:not(pre)>code{background:var(--code);border-radius:4px;padding:.1em .3em}
pre{background:var(--code);border-radius:6px;padding:.75rem;overflow-x:auto;line-height:1.45;margin:.5rem 0}
.badge{display:inline-block;font-size:.78rem;font-weight:600;padding:.05rem .5rem;border-radius:999px;white-space:nowrap;border:1px solid currentColor}
.critical{color:var(--critical);background:var(--critical-bg)}
.warning{color:var(--warning);background:var(--warning-bg)}
.info{color:var(--info);background:var(--info-bg)}
.plain{color:var(--soft)}
.good{color:var(--good)}
dl.facts{display:grid;grid-template-columns:minmax(7rem,max-content) 1fr;gap:.3rem 1rem;margin:.75rem 0}
dl.facts dt{color:var(--soft)}
dl.facts dd{margin:0;min-width:0;overflow-wrap:anywhere}
ul.plainlist{margin:.3rem 0;padding-left:1.2rem}
table{border-collapse:collapse;width:100%;margin:.5rem 0;font-size:.93rem}
caption{text-align:left;color:var(--soft);padding:.25rem 0}
th,td{text-align:left;vertical-align:top;padding:.4rem .6rem .4rem 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
th{font-weight:600;color:var(--soft);overflow-wrap:normal}
td.figure,th.figure{font-variant-numeric:tabular-nums;white-space:nowrap}
.setting{border-top:1px solid var(--line);padding:.6rem 0}
.setting p{margin:.2rem 0}
figure{margin:1rem 0}
figure img{display:block;width:100%;height:auto;border:1px solid var(--line);border-radius:6px;background:#fff}
figcaption{color:var(--soft);font-size:.9rem;margin-top:.3rem}
footer{padding:2rem 1rem 3rem;color:var(--soft);font-size:.9rem}
@media (max-width:40rem){
h1{font-size:1.4rem}
dl.facts{grid-template-columns:1fr;gap:0}
dl.facts dd{margin-bottom:.5rem}
table.stack,table.stack tbody,table.stack tr,table.stack td,table.stack th[scope=row]{display:block;width:100%}
table.stack thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
table.stack caption{display:block}
table.stack a{overflow-wrap:anywhere}
table.stack tr{border-bottom:1px solid var(--line);padding:.5rem 0}
table.stack td,table.stack th[scope=row]{border:0;padding:.1rem 0;color:var(--ink);white-space:normal}
table.stack td[data-label]::before{content:attr(data-label) ": ";color:var(--soft)}
table.stack td:empty{display:none}
figure.wide{overflow-x:auto}
figure.wide img{min-width:44rem}
}
@media print{
:root{--bg:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;--code:#f4f4f4;--link:#000;--critical:#8a0615;--critical-bg:#fff;--warning:#6b4200;
--warning-bg:#fff;--info:#0b4f8a;--info-bg:#fff;--good:#14502a;color-scheme:light}
@page{size:A4;margin:16mm 14mm}
html{font-size:9.5pt}
body{line-height:1.4}
details.panel>.body{display:none}
main,header,footer{max-width:none;padding-left:0;padding-right:0}
nav,.skip{display:none}
h2{break-after:avoid;margin-top:1.5rem}
h2.chapter{break-before:page}
h3,h4,summary,caption{break-after:avoid}
pre{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid var(--line)}
details.item{border-radius:0;border-width:1px 0 0;margin:.4rem 0}
details.item>summary{padding:.4rem 0}
details.item>summary::before,details.item[open]>summary::before{content:"";width:0}
details.item>.body{padding:0 0 .5rem;border:0}
details::details-content{content-visibility:visible;display:block;height:auto}
tr,dl.facts dd,.setting{break-inside:avoid}
th,td{padding-top:.2rem;padding-bottom:.2rem}
thead{display:table-header-group}
a{text-decoration:none}
}
`;

/** Opens what a link leads to, and everything for paper. The page can be read without it. */
export const SCRIPT = `(()=>{
const reveal=()=>{const at=document.getElementById(decodeURIComponent(location.hash.slice(1)));const box=at&&at.closest('details');if(box){box.open=true;at.scrollIntoView()}};
addEventListener('hashchange',reveal);reveal();
let opened=[];
addEventListener('beforeprint',()=>{opened=[...document.querySelectorAll('details:not([open])')];for(const box of opened)box.open=true});
addEventListener('afterprint',()=>{for(const box of opened)box.open=false;opened=[]});
})();`;

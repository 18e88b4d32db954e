// Figures and files are packed, so that the page stays small enough for Snakemake's report, which shows pages of up to 2 MB.
const unpack = (packed) => {
  const bytes = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
};
// In the dark a figure's ink is light and its paper dark; what lies on the cells of a map keeps its colour (style.py).
const DARK = `<style>@media (prefers-color-scheme: dark) {
  svg { fill: #e7e6e3 } [style*="fill: #ffffff"] { fill: #1d2024 !important } [style*="stroke: #ffffff"] { stroke: #1d2024 !important }
  [style*="stroke: #000000"] { stroke: #e7e6e3 !important } [style*="fill: #000000"] { fill: #e7e6e3 !important }
  [style*="stroke: #e5e5e5"], [style*="stroke: #d9d9d9"] { stroke: #3a3f46 !important } [style*="stroke: #0072b2"] { stroke: #4aa3df !important } [style*="fill: #0072b2"] { fill: #4aa3df !important } [style*="fill: #767676"] { fill: #a3a8af !important }
}</style>`;
async function draw(image) {
  if (image.src) return;
  const svg = await unpack(image.dataset.svgz);
  image.src = "data:image/svg+xml," + encodeURIComponent(svg.replace("</svg>", DARK + "</svg>"));
}
for (const fold of document.querySelectorAll("details")) {
  fold.addEventListener("toggle", () => { for (const image of fold.querySelectorAll("img[data-svgz]")) if (fold.open) draw(image); });
}

// Where a number comes from: shown to a mouse as a tooltip, and on a click (on a phone there is no tooltip) at the foot.
const files = JSON.parse(document.getElementById("files").textContent);
function source(number) {
  const [file, ...where] = number.dataset.source.split(":");
  const path = files[file];
  return where.length === 2 ? `${path}, line ${where[0]}, ${where[1].replace(/^-(.*)/, "$1 times −1")}` : `${path}, ${where[0]}`;
}
document.addEventListener("mouseover", (event) => {
  const number = event.target.closest("span[data-source]");
  if (number) number.title = source(number);
});
const bar = document.getElementById("source");
document.addEventListener("click", async (event) => {
  for (const shown of document.querySelectorAll(".shown")) shown.classList.remove("shown");
  const number = event.target.closest("span[data-source]");
  bar.hidePopover();
  if (number) {
    number.classList.add("shown");
    bar.textContent = source(number);
    bar.showPopover();
  }
  const copied = event.target.closest("[data-copy]");
  if (copied) navigator.clipboard.writeText(document.getElementById(copied.dataset.copy).textContent).then(() => { copied.textContent = "copied"; });
  const kept = event.target.closest("[data-keep]");
  if (kept) {
    const packed = kept.dataset.packed ?? document.querySelector(`#${kept.dataset.figure} img`).dataset.svgz;
    const file = new Blob([await unpack(packed)]);
    Object.assign(document.createElement("a"), { download: kept.dataset.keep, href: URL.createObjectURL(file) }).click();
  }
});

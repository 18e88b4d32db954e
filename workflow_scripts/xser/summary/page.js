// Figures are packed, so that the page stays small enough for Snakemake's report, which shows pages of up to 2 MB.
for (const image of document.querySelectorAll("img[data-svgz]")) {
  const bytes = Uint8Array.from(atob(image.dataset.svgz), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  new Response(stream).text().then((svg) => { image.src = "data:image/svg+xml," + encodeURIComponent(svg); });
}

// Where a number comes from: shown to a mouse as a tooltip, and on a click (on a phone there is no tooltip) at the foot.
function source(number) {
  const [path, ...where] = number.dataset.source.split(":");
  return where.length === 2 ? `${path}, line ${where[0]}, ${where[1]}` : `${path}, ${where[0]}`;
}
document.addEventListener("mouseover", (event) => {
  const number = event.target.closest("span[data-source]");
  if (number) number.title = source(number);
});
const bar = document.getElementById("source");
document.addEventListener("click", (event) => {
  for (const shown of document.querySelectorAll(".shown")) shown.classList.remove("shown");
  const number = event.target.closest("span[data-source]");
  bar.hidden = !number;
  if (number) {
    number.classList.add("shown");
    bar.textContent = source(number);
  }
});

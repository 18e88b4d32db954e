// A click on a number shows the file, line and column that it comes from; on a phone there is no tooltip.
const bar = document.getElementById("source");
document.addEventListener("click", (event) => {
  for (const shown of document.querySelectorAll(".shown")) shown.classList.remove("shown");
  const number = event.target.closest("span[data-source]");
  bar.hidden = !number;
  if (number) {
    number.classList.add("shown");
    bar.textContent = number.title;
  }
});

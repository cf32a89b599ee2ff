// A filter shows at once that it was pressed; a list that takes longer to come gives way to a skeleton of its height.

const PATIENCE = 300;
const waiting = new Map(); // what is replaced, by the request that will do it

function choose(chip) {
  const before = chip.parentElement.querySelector(".chip[aria-current]:not(#chip-narrowed)");
  before?.removeAttribute("aria-current");
  chip.setAttribute("aria-current", "true");
  return () => {
    chip.removeAttribute("aria-current");
    before?.setAttribute("aria-current", "true");
  };
}

document.addEventListener("htmx:beforeRequest", ({ detail: { elt, target, xhr } }) => {
  if (!target?.matches("#results, #feed-results") || elt.matches("#feed-results *:not(.sorts)")) return;
  const giveBack = elt.matches(".chip") ? choose(elt) : () => {};
  const timer = setTimeout(() => target.classList.add("is-waiting"), PATIENCE);
  waiting.set(xhr, { giveBack, timer, target });
});

document.addEventListener("htmx:afterRequest", ({ detail: { xhr, successful } }) => {
  const one = waiting.get(xhr);
  if (!one) return;
  waiting.delete(xhr);
  clearTimeout(one.timer);
  one.target.classList.remove("is-waiting");
  if (!successful) one.giveBack();
});

// A row of chips that is wider than its place begins with the chosen one in sight.
function showChosen() {
  for (const row of document.querySelectorAll(".chips")) {
    const chip = row.querySelector(".chip[aria-current]");
    if (!chip || row.scrollWidth <= row.clientWidth) continue;
    const [outer, inner] = [row.getBoundingClientRect(), chip.getBoundingClientRect()];
    row.scrollLeft += inner.left + inner.width / 2 - outer.left - outer.width / 2;
  }
}

showChosen();
document.addEventListener("htmx:afterSettle", showChosen);

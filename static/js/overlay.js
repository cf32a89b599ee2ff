// Popovers made of <details class="pop">: Esc and a click elsewhere close them, focus returns, they stay on screen.

const open = () => document.querySelectorAll("details.pop[open]");

function close(pop, { refocus = false } = {}) {
  pop.open = false;
  if (refocus) pop.querySelector("summary").focus();
}

document.addEventListener("click", (event) => {
  for (const pop of open()) if (!pop.contains(event.target)) close(pop);
});

document.addEventListener(
  "keydown",
  (event) => {
    const [pop] = open();
    if (event.key !== "Escape" || !pop) return;
    event.preventDefault();
    close(pop, { refocus: true });
  },
  true,
);

// A panel near the bottom opens upwards where it has room there: a scrolling column, or on a phone the bar below,
// would cut it off. Where it has room on neither side, its column is moved until it can be seen.
function place(pop) {
  const panel = pop.querySelector(".pop__panel");
  panel.classList.remove("pop__panel--up");
  const scroller = pop.closest(".scroll, .feed__scroll, .contact__aside");
  const column = scroller?.getBoundingClientRect() ?? { top: 0, bottom: Infinity };
  const bar = document.querySelector(".tabs-bottom")?.getBoundingClientRect();
  const bottom = Math.min(column.bottom, bar?.height ? bar.top : window.innerHeight) - 8;
  const box = panel.getBoundingClientRect();
  if (box.bottom <= bottom) return;
  const hasRoomAbove = pop.getBoundingClientRect().top - box.height - 16 > Math.max(column.top, 0);
  if (hasRoomAbove) panel.classList.add("pop__panel--up");
  else scroller?.scrollBy(0, box.bottom - bottom);
}

document.addEventListener("toggle", ({ target }) => { if (target.matches?.("details.pop[open]")) place(target); }, true);
// What a panel asked for when it was opened is taller than the line that stood in for it.
document.addEventListener("htmx:afterSettle", () => open().forEach(place));

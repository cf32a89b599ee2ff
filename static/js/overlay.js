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

// A panel near the bottom opens upwards: a scrolling column, or on a phone the bar below, would cut it off.
function place(pop) {
  const panel = pop.querySelector(".pop__panel");
  const column = pop.closest(".scroll, .feed__scroll, .contact__aside")?.getBoundingClientRect();
  const bar = document.querySelector(".tabs-bottom")?.getBoundingClientRect();
  const below = bar && bar.top > window.innerHeight / 2 ? bar.top : window.innerHeight;
  panel.classList.remove("pop__panel--up");
  panel.classList.toggle("pop__panel--up", panel.getBoundingClientRect().bottom > Math.min(column?.bottom ?? Infinity, below) - 8);
}

document.addEventListener("toggle", ({ target }) => { if (target.matches?.("details.pop[open]")) place(target); }, true);
// What a panel asked for when it was opened is taller than the line that stood in for it.
document.addEventListener("htmx:afterSettle", () => open().forEach(place));

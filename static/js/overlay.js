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

// A panel near the bottom opens upwards: a scrolling column would cut it off.
document.addEventListener(
  "toggle",
  (event) => {
    if (!event.target.matches?.("details.pop[open]")) return;
    const panel = event.target.querySelector(".pop__panel");
    const column = event.target.closest(".scroll, .feed__scroll, .contact__aside")?.getBoundingClientRect();
    const bottom = Math.min(column?.bottom ?? Infinity, window.innerHeight);
    panel.classList.toggle("pop__panel--up", panel.getBoundingClientRect().bottom > bottom - 8);
  },
  true,
);

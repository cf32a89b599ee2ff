// A run that is being watched: asks seldom while nobody looks, and tells readers of progress every 10 s at most.

const HIDDEN_EVERY = 15000;
const SAY_EVERY = 10000;
let asked = 0;
let said = 0;

const live = () => document.getElementById("run-live");

// The page asks once a second; in a hidden tab all but one in fifteen of those questions stay unasked.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.elt.id === "run-trail" && document.hidden) event.preventDefault();
  if (event.detail.elt.id !== "run-live") return;
  const now = performance.now();
  if (document.hidden && now - asked < HIDDEN_EVERY) event.preventDefault();
  else asked = now;
});

// Somebody without access is told by notices.js, and nothing is followed any more.
document.addEventListener("htmx:responseError", ({ detail: { elt, xhr } }) => {
  if (elt.id === "run-live" && (xhr.status === 403 || xhr.status === 404)) document.querySelector(".run-live")?.remove();
});

document.addEventListener("visibilitychange", () => {
  const run = live();
  if (!document.hidden && run?.hasAttribute("data-live")) window.htmx?.trigger(run, "wake");
});

document.addEventListener("htmx:afterSettle", () => {
  const run = live();
  const announcer = document.getElementById("announcer");
  const now = performance.now();
  const hasEnded = !run?.hasAttribute("data-live");
  if (!run || !announcer || (now - said < SAY_EVERY && !hasEnded)) return;
  if (announcer.textContent === run.dataset.say) return;
  said = now;
  announcer.textContent = run.dataset.say;
});

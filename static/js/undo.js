// The tick shows before the server answers; the undo ring drains and rests while somebody is on it.

const CIRCLE = 34.55;
const HOLD_EVERY = 3000;
const LONGEST_HOLD = 30000; // the server refuses to wait longer, so the page does not promise it

// Within the frame of the click, long before the answer: a tick, a reopening, an undo.
document.addEventListener("submit", (event) => show(event.target), true);

// The same again takes it back; notices.js says why.
for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => show(event.detail.elt));
}

function show(form) {
  if (!form.matches?.("form")) return;
  const tick = form.querySelector("[data-tick]");
  if (form.matches("[data-takes-back]")) form.closest(".task, .pending").classList.toggle("is-undone");
  if (!tick) return;
  const on = tick.getAttribute("aria-pressed") !== "true";
  tick.classList.toggle("is-ticked", on);
  tick.setAttribute("aria-pressed", String(on));
}

class Countdown {
  constructor(button) {
    this.button = button;
    this.full = Number(button.dataset.undo);
    this.until = performance.now() + this.full * 1000;
    this.born = performance.now();
    this.held = false;
    this.lastHold = 0;
    for (const name of ["mouseenter", "focus"]) button.addEventListener(name, () => this.hold());
    for (const name of ["mouseleave", "blur"]) button.addEventListener(name, () => { this.held = false; });
    requestAnimationFrame((now) => this.draw(now));
  }

  hold() {
    this.held = true;
  }

  leave() {
    this.held = false;
    this.until = 0;
  }

  keepHeld(now) {
    if (!this.held || now - this.born > LONGEST_HOLD) return;
    this.until = Math.max(this.until, now + 5000);
    if (now - this.lastHold < HOLD_EVERY) return;
    this.lastHold = now;
    window.htmx?.ajax("POST", this.button.dataset.hold, { source: this.button, swap: "none" });
  }

  // It is being sent, so there is nothing left to press; the row asks the server how it goes on.
  end() {
    const form = this.button.closest("form");
    if (form.contains(document.activeElement)) this.button.closest(".pending, [data-row]").querySelector(".pending__state, .tick").focus({ preventScroll: true });
    form.hidden = true;
  }

  draw(now) {
    if (!this.button.isConnected) return;
    this.keepHeld(now);
    const left = Math.max(0, (this.until - now) / 1000);
    const ring = this.button.querySelector("circle:last-child");
    // An SVG attribute, not a style: the content security policy refuses styles that htmx copies along.
    ring?.setAttribute("stroke-dashoffset", String(CIRCLE * (1 - Math.min(1, left / this.full))));
    const words = this.button.closest(".task, .pending")?.querySelector(".undo__words");
    const text = left > 0 ? `Sends in ${Math.ceil(left)} s` : "Sending";
    if (words && words.textContent !== text) words.textContent = text;
    if (left === 0) return this.end();
    requestAnimationFrame((next) => this.draw(next));
  }
}

const countdowns = new WeakMap();
function start(root) {
  for (const button of root.querySelectorAll?.("[data-undo]") ?? []) {
    if (!countdowns.has(button)) countdowns.set(button, new Countdown(button));
  }
}

// Held too late: it has left.
document.addEventListener("htmx:afterRequest", ({ detail: { elt, xhr } }) => {
  if (xhr?.getResponseHeader("X-Held") === "no") countdowns.get(elt)?.leave();
});
document.addEventListener("htmx:load", (event) => start(event.detail.elt.parentElement ?? document));
start(document);

// A row that was swapped keeps the focus: on its undo while there is one, otherwise on its tick. One that has left its
// list hands it on: to the same that was asked for again, else to the row in its place. settle.js does so for a feed.
// Remembered from where the person was, because the swap itself leaves the focus nowhere for a moment.
let home = { id: "", heir: "", place: 0 };
const rows = () => [...document.querySelectorAll("[data-keys=rows] [data-row]")];
const named = (id) => id && document.getElementById(id);
for (const name of ["focusin", "pointerdown"]) {
  document.addEventListener(name, ({ target }) => {
    const row = target.closest("[data-row]");
    const heir = row?.querySelector("[id^=pending-]")?.id.replace("pending-", "write-");
    home = { id: row?.id ?? "", heir: heir ?? "", place: rows().indexOf(row) };
  });
}

function heir() {
  if (document.getElementById("feed-results")) return null;
  const left = rows();
  const next = named(home.heir) ?? left[Math.min(home.place, left.length - 1)] ?? document.querySelector("[data-keys=rows]");
  next?.setAttribute("tabindex", "-1");
  return next;
}

document.addEventListener("htmx:afterSettle", () => {
  if (!home.id || document.activeElement !== document.body) return;
  const row = named(home.id) ?? heir();
  (row?.querySelector("[data-undo], [data-tick], .tick") ?? row)?.focus({ preventScroll: true });
});

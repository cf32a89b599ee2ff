// A contact's page follows what happens elsewhere: asks cheaply, changes what is shown in place, never under a hand.

import { isRefused } from "./notices.js";
import { patch } from "./patch.js";
import { ask as fetchPart } from "./session.js";
import { MISPLACED as SETTLED_ELSEWHERE } from "./settle.js";

const VISIBLE_EVERY = 1200;
const WAITING_EVERY = 500; // while this contact is being read again, somebody waits for it
const HIDDEN_EVERY = 15000;
const SHORT_OF_TOP = 8;
const SIDES = ["refresh", "refresh-notice", "named", "profile", "side", "feed-chips", "changes-count", "changes-count-short", "conflicts-count"];
// Rows that are going through something of their own: undo.js and settle.js see them to the end.
const BUSY = '.task[hx-trigger], .htmx-request, :has(.task[hx-trigger]), :has(.htmx-request), :has(.pop[open]), :has([data-kept]), [data-look="confirmed"]';
// What was just added keeps the focus until settle.js can hand it on to the row of the record.
const COMING = "[id^=write-]:focus-within:has(.pending[hx-trigger])";
const MISPLACED = `${SETTLED_ELSEWHERE}, .task[hx-trigger], form[data-kept], #feed-results .htmx-request, ${COMING}`;
const canHover = matchMedia("(hover: hover)");

const page = document.getElementById("live");
let asked = 0;
let held = null; // a drawing of the feed that waits until nobody is in its way
let drawings = 0; // how often htmx has drawn into the page: an answer from before that is out of date

const part = (id) => document.getElementById(id);
const scroller = () => document.querySelector(".feed__scroll");
const pill = () => part("new-pill");

function isDue(now) {
  if (document.hidden) return now - asked >= HIDDEN_EVERY;
  return now - asked >= (part("refresh")?.hasAttribute("data-under-way") ? WAITING_EVERY : VISIBLE_EVERY);
}

async function ask() {
  const [query, before] = [location.search, drawings];
  const shown = [".entry[id^=entry-]", "#agenda-coming > [data-row]", ".pinned", "#agenda-late > [data-row]", "#agenda-off > [data-row]"].map((rows) => document.querySelectorAll(`#feed-results ${rows}`).length);
  const headers = { "X-Seen": page.dataset.version, "X-Shown": shown.join(" ") };
  const answer = await fetchPart(page.dataset.address + query, headers);
  if (!answer || await isRefused(answer)) return false;
  const version = answer.headers.get("X-Version");
  if (!version) return true;
  const drawn = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (query === location.search && before === drawings) {
    show(drawn);
    document.title = drawn.title || document.title;
    page.dataset.version = version;
  }
  return true;
}

function show(drawn) {
  const isHere = (id) => part(id) && drawn.getElementById(id);
  const sides = SIDES.filter((id) => isHere(id) && !part(id).matches(".htmx-request, [data-editing], :has([data-editing])"));
  anchored(() => { for (const id of sides) patch(part(id), drawn.getElementById(id)); });
  if (!isHere("feed-results")) return;
  held = drawn.getElementById("feed-results");
  if (mayMove()) settleHeld();
  else holdBack();
}

// Somebody reads further down, points at the feed, marks text or has something open there.
function mayMove() {
  const results = part("feed-results");
  if (results.querySelector(MISPLACED) || String(getSelection()) || results.querySelector(".pop[open]")) return false;
  if (canHover.matches && results.matches(":hover")) return false;
  return scroller().scrollTop <= SHORT_OF_TOP || countNew() === 0;
}

function countNew() {
  const rowsOf = (root) => [...root.querySelectorAll("[data-row][id]")];
  const fresh = held ? rowsOf(held) : [];
  const ids = new Set(fresh.map((row) => row.id));
  // A task that was ticked here moves to the past as another row, which is no news to whoever ticked it.
  const moving = rowsOf(part("feed-results")).filter((row) => row.matches(MISPLACED) && !ids.has(row.id));
  // What a drawing has further down than the page is no news: it reads on in whole pages.
  const above = fresh.slice(0, fresh.findLastIndex((row) => part(row.id)) + 1);
  return Math.max(0, above.filter((row) => !part(row.id)).length - moving.length);
}

function settleHeld() {
  if (!held) return;
  const fresh = held;
  held = null;
  pill().hidden = true;
  anchored(() => patch(part("feed-results"), fresh, (element) => element.matches("[data-row]") && element.matches(BUSY)));
}

// What is already there changes where it stands; what is new waits behind the pill.
function holdBack() {
  anchored(() => {
    for (const row of held.querySelectorAll("[data-row][id]")) {
      const shown = part(row.id);
      if (shown && shown.localName === row.localName && !shown.matches(BUSY)) patch(shown, row);
    }
  });
  const count = countNew();
  const words = `${count} new`;
  const button = pill();
  if (count && (button.hidden || button.lastElementChild.textContent !== words)) part("announcer").textContent = `${words} at the top of the timeline`;
  button.lastElementChild.textContent = words;
  button.hidden = count === 0;
}

// The row under the pointer, else the first one in view, stays where it is on the screen.
function anchored(change) {
  const frame = scroller();
  const top = frame.getBoundingClientRect().top;
  const rows = [...frame.querySelectorAll("[data-row]")];
  const atTop = frame.scrollTop <= SHORT_OF_TOP && !frame.matches(":hover");
  const row = atTop ? null : rows.find((one) => one.matches(":hover")) ?? rows.find((one) => one.getBoundingClientRect().bottom > top);
  const before = row?.getBoundingClientRect().top;
  change();
  const after = row && document.getElementById(row.id)?.getBoundingClientRect().top;
  if (after !== undefined && after !== before) frame.scrollTop += after - before;
}

function press() {
  settleHeld();
  scroller().scrollTop = 0;
  scroller().focus({ preventScroll: true });
}

async function tick() {
  const now = performance.now();
  if (held && mayMove()) settleHeld();
  let goesOn = true;
  if (isDue(now)) {
    asked = now;
    goesOn = await ask().catch(() => true); // a lost network comes back
  }
  if (goesOn) setTimeout(tick, 150);
}

if (page) {
  document.addEventListener("htmx:afterSwap", (event) => {
    drawings += 1;
    // A drawing from before would lay an old state over the new one: the page asks for another.
    if (held) page.dataset.version = "";
    held = null;
    if (event.detail.target.id === "feed-results") pill().hidden = true;
  });
  document.addEventListener("write-changed", () => { asked = 0; });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) asked = 0; });
  pill().addEventListener("click", press);
  tick();
}

// A task that is done leaves the agenda, a reopened one the past: later, and never under somebody's hands.

const REST = 4000;
const LOOK_EVERY = 1000;
// What is on its way, waits or has failed stays where it is.
const UNSETTLED = ["ticked", "reopening", "sending", "held", "failed"].map((look) => `[data-look="${look}"]`).join(", ");
export const MISPLACED = `.agenda .task[data-look="confirmed"], .day .task:not(${UNSETTLED}), .raised .task:not(${UNSETTLED}), [data-row]:has(> .pending--confirmed, > .pending--over, .note > .pending--confirmed, .note > .pending--over)`;
const MOVING = ".task[hx-trigger]"; // a wish under way asks the server for news
const canHover = matchMedia("(hover: hover)");
let stillSince = performance.now();

document.addEventListener("htmx:afterSettle", () => { stillSince = performance.now(); });

// Somebody points at the feed, stands in the row with the keyboard, marks text, or has scrolled past the row.
function isInUse(results, row) {
  const scroller = results.closest(".feed__scroll");
  // What was just added offers nothing before it is a row like the others, which takes its place.
  const isNew = row.matches("[id^=write-]");
  return (!isNew && canHover.matches && results.matches(":hover"))
    || (!isNew && Boolean(row.querySelector(":focus-visible") || row.matches(":focus-visible")))
    || Boolean(String(getSelection()))
    || row.getBoundingClientRect().top < scroller.getBoundingClientRect().top;
}

async function settle() {
  const results = document.getElementById("feed-results");
  const row = results?.querySelector(MISPLACED);
  if (!row || results.querySelector("form[data-kept]") || results.querySelector(MOVING) || performance.now() - stillSince < REST || isInUse(results, row)) return;
  const hadFocus = results.contains(document.activeElement);
  const made = row.contains(document.activeElement) ? row.querySelector("[data-made]")?.dataset.made : "";
  await window.htmx.ajax("GET", location.pathname + location.search, { target: results, swap: "outerHTML" });
  // Focus that was inside would fall to the page's top: the keys go on from the row of what was added, or from the feed.
  if (!hadFocus || document.activeElement !== document.body) return;
  const its = made ? document.querySelector(`[data-source="${made}"]`) : null;
  its?.setAttribute("tabindex", "-1");
  (its ?? document.querySelector(".feed__scroll")).focus({ preventScroll: true });
}

if (document.getElementById("feed-results")) setInterval(settle, LOOK_EVERY);

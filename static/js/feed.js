// Lists: come back as they were left, lead to their contacts, keep relative times honest while a page stays open.

const LIST = "contacts-address";
const PLACE = "place:";
const RETURNING = "returning"; // set by the breadcrumb, which is a way back like the browser's own
// How many rows each list shows, which the address says once they are more than usual.
const DEPTHS = [
  ["rows", "#results [data-row], #feed-results .entry, .past > [data-row], #changes .unsent > [data-row], #log [id^=run-][data-row]", 50],
  ["coming", "#agenda-coming > [data-row]", 7],
  ["pins", "#pins > .pinned", 2],
  ["overdue", "#agenda-late > [data-row]", 5],
  ["cancelled", "#agenda-off > [data-row]", 5],
  ["people", ".members__list > [data-row]", 25],
  ["open", ".conflicts__open > [data-row]", 25],
  ["settled", ".settled[data-row]", 25],
  ["writes", "#log [id^=write-][data-row]", 3],
  ["records", "#log [id^=record-][data-row]", 5],
  ["failures", ".failures tr[id]", 50],
  ["items", ".brought > [data-row]", 50],
  ["templates", ".compose-page .preview", 20],
];

const address = () => location.pathname + location.search;
const scroller = () => document.querySelector("[data-keys=rows]");
const isList = Boolean(document.getElementById("filters"));
let opened = "";

// The list's address with its filters, for the breadcrumb of the contacts opened from it.
function remember() {
  if (isList) sessionStorage.setItem(LIST, address());
}

function keepDepth() {
  if (!scroller()) return;
  const shown = new URL(location.href);
  for (const [name, rows, usual] of DEPTHS) {
    const count = document.querySelectorAll(rows).length;
    if (count > usual) shown.searchParams.set(name, count);
    else shown.searchParams.delete(name);
  }
  if (shown.href !== location.href) history.replaceState(history.state, "", shown);
  remember();
}

function keepPlace() {
  if (scroller()) sessionStorage.setItem(PLACE + address(), JSON.stringify({ top: scroller().scrollTop, opened }));
}

function comeBack() {
  const isBack = performance.getEntriesByType("navigation")[0]?.type !== "navigate" || sessionStorage.getItem(RETURNING);
  sessionStorage.removeItem(RETURNING);
  const place = isBack && scroller() && JSON.parse(sessionStorage.getItem(PLACE + address()));
  if (!place) return;
  const row = document.getElementById(place.opened);
  (row?.querySelector("a[href]") ?? row)?.focus({ preventScroll: true });
  scroller().scrollTop = place.top;
}

remember();
comeBack();
document.addEventListener("htmx:replacedInHistory", remember);
document.addEventListener("htmx:afterSettle", keepDepth);
document.addEventListener("click", (event) => { opened = event.target.closest("[data-row], tr[id]")?.id ?? opened; }, true);
window.addEventListener("pagehide", keepPlace);

const back = document.querySelector("[data-back]");
const listed = sessionStorage.getItem(LIST);
if (back && listed?.startsWith(back.pathname)) back.href = listed;
back?.addEventListener("click", () => sessionStorage.setItem(RETURNING, "1"));

// A row leads to its contact wherever it is pressed, unless somebody is selecting text in it.
document.addEventListener("click", (event) => {
  const link = event.target.closest("tr[data-row]")?.querySelector("a");
  if (!link || event.target.closest("a, button, input, summary") || String(getSelection())) return;
  if (event.metaKey || event.ctrlKey) window.open(link.href);
  else link.click();
});

function words(seconds) {
  if (seconds < 60) return "just now";
  return seconds < 3600 ? `${Math.floor(seconds / 60)} min ago` : `${Math.floor(seconds / 3600)} h ago`;
}

// Only times that said "just now", "min ago" or "h ago" move on; days are left to the next visit.
setInterval(() => {
  for (const time of document.querySelectorAll("time[datetime]")) {
    if (!/^(just now|\d+ (min|h) ago)$/.test(time.textContent)) continue;
    const seconds = (Date.now() - Date.parse(time.dateTime)) / 1000;
    if (seconds < 86400) time.textContent = words(seconds);
  }
}, 30000);

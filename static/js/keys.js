// Keyboard: one table of keys makes both the handlers and the sheet that lists them.

import { toast } from "./notices.js";
import { pick, reach } from "./pick.js";

// A task that was acted upon in a row of the list is no row of its own.
const rows = () => [...document.querySelectorAll("[data-row]:not(tr [data-row])")].filter((row) => row.checkVisibility());
// What stands between two rows and holds more of them.
const FOLDS = ".agenda__more, .agenda__off:not([open]) > summary, .sentinel__early";
// What Enter opens of a row: the first of these that it has.
const OPENERS = [".fold > summary", ".change-fold > summary", ".task__why > summary", ".source > summary", ".member__name", ".past__text a", ".brought__words"];
// What was just added has no record to edit yet: E waits for its row and edits nothing else meanwhile.
const COMING = "[id^=write-]";
const focusable = "a[href], button, summary, [tabindex]";

const KEYS = [
  { keys: ["J"], words: "Next row", run: () => step(1) },
  { keys: ["K"], words: "Previous row", run: () => step(-1) },
  { keys: ["Enter"], shown: "↵", words: "Open the row", run: open },
  { keys: ["X"], words: "Select the row, with Shift all between", run: (event) => pick(current(), event.shiftKey) },
  { keys: ["Space"], words: "Complete or reopen the task", run: tick },
  { keys: ["L"], words: "Edit the tags, or change the selected rows", run: () => reach() || act("tags") },
  { keys: ["C"], words: "New contact", run: () => act("new") },
  { keys: ["Z"], words: "Undo the latest", run: () => press([...document.querySelectorAll("[data-undo]:not([hidden] *), [data-take-back]")].at(-1)) },
  { keys: ["N"], words: "New note", run: () => press(document.querySelector("[data-compose=note]")) },
  { keys: ["T"], words: "New task, or their value in a conflict", run: () => pressKey("T") || press(document.querySelector("[data-compose=task]")) },
  { keys: ["M"], words: "Book a meeting, or your value in a conflict", run: () => pressKey("M") || press(document.querySelector("[data-compose=meeting]")) },
  { keys: ["E"], words: "Edit the row, or else the contact", run: () => pressKey("E") || press(current()?.querySelector("[data-edit]")) || (!current()?.matches(COMING) && act("edit")) },
  { keys: ["S"], words: "Snooze the task", run: () => press(current()?.querySelector("[data-snooze]")) || lacks("No task to snooze in this row.") },
  { keys: ["/"], words: "Search this page", run: search },
  { keys: ["?"], words: "Show these keys", run: showSheet },
  { keys: ["Escape"], shown: "Esc", words: "Close, or clear search and filters", run: clear },
];

function press(element) {
  element?.click();
  return Boolean(element);
}

// What a page offers under a name, where it is in view: a phone shows it in another tab.
function act(name) {
  return press([...document.querySelectorAll(`[data-key="${name}"]`)].find((one) => one.checkVisibility()));
}

function current() {
  return document.activeElement?.closest("tr[data-row]") ?? document.activeElement?.closest("[data-row]");
}

function step(by) {
  const all = rows();
  const place = all.indexOf(current());
  const next = place < 0 ? all[by > 0 ? 0 : all.length - 1] : all[place + by];
  const fold = by > 0 && place >= 0 && foldBetween(all[place], next);
  if (fold) return unfold(fold, all[place]);
  if (next) enter(next);
  return Boolean(next);
}

function foldBetween(row, next) {
  const follows = (one, other) => one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING;
  return [...document.querySelectorAll(FOLDS)].find((fold) => follows(row, fold) && (!next || follows(fold, next)));
}

// Goes on once the rows have come; a second J meanwhile waits for the same ones.
function unfold(fold, row) {
  if (fold.matches("summary")) {
    fold.click();
    return step(1);
  }
  if (fold.classList.contains("is-opening")) return true;
  fold.classList.add("is-opening");
  document.addEventListener("htmx:afterSettle", () => { if (current() === row) step(1); }, { once: true });
  window.htmx.trigger(fold, fold.matches(".sentinel__early") ? "intersect" : "click");
  return true;
}

// A row of the list is entered by its link, every other one as a whole: Enter must not press what completes a task.
function enter(row) {
  const target = row.querySelector(":scope > th a[href]") ?? row;
  if (target === row) row.setAttribute("tabindex", "-1");
  target.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function open() {
  const row = current();
  if (!row || (document.activeElement !== row && !document.activeElement.matches("[data-tick]"))) return false;
  press(OPENERS.map((opener) => row.querySelector(opener)).find(Boolean));
  return true;
}

// In the field or anywhere else; what is typed and not asked for yet is only emptied.
function clear(field) {
  const link = document.querySelector("[data-key-clear]");
  if (link) return press(link);
  if (!field?.value) return false;
  field.value = "";
  field.dispatchEvent(new Event("input", { bubbles: true }));
  return true;
}

function tick() {
  // On a button or link Space already means something; elsewhere it ticks the row that has the focus, as a row of
  // the list has by its link.
  if (document.activeElement?.matches(focusable) && !document.activeElement.matches("[data-row], tr[data-row] > th > a")) return false;
  return press(current()?.querySelector("[data-tick]")) || lacks("No task to complete in this row.");
}

// Said rather than left to the browser, which would scroll the row that has the focus out of sight.
function lacks(words) {
  const row = current();
  if (row) toast(words);
  return Boolean(row);
}

// From the search into what it found, once what is typed has been asked for.
function leaveSearch(field, key) {
  const isAsked = new URLSearchParams(location.search).get("q") === field.value.trim();
  return (key === "ArrowDown" || (key === "Enter" && isAsked)) && step(1);
}

// What a row names for a key. A fold that opens hands the focus to the field inside.
function pressKey(key) {
  const element = current()?.querySelector(`[data-key="${key}"]`);
  press(element);
  const field = element?.parentElement.matches("details[open]") && element.parentElement.querySelector("input:not([type=hidden]), select, textarea");
  if (field) field.focus();
  if (field && field.matches("[type=text], textarea")) field.select();
  return Boolean(element);
}

// Its row has the focus again, and what was typed is there when it is opened once more.
function fold(field) {
  const opened = field.closest("[data-row] details[open]:not(.pop)");
  if (!opened) return false;
  opened.open = false;
  opened.closest("[data-row]").focus();
  return true;
}

function search() {
  const field = document.querySelector("[data-search]");
  field?.focus();
  field?.select();
  return Boolean(field);
}

function showSheet() {
  sheet().showModal();
  return true;
}

function sheet() {
  const made = document.getElementById("keys");
  if (made) return made;
  const dialog = Object.assign(document.createElement("dialog"), { id: "keys", className: "dialog" });
  dialog.setAttribute("aria-labelledby", "keys-title");
  const title = Object.assign(document.createElement("h2"), { id: "keys-title", className: "dialog__title", textContent: "Keyboard" });
  const list = Object.assign(document.createElement("dl"), { className: "keysheet" });
  for (const { keys, shown, words } of KEYS) list.append(line(words, shown ? [shown] : keys));
  const close = Object.assign(document.createElement("button"), { className: "button", textContent: "Close" });
  const acts = Object.assign(document.createElement("form"), { className: "dialog__acts", method: "dialog" });
  acts.append(close);
  dialog.append(title, list, acts);
  document.body.append(dialog);
  return dialog;
}

function line(words, keys) {
  const row = document.createElement("div");
  const name = Object.assign(document.createElement("dt"), { textContent: words });
  const caps = document.createElement("dd");
  for (const key of keys) caps.append(Object.assign(document.createElement("kbd"), { className: "key", textContent: key }));
  row.append(name, caps);
  return row;
}

function nameOf(event) {
  if (event.key === " ") return "Space";
  return event.key.length === 1 ? event.key.toUpperCase() : event.key;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const writing = event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
  if (writing) {
    if (writing.matches("[data-search]") && leaveSearch(writing, event.key)) event.preventDefault();
    if (event.key !== "Escape") return;
    if (press(writing.closest("[data-editing]")?.querySelector("[data-cancel]")) || fold(writing)) return;
    if (writing.matches("[data-search]") && clear(writing)) event.preventDefault();
    writing.blur();
    return;
  }
  if (document.querySelector("dialog[open]")) return;
  // One key may mean something on one page and something else on another.
  if (KEYS.some(({ keys, run }) => keys.includes(nameOf(event)) && run?.(event))) event.preventDefault();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-opens=keys]")) showSheet();
  if (event.target.matches("dialog[open]")) event.target.close();
});

// Keyboard: one table of keys makes both the handlers and the sheet that lists them.

const rows = () => [...document.querySelectorAll("[data-row]")].filter((row) => row.offsetParent);
const focusable = "a[href], button, summary, [tabindex]";

const KEYS = [
  { keys: ["J"], words: "Next row", run: () => step(1) },
  { keys: ["K"], words: "Previous row", run: () => step(-1) },
  { keys: ["Enter"], shown: "↵", words: "Open the row", run: null },
  { keys: ["Space"], words: "Complete or reopen the task", run: tick },
  { keys: ["Z"], words: "Undo the latest", run: () => press([...document.querySelectorAll("[data-undo]")].at(-1)) },
  { keys: ["/"], words: "Search this page", run: search },
  { keys: ["?"], words: "Show these keys", run: showSheet },
  { keys: ["Escape"], shown: "Esc", words: "Close, or clear the filters", run: () => press(document.querySelector("[data-key-clear]")) },
];

function press(element) {
  element?.click();
  return Boolean(element);
}

function current() {
  return document.activeElement?.closest("[data-row]");
}

function step(by) {
  const all = rows();
  const place = all.indexOf(current());
  const next = place < 0 ? all[by > 0 ? 0 : all.length - 1] : all[place + by];
  if (!next) return false;
  (next.querySelector("a[href], button") ?? next).focus({ preventScroll: true });
  if (!next.contains(document.activeElement)) next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
  return true;
}

function tick() {
  // On a button or link Space already means something; elsewhere it ticks the row that has the focus.
  if (document.activeElement?.matches(focusable) && !document.activeElement.matches("[data-row]")) return false;
  return press(current()?.querySelector("[data-tick]"));
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
    if (event.key === "Escape") writing.blur();
    return;
  }
  if (document.querySelector("dialog[open]")) return;
  const binding = KEYS.find(({ keys }) => keys.includes(nameOf(event)));
  if (binding?.run?.()) event.preventDefault();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-opens=keys]")) showSheet();
  if (event.target.matches("dialog[open]")) event.target.close();
});

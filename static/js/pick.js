// Rows of the list are chosen by a tick, by Shift and a click, or by X; a bar says what can be done with them.

const boxes = () => [...document.querySelectorAll("input[data-pick]")];
const chosen = () => boxes().filter((box) => box.checked);
const slot = document.getElementById("bulk-bar");
const form = () => document.getElementById("bulk");
let last = null; // where a range begins

export function pick(row, isRange) {
  const box = row?.querySelector("input[data-pick]");
  box?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, shiftKey: isRange }));
  return Boolean(box);
}

// The bar stands behind all rows, too far for Tab.
export function reach() {
  const all = slot?.querySelectorAll(".bulk-value, form:not(.bulk-bar) button") ?? [];
  const place = [...all].find((one) => one.checkVisibility());
  place?.focus();
  return Boolean(place);
}

// What had the focus is gone: the keys go on from the row that was chosen last, however often it was drawn since.
function goBack() {
  goTo(last?.closest("tr").id);
}

function goTo(id) {
  if (document.activeElement === document.body) document.getElementById(id)?.querySelector("th a[href]").focus({ preventScroll: true });
}

function isAll() {
  return form()?.elements.namedItem("all").value === "1";
}

function setAll(on) {
  const field = form()?.elements.namedItem("all");
  if (field) field.value = on ? "1" : "";
}

function range(box) {
  const all = boxes();
  const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((one, other) => one - other);
  if (from < 0) return;
  for (const one of all.slice(from, to + 1)) one.checked = box.checked;
}

// The bar comes with the first choice, and stays while it tells how far the last change has come.
async function show() {
  const count = chosen().length;
  document.body.classList.toggle("is-picking", count > 0);
  const bar = slot.querySelector("form.bulk-bar");
  if (count && !bar) {
    if (slot.dataset.asking) return;
    slot.dataset.asking = "1";
    await window.htmx.ajax("GET", slot.dataset.address, { target: slot, swap: "innerHTML" });
    delete slot.dataset.asking;
  } else if (!count && bar) slot.replaceChildren();
  tell();
}

function tell() {
  const count = chosen().length;
  const words = slot.querySelector("[data-bulk-count]");
  const button = slot.querySelector("[data-bulk-all]");
  if (!words) return;
  // The bar tells how many there are by now where it had to ask again.
  const matches = slot.querySelector("form.bulk-bar")?.dataset.matches ?? form()?.dataset.matches ?? "";
  words.textContent = isAll() ? `${matches} selected` : `${count} selected`;
  const isWhole = !boxes().some((box) => !box.checked);
  const total = Number(matches.replace(/\D/g, ""));
  button.hidden = !isAll() && !(isWhole && (matches.startsWith("More") || total > count));
  button.textContent = isAll() ? "Only those shown" : offer(matches, total);
}

function offer(matches, total) {
  const most = 1000;
  return matches.startsWith("More") || total > most ? `Select the first ${most.toLocaleString("en")} of ${matches.replace("More", "more")}` : `Select all ${matches}`;
}

function drop() {
  setAll(false);
  for (const box of document.querySelectorAll("[data-pick], [data-pick-all]")) box.checked = false;
  document.body.classList.remove("is-picking");
  slot.replaceChildren();
  goBack();
}

if (slot) {
  document.addEventListener("click", (event) => {
    const box = event.target.closest("input[data-pick]");
    if (box) {
      if (event.shiftKey && last) range(box);
      last = box;
      setAll(false);
      show();
    } else if (event.target.closest("[data-pick-all]")) {
      for (const one of boxes()) one.checked = event.target.checked;
      setAll(false);
      show();
    } else if (event.target.closest("[data-bulk-all]")) {
      setAll(!isAll());
      tell();
    } else if (event.target.closest("[data-bulk-close]")) {
      event.preventDefault();
      drop();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !slot.querySelector("form.bulk-bar") || event.target.closest("[data-search]")) return;
    event.preventDefault();
    drop();
  }, true);
  // Rows that are drawn anew are not chosen; what was asked for is done with them, and the list shows it.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.closest?.("#results")) show();
    tell();
    const finished = slot.querySelector("[data-finished]:not([data-shown])");
    if (!finished) return;
    finished.dataset.shown = "";
    const row = document.activeElement?.closest("tr[data-row]");
    const drawn = window.htmx.ajax("GET", location.pathname + location.search, { target: "#results", swap: "outerHTML" });
    if (row) drawn.then(() => { if (!row.isConnected) goTo(row.id); });
  });
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.requestConfig?.elt?.matches("form.bulk-bar") && !slot.querySelector("form.bulk-bar")) {
      setAll(false);
      for (const box of document.querySelectorAll("[data-pick], [data-pick-all]")) box.checked = false;
      document.body.classList.remove("is-picking");
    }
    if (detail.requestConfig?.verb === "post" && detail.requestConfig.elt.closest(".bulk-bar") && !reach()) goBack();
  });
}

// The next step of a row of the contact list: complete it, put it off, or add a task. What is offered comes into a
// row once somebody points at it or stands in it, and a form when it is asked for, so the page holds none of them.

const SELECTOR = "tr.person[data-row]";
const CAN_PUT_OFF = [undefined, "idle", "overdue", "reopened"]; // undefined: as the list drew it
const parts = document.getElementById("row-acts");
const dialog = document.getElementById("row-form");
const box = dialog?.querySelector("#composer-form");
const OFFERED = ":scope > .people__next > :is(.row-acts, .next-act)";
const isTouched = matchMedia("(hover: none), (max-width: 759.98px)");
let styled = null; // when the styles of the forms are there
let asked = null; // the row whose form is open

const taskOf = (row) => row.querySelector("[id^=task-]");
const nameOf = (row) => row.querySelector(".person__link").title;
const addressOf = (row) => `${row.querySelector(".person__link").pathname}tasks/`;
const of = (row) => `${addressOf(row)}${taskOf(row).id.slice("task-".length)}/`;

function actsOf(row) {
  const task = taskOf(row);
  const made = parts.content.querySelector(".row-acts").cloneNode(true);
  // What was acted upon has a tick of its own.
  if (!task || task.dataset.look) made.querySelector("[data-next=complete]").remove();
  if (!task || !CAN_PUT_OFF.includes(task.dataset.look)) made.querySelector("[data-next=snooze]").remove();
  return made;
}

function offer(row) {
  if (row.querySelector(OFFERED)) return;
  const made = isTouched.matches ? parts.content.querySelector(".next-act--more").cloneNode(true) : actsOf(row);
  for (const words of made.querySelectorAll("span")) words.classList.add("visually-hidden");
  row.querySelector(".people__next").append(made);
}

// Where there is no room for them, the keys still press them: whoever stands in the row may have a keyboard.
function enter(row) {
  offer(row);
  if (!isTouched.matches || row.querySelector(`${OFFERED}.row-acts`)) return;
  const acts = actsOf(row);
  acts.hidden = true;
  row.querySelector(".people__next").append(acts);
}

function offerAgain(row) {
  for (const made of row.querySelectorAll(OFFERED)) made.remove();
  row.matches(":focus-within") ? enter(row) : offer(row);
}

function offerEverywhere() {
  if (isTouched.matches) for (const row of document.querySelectorAll(SELECTOR)) offer(row);
}

// Once, and before the first form is shown: the list itself needs none of it.
function style() {
  styled ??= Promise.all([...parts.content.querySelectorAll("link")].map((link) => new Promise((done) => {
    const sheet = document.importNode(link);
    sheet.onload = sheet.onerror = done;
    document.head.append(sheet);
  })));
  return styled;
}

async function ask(row, address) {
  asked = row;
  await style();
  dialog.querySelector(".dialog__title").textContent = nameOf(row);
  window.htmx.ajax("GET", address, { source: box, target: box, swap: "innerHTML" });
}

// Where what is added here shows while it is on its way.
function makePlace(row) {
  document.getElementById("pending-tasks")?.removeAttribute("id");
  const cell = row.querySelector(".people__next");
  const place = cell.querySelector(".next__new") ?? Object.assign(document.createElement("div"), { className: "next__new" });
  place.id = "pending-tasks";
  cell.append(place);
}

async function complete(row) {
  const task = taskOf(row);
  task.classList.add("is-done");
  await style();
  const csrfmiddlewaretoken = document.querySelector("#bulk [name=csrfmiddlewaretoken]").value;
  const how = { source: task, target: task, swap: "outerHTML", values: { csrfmiddlewaretoken } };
  window.htmx.ajax("POST", `${of(row)}complete/`, how);
}

const ACTS = {
  complete,
  snooze: (row) => ask(row, `${of(row)}snooze/`),
  add: (row) => {
    makePlace(row);
    return ask(row, `${addressOf(row)}new/`);
  },
  more: (row) => {
    asked = row;
    dialog.querySelector(".dialog__title").textContent = nameOf(row);
    box.replaceChildren(actsOf(row));
    dialog.showModal();
  },
};

function act(button) {
  const row = button.closest(SELECTOR) ?? asked;
  if (box.contains(button)) box.replaceChildren();
  ACTS[button.dataset.next](row);
}

// What the rows of a contact's page offer beside a task has no room here.
function thin(row) {
  for (const part of row.querySelectorAll(".people__next :is(.task__acts, .copy-link, .source)")) part.remove();
  offerAgain(row);
}

if (dialog) {
  for (const [name, meet] of [["pointerover", offer], ["focusin", enter]]) {
    document.addEventListener(name, ({ target }) => {
      const row = target.closest?.(SELECTOR);
      if (row) meet(row);
    });
  }
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-next]");
    if (button) act(button);
  });
  dialog.addEventListener("click", ({ target }) => { if (target === dialog) dialog.close(); });
  box.addEventListener("htmx:beforeSwap", ({ detail: { xhr } }) => { if (xhr.status === 200 && !dialog.open) dialog.showModal(); });
  // What was saved, or is not wanted any more, leaves nothing in here.
  new MutationObserver(() => { if (dialog.open && !box.firstElementChild) dialog.close(); }).observe(box, { childList: true });
  dialog.addEventListener("close", () => { if (!dialog.open) box.replaceChildren(); });
  document.addEventListener("htmx:afterRequest", ({ detail: { requestConfig, xhr } }) => {
    if (xhr?.status === 200 && requestConfig?.elt?.matches("#row-form form")) box.replaceChildren();
  });
  for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    document.addEventListener(name, ({ detail: { elt } }) => elt.classList.remove("is-done"));
  }
  document.addEventListener("htmx:afterSettle", ({ target }) => {
    const row = target.closest?.(SELECTOR);
    if (row) thin(row);
    offerEverywhere();
  });
  offerEverywhere();
}

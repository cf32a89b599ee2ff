// What somebody has begun to write about a contact, of a new one, or in a profile, outlives a closed tab: in this
// browser, for this person, until it is stored or they sign out.

const BEGINNING = "draft";
const viewer = document.body.dataset.viewer ?? "";
const WRITTEN = "textarea, input:is(:not([type]), [type=text], [type=email], [type=tel], [type=url], [type=number])";
const keyOf = (name) => `${BEGINNING}:${viewer}:${name}`;

// A form of what is there already keeps only what was changed in it, each with the value that it had then: what is
// changed elsewhere meanwhile stays, and where it is the same field the server asks before it is replaced.
function changesOf(form) {
  const data = new FormData(form);
  const befores = [...form.querySelectorAll("input[name^='was.']")];
  return befores.flatMap((before) => {
    const name = before.name.slice("was.".length);
    const was = JSON.parse(before.value);
    const now = data.getAll(name);
    const lines = (text) => text.replaceAll("\r", "").trim().split("\n").map((line) => line.trim()).filter(Boolean);
    const isSame = String(now.flatMap(lines)) === String([was].flat().flatMap(lines));
    return isSame ? [] : [[before.name, before.value], ...now.map((value) => [name, value])];
  });
}

function keep(form) {
  if ("draftChanges" in form.dataset) return store(form, changesOf(form), true);
  const ours = new Set([...form.elements].filter((field) => field.type === "hidden").map((field) => field.name).concat("account"));
  const fields = [...new FormData(form)].filter(([name]) => !ours.has(name));
  const says = [...form.querySelectorAll(WRITTEN)].some((field) => field.name && field.value.trim());
  store(form, fields, says);
}

function store(form, fields, says) {
  if (says && fields.length) localStorage.setItem(keyOf(form.dataset.draft), JSON.stringify(fields));
  else localStorage.removeItem(keyOf(form.dataset.draft));
  hint();
}

function fieldsOf(name) {
  try {
    return JSON.parse(localStorage.getItem(keyOf(name))) ?? [];
  } catch {
    return [];
  }
}

function restore(form) {
  if (form.querySelector("[aria-invalid]")) return; // as it was sent, with what is wrong about it
  const fields = fieldsOf(form.dataset.draft);
  if (!fields.length) return;
  const names = new Set(fields.map(([name]) => name));
  for (const box of form.querySelectorAll("[type=checkbox]")) {
    if (!("draftChanges" in form.dataset) || names.has(`was.${box.name}`)) box.checked = false;
  }
  for (const [name, value] of fields) {
    const found = [...form.elements].filter((field) => field.name === name);
    for (const field of found) {
      if (["radio", "checkbox"].includes(field.type)) field.checked = field.value === value;
      else if (field.type !== "select-one" || [...field.options].some((option) => option.value === value)) field.value = value;
    }
  }
  for (const words of form.querySelectorAll("[data-draft-note]")) words.hidden = false;
  form.querySelector("[data-rich]")?.dispatchEvent(new Event("drawn"));
}

function forget(form) {
  localStorage.removeItem(keyOf(form.dataset.draft));
  hint();
}

// The closed line shows how the draft begins.
function hint() {
  for (const line of document.querySelectorAll("[data-draft-of]")) {
    line.dataset.rest ??= line.textContent;
    const body = Object.fromEntries(fieldsOf(line.dataset.draftOf)).body;
    const words = body && new DOMParser().parseFromString(body, "text/html").body.textContent.trim();
    line.textContent = words ? `Draft: ${words.slice(0, 120)}` : line.dataset.rest;
  }
}

function start(root) {
  for (const form of root.querySelectorAll?.("form[data-draft]") ?? []) {
    if (form.dataset.isKept) continue;
    form.dataset.isKept = "yes";
    // A fresh one shows what it is meant to: of a new contact, only who comes back from signing in goes on.
    if ("draftFresh" in form.dataset) keep(form); else restore(form);
    form.addEventListener("input", () => keep(form));
    form.addEventListener("submit", () => { if (!form.hasAttribute("hx-post") && !form.hasAttribute("data-draft-waits")) forget(form); });
  }
}

// Heard on its way down: what draws a profile anew in the place of its form stops it there.
document.addEventListener("click", ({ target }) => {
  const form = target.closest("a[data-cancel]")?.closest("form[data-draft]");
  if (form) forget(form);
}, true);

// Whoever signs out leaves nothing behind, nor does whoever used this browser before.
function clear(isOurs) {
  for (const key of Object.keys(localStorage)) if (key.startsWith(`${BEGINNING}:`) && isOurs(key)) localStorage.removeItem(key);
}
document.addEventListener("submit", ({ target }) => { if (target.action.includes("/account/logout/")) clear(() => true); }, true);
if (viewer) clear((key) => !key.startsWith(keyOf("")));

// An answer that leads the whole page elsewhere, such as to sign-in, has stored nothing.
const isStored = (xhr) => xhr?.status === 200 && !xhr.getResponseHeader("HX-Redirect") && !xhr.getResponseHeader("HX-Refresh");

// The form itself is gone by then, so the event comes from what is around it.
document.addEventListener("htmx:afterRequest", ({ detail: { requestConfig, xhr } }) => {
  const form = requestConfig?.elt;
  if (form?.matches?.("form[data-draft]") && isStored(xhr)) forget(form);
});
document.addEventListener("htmx:load", (event) => start(event.detail.elt.parentElement ?? document));
start(document);
hint();

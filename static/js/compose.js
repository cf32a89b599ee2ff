// Forms that open in the page: they take the focus, send with Ctrl or Cmd and Enter, close with Esc.

const FORM = "form.compose";
const box = document.getElementById("composer-form");
const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

const fieldOf = (form) => form.querySelector("[contenteditable], [autofocus]") ?? form.querySelector("input:not([type=hidden])");

// What is open already is only gone to: asking again would draw an empty one over it.
document.addEventListener("htmx:confirm", (event) => {
  const opener = event.target.closest?.("[data-compose], [data-draft-of], [data-edit], [data-snooze]");
  if (!opener || event.target !== opener) return;
  const place = opener.closest("[data-row]") ?? box;
  const open = place.querySelector(FORM);
  if (!open) return;
  const kind = opener.dataset.compose ?? "note";
  if (open.dataset.draft && !open.dataset.draft.startsWith(kind)) return;
  event.preventDefault();
  if (open.dataset.draft || !opener.dataset.snooze) fieldOf(open).focus();
});

// What cannot be saved comes back in the place of its form, wherever its success would show.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const form = detail.requestConfig?.elt;
  if (detail.xhr.status === 422 && form?.matches?.(FORM)) Object.assign(detail, { target: form, swapOverride: "outerHTML" });
});

function close(form) {
  const row = form.closest("[data-row]");
  form.remove();
  row?.setAttribute("tabindex", "-1");
  (row ?? document.querySelector("[data-compose]"))?.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const form = event.target.closest("[data-close]")?.closest(FORM);
  if (!form?.hasAttribute("hx-post")) return;
  event.preventDefault();
  close(form);
});

// Before keys.js and overlay.js hear of it: Esc closes the form and nothing around it.
document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.(FORM);
  if (!form || event.isComposing || event.defaultPrevented) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit(form.querySelector(".button--primary") ?? undefined);
  } else if (event.key === "Escape" && form.hasAttribute("hx-post")) {
    event.preventDefault();
    close(form);
  }
}, true);

// A day that is picked is the one that counts.
document.addEventListener("input", ({ target }) => {
  if (!target.matches?.(".due__input")) return;
  target.form.querySelector(".due--pick input").checked = true;
});

function show(root) {
  for (const key of root.querySelectorAll("[data-send-key]")) key.textContent = isMac ? "⌘ ↵" : "Ctrl ↵";
  const form = root.matches(FORM) ? root : root.querySelector(FORM);
  if (!form) return;
  const field = fieldOf(form);
  field?.focus({ preventScroll: true });
  if (field?.type === "text") field.setSelectionRange(field.value.length, field.value.length); // to be gone on with
  form.scrollIntoView({ block: "nearest" });
}

// After rich.js and drafts.js have made the form what it is.
document.addEventListener("htmx:load", ({ detail: { elt } }) => queueMicrotask(() => { if (elt.matches?.(FORM)) show(elt); }));

// What was just added has the focus, so that J and K go on from it, and is seen below however long an agenda.
document.addEventListener("htmx:oobAfterSwap", ({ detail: { target } }) => {
  if (!target.matches("#pending-notes, #pending-tasks")) return;
  const row = target.querySelector("[data-row]");
  row?.focus({ preventScroll: true });
  row?.scrollIntoView({ block: "nearest" });
});

// The profile under its form: Cancel shows it at once, and asks how it stands by now.
let covered = null;
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const { target, requestConfig } = detail;
  if (target.id !== "profile" || target.hasAttribute("data-editing")) return;
  // A form was asked for from there, and would be lost with it.
  if (requestConfig.elt === target && target.querySelector(".htmx-request")) {
    detail.shouldSwap = false;
    return;
  }
  covered = target.cloneNode(true);
  for (const asking of covered.querySelectorAll(".htmx-request")) asking.classList.remove("htmx-request");
});
// A form has taken its place since. Of what stands in no page any more, the document hears nothing.
const leaveWhenGone = ({ detail }) => {
  if (!detail.target.isConnected) detail.shouldSwap = false;
};
document.addEventListener("click", (event) => {
  const cancel = event.target.closest("#profile[data-editing] [data-cancel]");
  if (!cancel || !covered || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  event.stopPropagation();
  cancel.closest("#profile").replaceWith(covered);
  window.htmx.process(covered);
  covered.addEventListener("htmx:beforeSwap", leaveWhenGone);
  covered.querySelector("[data-key=edit]")?.focus({ preventScroll: true });
  window.htmx.ajax("GET", cancel.getAttribute("hx-get"), { source: covered, target: covered, swap: "outerHTML" });
}, true);

// A profile that takes the place of its form gives the focus to what had opened that.
document.addEventListener("htmx:afterSwap", ({ detail: { elt, requestConfig } }) => {
  if (elt.id !== "profile" || elt.hasAttribute("data-editing") || document.activeElement !== document.body) return;
  const key = requestConfig.elt.closest(".tagging") ? "tags" : "edit";
  elt.querySelector(`[data-key=${key}]`)?.focus({ preventScroll: true });
});

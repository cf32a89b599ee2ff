// Says in words what became of a request that failed, and ends what a page asks by itself once it is refused.

const TOAST_STAYS = 8000;
const OFFLINE = "you're offline. Try again";
const FAULT = "the server had a problem. Try again";
const refused = new WeakSet(); // elements whose request the server no longer answers

const asksByItself = (element) => element === document.body || Boolean(element.getAttribute("hx-trigger")?.includes("every "));

export function toast(words) {
  const box = document.getElementById("toasts");
  const note = Object.assign(document.createElement("p"), { className: "toast", textContent: words });
  box.append(note);
  while (box.children.length > 2) box.firstElementChild.remove();
  setTimeout(() => note.remove(), TOAST_STAYS);
}

// Stays at the top of the page until something goes through or a newer one takes its place.
export function notice(words, { isRefusal = false } = {}) {
  document.getElementById("notice")?.remove();
  const box = Object.assign(document.createElement("div"), { id: "notice", className: "page messages" });
  const banner = Object.assign(document.createElement("div"), { className: "banner banner--error" });
  const text = Object.assign(document.createElement("p"), { className: "banner__text ink", textContent: words });
  box.setAttribute("role", "alert");
  if (isRefusal) text.append(" ", Object.assign(document.createElement("a"), { href: location.pathname + location.search, textContent: "Reload the page" }));
  banner.append(document.getElementById("alert-icon").content.cloneNode(true), text);
  box.append(banner);
  document.querySelector(".topbar").after(box);
}

// The server's own sentence, which it sends as plain text; "" when it sent a page or nothing.
const sentence = (type, body) => (type?.startsWith("text/plain") ? body : "");

// An answer to a request of our own fetch: true when the server refuses to go on.
export async function isRefused(answer) {
  if (answer.status !== 403 && answer.status !== 404) return false;
  notice(sentence(answer.headers.get("Content-Type"), await answer.text()), { isRefusal: true });
  return true;
}

// What says of itself that it is a part of the page is shown in its place, whatever its status.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.xhr.getResponseHeader("X-Part") === "1") Object.assign(detail, { shouldSwap: true, isError: false });
});

document.addEventListener("htmx:responseError", ({ detail: { xhr, elt, requestConfig } }) => {
  const words = sentence(xhr.getResponseHeader("Content-Type"), xhr.responseText);
  const isRefusal = xhr.status === 403 || xhr.status === 404;
  if (isRefusal && asksByItself(elt)) endAsking(elt);
  if (words && (isRefusal || !asksByItself(elt))) notice(titleOf(elt) + words, { isRefusal });
  else fail(elt, requestConfig, FAULT);
});
for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, ({ detail: { elt, requestConfig } }) => fail(elt, requestConfig, OFFLINE));
}

// Without a trigger it counts as one of the rows that a newer drawing of the page may change or take away.
function endAsking(element) {
  refused.add(element);
  if (element.matches("[data-row]")) element.removeAttribute("hx-trigger");
}

function titleOf(element) {
  const title = element.matches(".task") && element.querySelector(".task__title");
  return title ? `${title.textContent}: ` : "";
}

// What a page asks by itself it asks again soon; only what somebody pressed is worth a word.
function fail(element, { verb }, why) {
  if (!asksByItself(element)) toast(`${verb === "get" ? "Not loaded" : "Not saved"}, ${why}`);
}

document.addEventListener("htmx:afterRequest", ({ detail: { elt, successful } }) => {
  if (successful && !asksByItself(elt)) document.getElementById("notice")?.remove();
});

// An answer that came below the fold, as under the last button of a phone's screen, is brought into view.
document.addEventListener("htmx:afterSettle", ({ detail: { elt } }) => {
  if (elt.matches(".connection__check")) elt.scrollIntoView({ block: "nearest" });
});

document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt } = event.detail;
  if (refused.has(elt)) event.preventDefault();
});

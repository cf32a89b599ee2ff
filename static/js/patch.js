// Makes a piece of the page equal to a freshly drawn one by touching only what differs: whatever is equal keeps its
// focus, its scroll place, its open details. Pieces are known by their id, everything else by kind and order.

const REQUESTS = "[hx-get], [hx-post]"; // htmx read these when it met them: a changed one must be met anew
// What the reader did, not what the server said: opened a fold, walked to a row that takes the focus only then.
const READERS_OWN = new Set(["open", "tabindex"]);

// `isBusy(element)` names pieces to leave alone, whatever the server says of them. Returns the piece that is shown.
export function patch(shown, fresh, isBusy = () => false) {
  const focused = document.activeElement;
  const known = new Map([...shown.querySelectorAll("[id]")].map((element) => [element.id, element]));
  const result = patchNode(shown, fresh, { known, isBusy });
  keepFocus(focused);
  return result;
}

function patchNode(shown, fresh, scene) {
  if (shown.nodeType !== Node.ELEMENT_NODE) return patchText(shown, fresh);
  // What was asked for when it was opened is no part of a drawing.
  if (scene.isBusy(shown) || shown.matches("[data-asked]")) return shown;
  if (asksOtherwise(shown, fresh)) return replace(shown, fresh);
  patchAttributes(shown, fresh);
  patchChildren(shown, fresh, scene);
  return shown;
}

function patchText(shown, fresh) {
  if (shown.data === fresh.data) return shown;
  const isNews = shown.data.trim() !== fresh.data.trim() && !shown.parentElement?.matches("time");
  shown.data = fresh.data;
  if (isNews) fade(shown.parentElement);
  return shown;
}

function patchAttributes(shown, fresh) {
  if (shown.name === "csrfmiddlewaretoken") return; // differs in every drawing, and every one of them is good
  const names = new Set([...shown.getAttributeNames(), ...fresh.getAttributeNames()]);
  for (const name of names) {
    const value = fresh.getAttribute(name);
    if (READERS_OWN.has(name) || shown.getAttribute(name) === value) continue;
    if (value === null) shown.removeAttribute(name);
    else shown.setAttribute(name, value);
  }
}

// A fold that the reader opened stays open in a new row as well: a thread goes on under its latest message.
function opened(node, scene) {
  for (const fold of node.querySelectorAll?.("details[id]") ?? []) if (scene.known.get(fold.id)?.open) fold.open = true;
  return node;
}

function patchChildren(shown, fresh, scene) {
  const left = [...shown.childNodes].filter((node) => !node.id);
  const pairs = [...fresh.childNodes].map((wanted) => [wanted, wanted.id ? scene.known.get(wanted.id) : take(left, wanted)]);
  const kept = new Set(pairs.map(([, found]) => found));
  for (const node of [...shown.childNodes]) if (!kept.has(node)) node.remove();
  let place = shown.firstChild;
  for (const [wanted, found] of pairs) {
    if (found && found === place) {
      place = patchNode(found, wanted, scene).nextSibling;
      continue;
    }
    const node = found ?? opened(document.importNode(wanted, true), scene);
    shown.insertBefore(node, place);
    if (found) patchNode(found, wanted, scene);
    else met(node);
  }
}

// The first of the nodes that is of the same kind, so that order decides between several.
function take(nodes, wanted) {
  const place = nodes.findIndex((node) => kind(node) === kind(wanted));
  return place < 0 ? undefined : nodes.splice(place, 1)[0];
}

function kind(node) {
  return node.nodeType === Node.ELEMENT_NODE ? `${node.localName}.${node.classList[0] ?? ""}` : node.nodeName;
}

function asksOtherwise(shown, fresh) {
  if (shown.localName !== fresh.localName) return true;
  if (!shown.matches(REQUESTS) && !fresh.matches(REQUESTS)) return false;
  const names = [...shown.getAttributeNames(), ...fresh.getAttributeNames()].filter((name) => name.startsWith("hx-"));
  return names.some((name) => shown.getAttribute(name) !== fresh.getAttribute(name));
}

function replace(shown, fresh) {
  const node = document.importNode(fresh, true);
  shown.replaceWith(node);
  met(node);
  return node;
}

// htmx and the undo countdown learn of a new piece as they do after a swap.
function met(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) return;
  window.htmx.process(node);
  window.htmx.trigger(node, "htmx:load");
}

function keepFocus(focused) {
  if (document.activeElement === focused || !focused || focused === document.body) return;
  const row = document.getElementById(focused.closest("[data-row]")?.id ?? "");
  const next = (focused.id && document.getElementById(focused.id)) || row?.querySelector("[data-undo], [data-tick], .tick") || row;
  next?.focus({ preventScroll: true });
}

function fade(element) {
  if (!element) return;
  element.classList.remove("is-news");
  requestAnimationFrame(() => element.classList.add("is-news"));
  setTimeout(() => element.classList.remove("is-news"), 400);
}

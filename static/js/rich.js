// A note's text with bold, italic, lists and links. Without it the field below takes the same as plain text.

const ONE_LINE = /<(?:p|div|br|ul|ol|li|blockquote|pre|table|b|i|strong|em|u|s|a|span|code)\b/i;

document.execCommand("defaultParagraphSeparator", false, "p");

const run = (name, value = null) => document.execCommand(name, false, value);

class Editor {
  constructor(area) {
    this.area = area;
    this.form = area.form;
    this.box = Object.assign(document.createElement("div"), { className: area.className, contentEditable: "true" });
    for (const [name, value] of Object.entries({ role: "textbox", "aria-multiline": "true", "aria-label": area.getAttribute("aria-label") })) this.box.setAttribute(name, value);
    for (const name of ["aria-invalid", "aria-describedby"]) if (area.hasAttribute(name)) this.box.setAttribute(name, area.getAttribute(name));
    this.box.dataset.placeholder = area.placeholder;
    this.draw();
    area.hidden = true;
    area.removeAttribute("autofocus");
    area.after(this.box);
    this.box.addEventListener("input", () => this.keep());
    this.box.addEventListener("paste", (event) => this.paste(event));
    this.box.addEventListener("drop", (event) => event.preventDefault());
    this.tools = this.form.querySelector(".compose__tools");
    this.tools.hidden = false;
    this.tools.addEventListener("mousedown", (event) => { if (event.target.closest("button")) event.preventDefault(); });
    this.tools.addEventListener("click", (event) => this.press(event.target.closest("[data-format]")));
    this.address = this.tools.querySelector("[data-address]");
    this.address.addEventListener("keydown", (event) => this.link(event));
    area.addEventListener("drawn", () => this.draw());
  }

  // Parsed apart from the page: what a draft or a note holds runs nothing.
  draw() {
    const value = this.area.value;
    if (!ONE_LINE.test(value)) this.box.innerText = value;
    else this.box.replaceChildren(...new DOMParser().parseFromString(value, "text/html").body.childNodes);
  }

  keep() {
    const isEmpty = !this.box.textContent.trim();
    this.area.value = isEmpty ? "" : this.box.innerHTML;
    if (isEmpty && !this.box.querySelector("li")) this.box.replaceChildren();
    this.area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // Words only: what another page has made of them stays there.
  paste(event) {
    event.preventDefault();
    run("insertText", event.clipboardData.getData("text/plain"));
  }

  press(button) {
    if (!button) return;
    if (button.dataset.format === "createLink") return this.ask();
    this.box.focus();
    run(button.dataset.format);
    this.mark();
  }

  ask() {
    const chosen = getSelection();
    this.range = chosen.rangeCount && this.box.contains(chosen.anchorNode) ? chosen.getRangeAt(0) : null;
    this.address.parentElement.hidden = !this.address.parentElement.hidden;
    this.address.focus();
  }

  link(event) {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    const typed = this.address.value.trim();
    const address = typed && !/^[a-z]+:/i.test(typed) ? `https://${typed}` : typed;
    this.address.value = "";
    this.address.parentElement.hidden = true;
    this.box.focus();
    if (this.range) getSelection().setBaseAndExtent(this.range.startContainer, this.range.startOffset, this.range.endContainer, this.range.endOffset);
    if (event.key === "Escape" || !address) return;
    if (getSelection().isCollapsed) run("insertText", address), getSelection().modify("extend", "backward", "lineboundary");
    run("createLink", address);
    getSelection().collapseToEnd();
  }

  mark() {
    for (const button of this.tools.querySelectorAll("[aria-pressed]")) button.setAttribute("aria-pressed", String(document.queryCommandState(button.dataset.format)));
  }
}

const editors = new WeakMap();

function start(root) {
  for (const area of root.querySelectorAll?.("textarea[data-rich]") ?? []) if (!editors.has(area)) editors.set(area, new Editor(area));
}

document.addEventListener("selectionchange", () => {
  const box = document.activeElement?.closest?.("[contenteditable]");
  const area = box?.previousElementSibling;
  if (area) editors.get(area)?.mark();
});
document.addEventListener("htmx:load", (event) => start(event.detail.elt.parentElement ?? document));
start(document);

// Shows all notes of a timeline whole, those that are loaded later too, and folds them again.

const button = document.querySelector("[data-unfold]");
const isOn = () => button.getAttribute("aria-pressed") === "true";
const folds = (root) => root.querySelectorAll(".fold");

if (button) {
  button.hidden = false;
  button.addEventListener("click", () => {
    button.setAttribute("aria-pressed", String(!isOn()));
    for (const fold of folds(document)) fold.open = isOn();
  });
  document.addEventListener("htmx:load", ({ detail: { elt } }) => {
    if (isOn()) for (const fold of folds(elt)) fold.open = true;
  });
}

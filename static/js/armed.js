// A deletion can be pressed only once the name is typed that confirms it.

const form = document.querySelector("[data-armed-by]");

function arm() {
  const deletes = form.elements.namedItem("cache").value === "delete";
  const typed = form.elements.namedItem("name").value.trim();
  form.querySelector("[type=submit]").disabled = deletes && typed !== form.dataset.armedBy.trim();
}

if (form) {
  form.addEventListener("input", arm);
  arm();
}

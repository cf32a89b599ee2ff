// An answer that says of itself that it is a part of the page is shown, whatever its status.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.getResponseHeader("X-Part") !== "1") return;
  event.detail.shouldSwap = true;
  event.detail.isError = false;
});

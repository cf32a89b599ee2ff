// Lists: returns to the same list from a contact, keeps relative times honest while a page stays open.

const LIST = "contacts-address";

// The list's address with its filters, for the breadcrumb of the contacts opened from it.
if (document.getElementById("filters")) {
  const remember = () => sessionStorage.setItem(LIST, location.pathname + location.search);
  remember();
  document.addEventListener("htmx:replacedInHistory", remember);
}
const back = document.querySelector("[data-back]");
const address = sessionStorage.getItem(LIST);
if (back && address?.startsWith(back.pathname)) back.href = address;

// A row leads to its contact wherever it is pressed, unless somebody is selecting text in it.
document.addEventListener("click", (event) => {
  const link = event.target.closest("tr[data-row]")?.querySelector("a");
  if (!link || event.target.closest("a, button") || String(getSelection())) return;
  if (event.metaKey || event.ctrlKey) window.open(link.href);
  else link.click();
});

function words(seconds) {
  if (seconds < 60) return "just now";
  return seconds < 3600 ? `${Math.floor(seconds / 60)} min ago` : `${Math.floor(seconds / 3600)} h ago`;
}

// Only times that said "just now", "min ago" or "h ago" move on; days are left to the next visit.
setInterval(() => {
  for (const time of document.querySelectorAll("time[datetime]")) {
    if (!/^(just now|\d+ (min|h) ago)$/.test(time.textContent)) continue;
    const seconds = (Date.now() - Date.parse(time.dateTime)) / 1000;
    if (seconds < 86400) time.textContent = words(seconds);
  }
}, 30000);

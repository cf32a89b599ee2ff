// Shows the item that a link names: the server opens the page at it, here it is brought into view and marked.

const page = document.getElementById("live");
const STAYS = 2000;
const ITEM = /^#[\w.-]{1,128}$/;

function show(row) {
  for (let fold = row.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  const scroller = row.closest(".feed__scroll");
  const [frame, place] = [scroller.getBoundingClientRect(), row.getBoundingClientRect()];
  // By hand and not by scrollIntoView, which would shift the frame around the column too.
  scroller.scrollTop += place.top - frame.top - Math.max(40, (frame.height - place.height) / 3);
  row.setAttribute("tabindex", "-1");
  row.focus({ preventScroll: true });
  row.classList.add("is-linked");
  setTimeout(() => row.classList.remove("is-linked"), STAYS);
}

function follow() {
  if (!ITEM.test(location.hash)) return;
  const row = document.getElementById(location.hash.slice(1));
  if (row?.matches("#feed-results [data-row]")) show(row);
  else if (!row) location.replace(`${location.pathname}?item=${encodeURIComponent(location.hash.slice(1))}`);
}

if (page) {
  const row = page.dataset.item && document.getElementById(page.dataset.item);
  if (row) show(row);
  else follow();
  window.addEventListener("hashchange", follow);
}

// Tells the server the viewer's time zone, switches the theme at once, copies ids. Every page loads it.

const YEAR = 365 * 86400;

function keep(name, value) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  const age = value ? YEAR : 0;
  document.cookie = `${name}=${encodeURIComponent(value)}; Path=/; Max-Age=${age}; SameSite=Lax${secure}`;
}

function readCookie(name) {
  const found = document.cookie.split("; ").find((part) => part.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

// Pages rendered before the zone was known show the workspace's own; the next page is right.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && readCookie("tz") !== zone) keep("tz", zone);

document.documentElement.classList.add("js");
for (const hidden of document.querySelectorAll("[data-opens]")) hidden.hidden = false;

document.addEventListener("change", (event) => {
  if (!event.target.closest("[data-theme-form]")) return;
  const theme = event.target.value;
  keep("theme", theme);
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-link]");
  if (!button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const isLink = button.hasAttribute("data-copy-link");
  const announcer = document.getElementById("announcer");
  if (isLink) event.preventDefault();
  try {
    await navigator.clipboard.writeText(isLink ? button.href : button.dataset.copy);
    announcer.textContent = isLink ? "Link copied" : "Copied";
    button.classList.add("tone-ok");
    setTimeout(() => button.classList.remove("tone-ok"), 1500);
  } catch {
    // A page served over plain http has no clipboard; the id stays selectable beside the button, a link opens.
    if (isLink) location.href = button.href;
    else announcer.textContent = "Copying is not allowed here. Select the id and copy it.";
  }
});

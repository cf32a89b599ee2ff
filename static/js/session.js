// Says with every request for whom this page was drawn, and sends the CSRF token that the browser has now: a sign-in
// in another tab renews it. Works without htmx, too: the sign-in page loads it.

const CSRF_FIELD = "csrfmiddlewaretoken";
const viewer = document.body.dataset.viewer ?? "";

function csrfToken() {
  const found = document.cookie.split("; ").find((part) => part.startsWith("csrftoken="));
  return found?.slice("csrftoken=".length) ?? "";
}

// A form's fields are gathered, by the browser or by htmx. A lost cookie leaves the token that the page came with.
document.addEventListener("formdata", ({ formData }) => {
  if (!formData.has(CSRF_FIELD)) return;
  if (csrfToken()) formData.set(CSRF_FIELD, csrfToken());
  if (viewer) formData.set("viewer", viewer);
});

document.addEventListener("htmx:configRequest", ({ detail }) => { detail.headers["X-Viewer"] = viewer; });

// Asks for a part of this page without htmx; null once the whole page is on its way to somewhere else.
export async function ask(address, headers) {
  const about = { "X-Viewer": viewer, "HX-Current-URL": location.href };
  const answer = await fetch(address, { headers: { ...headers, ...about } });
  const elsewhere = answer.headers.get("HX-Redirect");
  if (elsewhere) location.href = elsewhere;
  else if (answer.headers.get("HX-Refresh")) location.reload();
  else return answer;
  return null;
}

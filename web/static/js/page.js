// What every page does: fragments carry the session's token, and are told when something goes wrong.

/** Return the token that changes need; it is renewed when somebody signs in again on the same page. */
export function csrfToken() {
  return document.querySelector('meta[name="csrf"]').content;
}

/** Say something to who cannot see it change. */
export function announce(text) {
  document.getElementById("announcements").textContent = text;
}

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRF-Token"] = csrfToken();
});

// What went wrong is shown where the answer would have been, unless the page says otherwise.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status >= 400 && event.detail.xhr.status !== 401) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

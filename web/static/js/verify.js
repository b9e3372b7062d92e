// Sends a file as it is, so that it may be larger than a form. Without this the form does the same for small files.

import { csrfToken } from "./page.js";

const form = document.querySelector("[data-verify]");
const outcome = document.getElementById("outcome");
const button = form.querySelector("button");

function say(kind, text) {
  const notice = document.createElement("div");
  notice.className = `notice ${kind}`;
  const sentence = document.createElement("p");
  sentence.textContent = text;
  notice.append(sentence);
  outcome.replaceChildren(notice);
}

async function judge(file) {
  if (file.size > Number(form.dataset.most)) return say("attention", form.dataset.tooLarge);
  say("", form.dataset.working);
  button.disabled = true;
  try {
    const answer = await fetch(`/verify/file?name=${encodeURIComponent(file.name)}`, {
      method: "POST",
      body: file,
      headers: { "X-CSRF-Token": csrfToken(), "HX-Request": "true", "Content-Type": "application/octet-stream" },
    });
    if (answer.status === 401) return location.assign("/sign-in?next=/verify");
    // our own page's part, made of an escaped template; nothing in it can run under the page's policy
    outcome.innerHTML = await answer.text();
  } catch {
    say("attention", form.dataset.failed);
  } finally {
    button.disabled = false;
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const [file] = form.elements.file.files;
  if (file) judge(file);
});

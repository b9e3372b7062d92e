// A session that ends while somebody types: they sign in again over the page, and what they typed is sent as it stands.
//
//   import { sessionFetch, csrfToken } from "./session.js";
//   const answer = await sessionFetch("/review/x", { method: "POST", body });   // carries the token; on 401 asks, then repeats
//
// Forms are looked after without being asked: before one is sent, the session is made sure of. Fragments (HTMX) that meet
// a 401 are asked for again. Typing counts as being there, so that a session does not end under somebody's hands.

const PRESENCE = 120_000; // milliseconds between two signs of life while somebody types
const state = (globalThis[Symbol.for("sohoa.session")] ??= { who: null, asking: null, checking: new Set(), sure: null, started: false });

/** Return the token that changes need. */
export function csrfToken() {
  return meta()?.content ?? "";
}

/** Fetch from our own server as whoever has signed in; asks to sign in again where the session is over, and repeats. */
export async function sessionFetch(address, options = {}) {
  const answer = await send(address, options);
  if (!isOver(answer)) return answer;
  return (await signInAgain()) ? send(address, options) : answer;
}

/** Make sure of the session: true where somebody is signed in, if need be after they signed in again. */
export async function ensureSession() {
  const answer = await fetch("/session", { headers: { Accept: "application/json" } });
  if (answer.ok) {
    const found = await answer.json();
    // what is still to be done (a second factor, a new password) is what this page's own form may be for
    if (!found.step || found.csrf === csrfToken()) return took(found);
  }
  return signInAgain();
}

/** Show the form over the page until somebody signs in (true) or gives up (false); one form for all who ask at once. */
export function signInAgain() {
  state.asking ??= ask().finally(() => (state.asking = null));
  return state.asking;
}

function meta() {
  return document.querySelector('meta[name="csrf"]');
}

/** Whether an answer says that the session is over: with a status, or by leading to the page where one signs in. */
function isOver(answer) {
  return answer.status === 401 || (answer.redirected && new URL(answer.url).pathname === "/sign-in");
}

async function send(address, options) {
  const headers = new Headers(options.headers);
  headers.set("X-CSRF-Token", csrfToken());
  return fetch(address, { ...options, headers });
}

/** Take over who has signed in; false where it is somebody else than before. */
function took(found) {
  if (state.who !== null && found.who !== state.who) return false;
  state.who = found.who;
  meta().content = found.csrf;
  for (const field of document.querySelectorAll('input[type="hidden"][name="csrf"]')) field.value = found.csrf;
  return true;
}

async function ask() {
  const page = await fetch("/sign-in/again");
  if (!page.ok) return false;
  const dialog = document.createElement("dialog");
  dialog.innerHTML = await page.text(); // our own server's form: scripts in it would not run
  document.body.append(dialog);
  const form = dialog.querySelector("form");
  const back = document.activeElement;
  dialog.showModal();
  const login = form.querySelector("#again-login");
  login.value = state.who ?? "";
  (login.value ? form.querySelector("#again-password") : login).focus();
  try {
    return await new Promise((resolve) => {
      dialog.addEventListener("cancel", () => resolve(false));
      dialog.querySelector("[data-give-up]").addEventListener("click", () => resolve(false));
      form.addEventListener("submit", async (event) => {
        event.preventDefault();
        if (await tried(form)) resolve(true);
      });
      addEventListener("focus", async function looked() {
        if (!dialog.isConnected) return removeEventListener("focus", looked);
        if (await signedInElsewhere(form)) resolve(true);
      });
    });
  } finally {
    dialog.close();
    dialog.remove();
    back?.focus?.();
  }
}

async function tried(form) {
  const code = form.querySelector('[data-part="code"]');
  const body = new URLSearchParams();
  if (code.hidden) {
    body.set("login", form.querySelector("#again-login").value);
    body.set("password", form.querySelector("#again-password").value);
  } else {
    body.set("code", form.querySelector("#again-code").value);
    body.set("csrf", form.dataset.csrf);
  }
  tell(form, "");
  const answer = await fetch(code.hidden ? "/sign-in" : "/second-factor", {
    method: "POST",
    body,
    headers: { Accept: "application/json" },
  });
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    tell(form, found.message ?? String(answer.status));
    return false;
  }
  return accepted(form, found);
}

/** Go on with what the server says: a code is wanted, something else has to be done first, or all is well. */
function accepted(form, found) {
  if (found.step === "code") {
    form.dataset.csrf = found.csrf;
    form.querySelector('[data-part="password"]').hidden = true;
    form.querySelector('[data-part="code"]').hidden = false;
    form.querySelector("#again-code").focus();
    return false;
  }
  const other = form.querySelector("[data-other-person]");
  other.hidden = true;
  if (found.step || !took(found)) {
    other.hidden = false;
    return false;
  }
  return true;
}

async function signedInElsewhere(form) {
  const answer = await fetch("/session", { headers: { Accept: "application/json" } });
  return answer.ok && accepted(form, await answer.json());
}

function tell(form, text) {
  const place = form.querySelector("[data-problem]");
  place.replaceChildren();
  if (!text) return;
  const line = document.createElement("p");
  line.className = "error";
  line.textContent = text;
  place.append(line);
}

async function onSubmit(event) {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented || form.matches(".again")) return;
  if (state.sure === form) {
    state.sure = null;
    return;
  }
  event.preventDefault();
  if (state.checking.has(form)) return; // Enter was pressed twice
  state.checking.add(form);
  const submitter = event.submitter;
  let sure;
  try {
    sure = await ensureSession();
  } catch {
    sure = true; // no connection: the browser says so itself
  } finally {
    state.checking.delete(form);
  }
  if (!sure) return;
  state.sure = form;
  form.requestSubmit(submitter);
}

/** Ask for a fragment again that met the end of a session. */
async function onFragment(event) {
  const { xhr, requestConfig: asked } = event.detail;
  if (xhr.status !== 401 || !(await signInAgain())) return;
  const values = {};
  for (const [name, value] of asked.formData ?? []) {
    values[name] = name in values ? [].concat(values[name], value) : value;
  }
  if ("csrf" in values) values.csrf = csrfToken();
  globalThis.htmx.ajax(asked.verb, asked.path, { source: asked.elt, target: asked.target, values });
}

let lastSign = performance.now();

async function onPresence() {
  if (performance.now() - lastSign < PRESENCE) return;
  lastSign = performance.now();
  const answer = await fetch("/session", { headers: { Accept: "application/json" } }).catch(() => null);
  if (answer?.ok) took(await answer.json());
}

if (!state.started && csrfToken()) {
  state.started = true;
  state.who = document.querySelector('meta[name="who"]')?.content ?? null;
  document.addEventListener("submit", onSubmit);
  document.addEventListener("htmx:responseError", onFragment);
  for (const kind of ["input", "keydown", "pointerdown"]) document.addEventListener(kind, onPresence, { passive: true });
}

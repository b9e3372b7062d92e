// The clerk's page: files are dropped or chosen, sent, looked at, decided about.

import { announce } from "./page.js";
import { csrfToken, ensureSession, signInAgain } from "./session.js";
import { FileList, element, sizeWords, wordsOfPage } from "./intake_list.js";
import { Sender, sameness } from "./sender.js";

const place = document.getElementById("intake");
const base = place.dataset.base;
const own = place.dataset.own === "yes";
const words = wordsOfPage();
const { say } = words;
const byId = (id) => document.getElementById(id);
let counts = { files: 0, coming: 0, duplicate: 0, safe: 0 };
let changes = -1;
let inTheWay = ""; // what keeps files from being sent, in words
let closing = false;
let source = null;

const list = new FileList({ list: byId("files"), words, own, on: { decide, replace } });
const sender = new Sender({
  base,
  headers: () => ({ "X-CSRF-Token": csrfToken() }),
  signIn: signInAgain,
  chunk: Number(place.dataset.chunk),
  atOnce: Number(place.dataset.atOnce),
  on: {
    offered(files) {
      const taken = files.filter(Boolean);
      list.update(taken);
      if (taken.length < files.length) message("info", say("skipped", { count: files.length - taken.length }));
      const full = new Set(taken.filter((each) => each.state === "refused").map((each) => each.number));
      if (full.size) message("attention", say("refused_offer", { count: full.size }));
      totals();
    },
    moved(number, bytes) { list.moved(number, bytes); totals(); },
    whole(number) { list.moved(number, list.files.get(number)?.size ?? 0); totals(); },
    failed(number, error) {
      const name = list.files.get(number)?.name ?? String(number);
      message("blocking", error.code === "unreadable" ? say("unreadable", { name }) : `${name}: ${error.message}`);
    },
    trouble(kind, seconds) { trouble(kind, seconds); },
    idle() { totals(); announce(say("done_sending")); },
  },
});

/* ---- what is said ------------------------------------------------------------------------------------------------------ */

function message(kind, text) {
  const notice = element("div", { class: `notice ${kind}` }, words.icon(kind), element("p", {}, text));
  byId("messages").append(notice);
  while (byId("messages").children.length > 4) byId("messages").firstChild.remove();
}

function trouble(kind, seconds) {
  inTheWay = kind ? say(kind, { seconds }) : "";
  totals();
}

/* ---- totals ------------------------------------------------------------------------------------------------------------ */

let drawing = false;
function totals() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => { drawing = false; drawTotals(); });
}

function drawTotals() {
  const files = [...list.files.values()];
  const states = { safe: 0, coming: 0, duplicate: 0, refused: 0, left_out: 0 };
  let size = 0, received = 0, pages = 0;
  for (const file of files) {
    states[file.state] += 1;
    if (file.state === "refused" || file.state === "left_out") continue;
    size += file.size;
    received += file.received;
    pages += file.pages ?? 0;
  }
  counts = { ...states, files: files.length, pages };
  for (const shown of document.querySelectorAll("[data-count]")) {
    const value = counts[shown.dataset.count];
    shown.textContent = value;
    const box = shown.parentElement;
    box.className = value ? box.dataset.kind : "";
  }
  byId("bytes").max = size || 1;
  byId("bytes").value = received;
  byId("bytes-words").textContent = say("bytes_words", { received: sizeWords(received), size: sizeWords(size) });
  byId("none").hidden = files.length > 0;
  if (byId("duplicates")) byId("duplicates").hidden = states.duplicate === 0;
  if (!own) return;
  const line = byId("sending");
  byId("pause").hidden = sender.paused || !sender.left;
  byId("resume").hidden = !sender.paused;
  if (inTheWay) line.textContent = inTheWay;
  else if (sender.paused) line.textContent = say("paused");
  else if (sender.left) line.textContent = say("sending", { count: sender.left });
  else line.textContent = states.coming ? missing(files) : "";
  line.className = inTheWay || (states.coming && !sender.left) ? "asks" : "hint";
  ready(states);
}

/** Say which files must be chosen again, since this page does not have their bytes: it was loaded anew. */
function missing(files) {
  const lost = files.filter((each) => each.state === "coming" && !sender.held.has(each.number));
  if (!lost.length) return "";
  return lost.length === 1 ? say("choose_again_one", { name: lost[0].name }) : say("choose_again", { count: lost.length, names: lost.slice(0, 5).map((each) => each.name).join(", ") });
}

/** Say why the batch cannot be closed yet. */
function ready(states) {
  const button = byId("close-button");
  if (!button || closing) return;
  const why = states.coming ? say("still_coming", { count: states.coming })
    : states.duplicate ? say("undecided", { count: states.duplicate })
      : states.safe ? "" : say("nothing_safe");
  button.setAttribute("aria-disabled", why ? "true" : "false");
  byId("close-why").textContent = why;
}

/* ---- choosing and dropping --------------------------------------------------------------------------------------------- */

/** Send files that were chosen; a file that is chosen again goes on where it stopped. */
async function take(entries) {
  if (!entries.length) return;
  const known = new Set([...list.files.values()].filter((each) => each.state === "coming").map((each) => sameness(each.name, each.size, each.modified)));
  const again = entries.filter(({ file, name }) => known.has(sameness(name, file.size, file.lastModified))).length;
  if (known.size && !again) message("attention", say("changed_file", { count: known.size }));
  try {
    await sender.add(entries);
  } catch (error) {
    message("blocking", error.message);
  }
  totals();
}

function chosen(event) {
  const entries = [...event.target.files].map((file) => ({ file, name: file.webkitRelativePath || file.name }));
  event.target.value = "";
  take(entries);
}

/** Return the files below what was dropped, with their folders in their names. */
async function filesBelow(entry, prefix = "") {
  if (entry.isFile) {
    const file = await new Promise((done, fail) => entry.file(done, fail));
    return [{ file, name: prefix + file.name }];
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((done, fail) => reader.readEntries(done, fail));
    if (!some.length) return found;
    for (const each of some) found.push(...await filesBelow(each, `${prefix}${entry.name}/`));
  }
}

async function dropped(event) {
  event.preventDefault();
  byId("drop").classList.remove("over");
  // the list is emptied when this function first waits
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const files = [];
  for (const entry of entries) files.push(...await filesBelow(entry));
  take(files);
}

/* ---- deciding ---------------------------------------------------------------------------------------------------------- */

async function post(path, values) {
  return sender.ask("POST", base + path, { body: new URLSearchParams(values) });
}

async function decide(number, decision) {
  try {
    const answer = await post(`/files/${number}/decision`, { decision });
    list.update([await answer.json()]);
    if (decision === "leave_out") sender.waiting = sender.waiting.filter((job) => job.number !== number);
  } catch (error) {
    message("blocking", error.message);
  }
  totals();
}

async function decideAll(decision) {
  try {
    heard(await (await post("/duplicates", { decision })).json());
  } catch (error) {
    message("blocking", error.message);
  }
}

/** Let another file be chosen in the place of one. */
function replace(number) {
  const input = element("input", { type: "file", accept: byId("choose-files").accept });
  input.addEventListener("change", () => {
    const folder = list.files.get(number).name.replace(/[^/]*$/, "");
    take([...input.files].map((file) => ({ file, name: folder + file.name, replaces: number })));
  });
  input.click();
}

/* ---- listening --------------------------------------------------------------------------------------------------------- */

function heard(told) {
  changes = told.changes;
  list.update(told.files);
  totals();
  if (told.state === "closed" && told.location) window.location.assign(told.location);
}

function listen() {
  if (source && source.readyState !== EventSource.CLOSED) return;
  source = new EventSource(`${base}/events?since=${changes}`);
  const take_in = (event) => heard(JSON.parse(event.data));
  source.addEventListener("news", take_in);
  source.addEventListener("done", (event) => { source.close(); take_in(event); });
  source.addEventListener("error", () => {
    // a browser tries again by itself unless it was refused
    if (source.readyState === EventSource.CLOSED) setTimeout(poll, 5000);
  });
}

async function poll() {
  try {
    const answer = await fetch(`${base}/state?since=${changes}`, { headers: { Accept: "application/json" } });
    if (answer.status === 401 && !(await signInAgain())) { sender.pause(); trouble("signed_out", 0); return; }
    if (answer.ok) { heard(await answer.json()); listen(); return; }
  } catch { /* no connection */ }
  setTimeout(poll, 5000);
}

/** Go on, once somebody is signed in: here, or in another window, with another token by now. */
async function goOn() {
  if (await ensureSession().catch(() => false)) {
    inTheWay = "";
    sender.resume();
    poll();
  }
  totals();
}

if (own) {
  byId("choose-files").addEventListener("change", chosen);
  byId("choose-folder").addEventListener("change", chosen);
  byId("drop").addEventListener("dragover", (event) => { event.preventDefault(); byId("drop").classList.add("over"); });
  byId("drop").addEventListener("dragleave", () => byId("drop").classList.remove("over"));
  byId("drop").addEventListener("drop", dropped);
  byId("pause").addEventListener("click", () => { sender.pause(); totals(); });
  byId("resume").addEventListener("click", goOn);
  byId("duplicates").addEventListener("click", (event) => { if (event.target.dataset.all) decideAll(event.target.dataset.all); });
  // heard last: whoever makes sure of the session first holds the form back, and sends it again
  window.addEventListener("submit", (event) => {
    if (event.target.id !== "close" || event.defaultPrevented) return;
    const button = byId("close-button");
    if (button.getAttribute("aria-disabled") === "true") { event.preventDefault(); return; }
    // a thousand files take some seconds: nobody should wonder, or press twice
    button.setAttribute("aria-disabled", "true");
    byId("close-why").textContent = say("closing_now");
    closing = true;
  });
  window.addEventListener("beforeunload", (event) => { if (sender.left) event.preventDefault(); });
}
byId("show").addEventListener("change", (event) => list.show(event.target.value));
poll();

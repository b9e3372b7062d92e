// A phone as a camera: every picture goes straight into the clerk's intake, and the coach's word on it comes back at once.

import { element, wordsOfPage } from "./intake_list.js";
import { Sender } from "./sender.js";

const place = document.getElementById("phone");
const base = place.dataset.base;
const { say, icon } = wordsOfPage();
const byId = (id) => document.getElementById(id);
const files = new Map();
const pictures = new Map(); // object URLs of what this phone took, by name
let changes = -1;
let taken = 0;
let replaces = null;
let polling = null;

const sender = new Sender({
  base,
  headers: () => ({}),
  chunk: Number(place.dataset.chunk),
  atOnce: 2,
  on: {
    offered(told) { told.filter(Boolean).forEach(show); },
    moved(number, bytes) {
      const bar = byId(`picture-${number}`)?.querySelector("progress");
      if (bar) bar.value = bytes;
    },
    whole() { poll(); },
    failed(number, error) { over(error); },
    trouble(kind, seconds) {
      byId("sending").textContent = kind ? say("retrying", { seconds }) : sender.left ? say("sending", { count: sender.left }) : "";
    },
    idle() { byId("sending").textContent = say("done"); },
  },
});

function over(error) {
  byId("messages").replaceChildren(element("div", { class: "notice blocking" }, icon("blocking"), element("p", {}, error.message || say("over"))));
}

/* ---- pictures ---------------------------------------------------------------------------------------------------------- */

async function send(blob) {
  taken += 1;
  const now = new Date();
  const name = `${place.dataset.name} ${now.toISOString().slice(11, 19).replaceAll(":", "")}-${taken}.jpg`;
  pictures.set(name.normalize("NFC"), URL.createObjectURL(blob));
  const file = new File([blob], name, { type: blob.type, lastModified: now.getTime() });
  const instead = replaces;
  replaces = null;
  try {
    await sender.add([{ file, name, replaces: instead }]);
  } catch (error) {
    over(error);
  }
}

function show(file) {
  files.set(file.number, file);
  byId("none").hidden = files.size > 0;
  const made = row(file);
  const there = byId(`picture-${file.number}`);
  if (there) there.replaceWith(made); else byId("pictures").prepend(made);
}

function row(file) {
  const waits = file.state === "coming";
  const gone = file.state === "left_out";
  const good = file.state === "safe" && !file.looking && !file.notes.length;
  const words = waits ? file.words : gone ? say("dropped") : file.looking ? say("looking") : good ? say("good") : file.words;
  const kind = file.looking && file.kind === "plain" ? "info" : file.kind;
  const made = element("li", { class: "picture", id: `picture-${file.number}` },
    element("img", { alt: file.name, src: pictures.get(file.name) ?? "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==" }),
    element("span", { class: `badge ${kind}` }, icon(kind), words));
  if (waits) made.append(element("progress", { value: file.received, max: file.size || 1, "aria-label": file.name }));
  if (!gone) for (const note of file.notes) made.append(element("p", {}, note.what, " ", element("strong", {}, note.help)));
  if (!gone && !waits) {
    made.append(element("div", { class: "actions" },
      element("button", { type: "button", class: file.again ? "" : "second", on: () => again(file.number) }, say("again")),
      element("button", { type: "button", class: "quiet", on: () => drop(file.number) }, say("drop"))));
  }
  return made;
}

function again(number) {
  replaces = number;
  if (byId("view").hidden) byId("camera").click();
  else byId("view").scrollIntoView();
}

async function drop(number) {
  try {
    show(await (await sender.ask("POST", `${base}/files/${number}/drop`, {})).json());
  } catch (error) {
    over(error);
  }
}

/** Ask what the coach says, for as long as it has something to say. */
async function poll() {
  clearTimeout(polling);
  const answer = await fetch(`${base}/state?since=${changes}`, { headers: { Accept: "application/json" } }).catch(() => null);
  if (answer && !answer.ok) {
    over(await answer.json().catch(() => ({})));
    return;
  }
  if (answer) {
    const told = await answer.json();
    changes = told.changes;
    told.files.forEach(show);
  }
  const busy = [...files.values()].some((each) => each.looking || each.state === "coming");
  polling = setTimeout(poll, busy ? 1000 : 5000);
}

/* ---- the live view ----------------------------------------------------------------------------------------------------- */

const video = byId("video");

async function live() {
  try {
    video.srcObject = await navigator.mediaDevices.getUserMedia({
      audio: false, video: { facingMode: "environment", width: { ideal: 3840 }, height: { ideal: 2160 } },
    });
    await video.play();
  } catch {
    byId("live").hidden = true;
    byId("sending").textContent = say("no_camera");
    return;
  }
  byId("view").hidden = false;
  byId("shoot").hidden = false;
  byId("live").hidden = true;
  byId("camera-label").className = "button second";
}

async function shoot() {
  const canvas = element("canvas", { width: video.videoWidth, height: video.videoHeight });
  canvas.getContext("2d").drawImage(video, 0, 0);
  canvas.toBlob((blob) => { if (blob) send(blob); }, "image/jpeg", 0.92);
}

byId("camera").addEventListener("change", (event) => {
  [...event.target.files].forEach(send);
  event.target.value = "";
});
byId("shoot").addEventListener("click", shoot);
byId("live").addEventListener("click", live);
// the camera itself is given only to pages that come by TLS, and to this machine's own
byId("live").hidden = !(window.isSecureContext && navigator.mediaDevices?.getUserMedia);
poll();

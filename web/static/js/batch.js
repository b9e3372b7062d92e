// A batch's page while the batch is worked on: its numbers, as they change; its files once it is done.

import { announce } from "./page.js";

const panel = document.getElementById("batch");
const base = `/batches/${panel.dataset.batch}`;

function show(told) {
  told.pages_done = told.pages - told.pages_waiting;
  for (const each of panel.querySelectorAll("[data-count]")) {
    const value = told[each.dataset.count];
    each.textContent = value;
    const box = each.closest("[data-kind]");
    if (box) box.className = value ? box.dataset.kind : "";
  }
  const bar = document.getElementById("pages-done");
  bar.max = told.pages || 1;
  bar.value = told.pages_done;
  const badge = document.querySelector("#standing .badge");
  if (badge.lastChild.textContent !== told.words) badge.lastChild.textContent = told.words;
  if (told.complete) {
    announce(told.words);
    window.location.reload();
  }
}

function listen() {
  const source = new EventSource(`${base}/progress`);
  const heard = (event) => show(JSON.parse(event.data));
  source.addEventListener("news", heard);
  source.addEventListener("done", (event) => { source.close(); heard(event); });
  source.addEventListener("error", () => { if (source.readyState === EventSource.CLOSED) setTimeout(poll, 5000); });
}

async function poll() {
  try {
    const answer = await fetch(`${base}/state`, { headers: { Accept: "application/json" } });
    if (answer.status === 401) { window.location.reload(); return; }
    if (answer.ok) { show(await answer.json()); listen(); return; }
  } catch { /* no connection */ }
  setTimeout(poll, 5000);
}

listen();

// A batch's page while the batch is worked on: its numbers, as they change, and papers that are ready; its files once it is done.

import { follow } from "./following.js";
import { announce } from "./page.js";

const panel = document.getElementById("batch");
const early = document.getElementById("early");
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
  // a list that is longer than is shown at once stays as it is: somebody may be reading on in it
  if (early && Number(early.dataset.count) !== told.early && !early.querySelector("[data-full]")) {
    early.dataset.count = told.early;
    early.dispatchEvent(new CustomEvent("more"));
  }
  if (told.complete) {
    announce(told.words);
    window.location.reload();
  }
}

follow(base, show);

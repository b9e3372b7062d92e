// An order's page while it is carried out: how each paper stands, as it changes.

import { follow } from "./following.js";
import { announce } from "./page.js";

// what was decided at the desk is ordered now
sessionStorage.removeItem(`desk:${document.querySelector('meta[name="who"]').content}`);

const panel = document.getElementById("order");
const base = `/orders/${panel.dataset.order}`;

function mark(row, item) {
  const badge = row.querySelector("[data-outcome] .badge");
  row.querySelector("[data-reason]").textContent = item.reason;
  if (badge.lastChild.textContent === item.words) return;
  badge.className = `badge ${item.kind}`;
  badge.lastChild.textContent = item.words;
  row.querySelector(".veto")?.remove();
}

function show(told) {
  for (const each of panel.querySelectorAll("[data-count]")) {
    each.textContent = told[each.dataset.count];
    each.closest("[data-kind]").className = told[each.dataset.count] ? each.closest("[data-kind]").dataset.kind : "";
  }
  const bar = document.getElementById("order-bar");
  bar.max = told.total || 1;
  bar.value = told.total - told.left;
  document.getElementById("order-words").textContent = told.words;
  for (const row of document.querySelectorAll("[data-document]")) {
    const item = told.items[row.dataset.document];
    if (item) mark(row, item);
  }
  if (!told.running) {
    announce(told.words);
    window.location.reload();
  }
}

follow(base, show, () => Boolean(panel.dataset.running));

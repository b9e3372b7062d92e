// Values one after the other: Enter accepts and goes on, arrows choose; what is typed is kept as a draft of its paper.

import { csrfToken } from "./page.js";

const form = document.getElementById("group");
const count = document.getElementById("count");

const inputs = () => [...form.querySelectorAll(".group-input input")];
const rowOf = (input) => input.closest(".group-row");
const checkOf = (input) => rowOf(input).querySelector('[name="accepted"]');

function accept(input, on) {
  checkOf(input).checked = on;
  rowOf(input).querySelector(".group-done").hidden = !on;
  const done = form.querySelectorAll('[name="accepted"]:checked').length;
  count.textContent = count.dataset.words.replace("{count}", done);
}

function go(input, by) {
  const all = inputs();
  const next = all[all.indexOf(input) + by];
  if (!next) { document.getElementById("save").focus(); return; }
  next.focus();
  next.select();
}

function choose(input, by) {
  const choices = [...rowOf(input).querySelectorAll("[data-choice]")];
  const values = [...new Set([input.dataset.shown, ...choices.map((each) => each.dataset.choice)])];
  const at = values.indexOf(input.value);
  put(input, values[(at + by + values.length) % values.length]);
}

function put(input, value) {
  input.value = value;
  for (const each of rowOf(input).querySelectorAll("[data-choice]")) {
    if (each.dataset.choice === value) each.setAttribute("aria-current", "true");
    else each.removeAttribute("aria-current");
  }
  accept(input, false);
  keep(input);
}

const waiting = new Map();

function keep(input) {
  clearTimeout(waiting.get(input));
  waiting.set(input, setTimeout(() => {
    waiting.delete(input);
    const row = rowOf(input).dataset;
    const body = new URLSearchParams({ name: row.name, version: row.version, value: input.value, csrf: csrfToken() });
    fetch(`/documents/${row.document}/draft`, { method: "POST", body, keepalive: true, headers: { Accept: "application/json" } }).catch(() => null);
  }, 400));
}

form.addEventListener("keydown", (event) => {
  const input = event.target.closest(".group-input input");
  if (!input) return;
  if (event.key === "Enter") { accept(input, input.value.trim() !== ""); go(input, 1); }
  else if (event.key === "ArrowDown") choose(input, 1);
  else if (event.key === "ArrowUp") choose(input, -1);
  else if (event.key === "Escape") { put(input, input.dataset.shown); }
  else return;
  event.preventDefault();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "F10") return;
  event.preventDefault();
  form.requestSubmit();
});

form.addEventListener("input", (event) => {
  const input = event.target.closest(".group-input input");
  if (input) { accept(input, false); keep(input); }
});

form.addEventListener("click", (event) => {
  const choice = event.target.closest("[data-choice]");
  if (!choice) return;
  const input = rowOf(choice).querySelector(".group-input input");
  put(input, choice.dataset.choice);
  input.focus();
});

inputs().find((each) => each.getAttribute("aria-invalid"))?.focus() ?? inputs()[0]?.focus();

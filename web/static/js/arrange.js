// The contact sheet: pages are moved by keyboard or mouse; the server keeps each step as a draft, and plans and carries out.

import { announce, csrfToken } from "./page.js";

const papers = document.getElementById("papers");
const said = papers.dataset;
const state = document.getElementById("draft-state");
const past = [];
let cut = [];
let dragged = [];
let saving = 0;
let last = null;

const pages = () => [...papers.querySelectorAll(".sheets > li")];
const selected = () => pages().filter((each) => each.getAttribute("aria-selected") === "true");
const here = () => (last && papers.contains(last) ? last : pages()[0]);
const chosen = () => (selected().length ? selected() : here() ? [here()] : []);
const paperOf = (page) => page.closest(".paper");
const isLocked = (page) => paperOf(page).hasAttribute("data-locked");

// --- what is on the sheet, as the server keeps it ---

function numbers(paper) {
  return [...paper.querySelectorAll(".sheets > li")].map((each) => Number(each.dataset.place));
}

function draft() {
  const whole = [...papers.querySelectorAll(".paper:not(.apart)")].filter((each) => numbers(each).length);
  const turns = {};
  for (const each of pages()) if (each.dataset.turn !== "0") turns[each.dataset.place] = Number(each.dataset.turn);
  return {
    round: Number(said.round),
    papers: whole.map((each) => ({ pages: numbers(each), type: typeOf(each), dossier: each.dataset.dossier })),
    blank: numbers(papers.querySelector('[data-kind="blank"]')),
    separators: numbers(papers.querySelector('[data-kind="separators"]')),
    turns,
  };
}

function typeOf(paper) {
  const choice = paper.querySelector("select");
  return choice ? choice.value : "";
}

// what the server has not heard yet outlives a reload here: places in the batch, nothing of what the papers say
const unsaved = `arrange ${said.batch}`;

async function send(text) {
  const body = new URLSearchParams({ draft: text, csrf: csrfToken() });
  try {
    return (await fetch(`/batches/${said.batch}/pages/draft`, { method: "POST", body, keepalive: true })).ok;
  } catch {
    return false;
  }
}

async function keep() {
  saving = 0;
  const text = JSON.stringify(draft());
  const done = await send(text);
  if (sessionStorage.getItem(unsaved) !== text) return; // it has changed since, and is on its way
  if (done) sessionStorage.removeItem(unsaved);
  state.textContent = done ? state.dataset.kept : state.dataset.lost;
}

async function catchUp() {
  const left = sessionStorage.getItem(unsaved);
  if (!left) return;
  const isNew = left !== JSON.stringify(draft()) && JSON.parse(left).round === Number(said.round);
  const done = isNew && (await send(left));
  sessionStorage.removeItem(unsaved);
  if (done) window.location.reload();
}

function changed() {
  tidy();
  document.getElementById("plan").replaceChildren();
  state.textContent = "";
  sessionStorage.setItem(unsaved, JSON.stringify(draft()));
  clearTimeout(saving);
  saving = setTimeout(keep, 300);
}

function tidy() {
  for (const paper of papers.querySelectorAll(".paper:not(.apart)")) {
    const count = numbers(paper).length;
    if (!count) paper.remove();
    paper.classList.toggle("long", count > 8);
  }
  if (last && !papers.contains(last)) last = null;
  rove(here());
}

function remember() {
  past.push({ html: papers.innerHTML, types: [...papers.querySelectorAll("select")].map((each) => each.value), place: here()?.dataset.place });
  if (past.length > 100) past.shift();
}

// --- focus and choice ---

function rove(page) {
  for (const each of pages()) each.tabIndex = each === page ? 0 : -1;
  last = page ?? null;
}

function focus(page) {
  if (!page) return;
  rove(page);
  page.focus();
}

function select(page, on) {
  page.setAttribute("aria-selected", String(on));
}

function clear() {
  for (const each of selected()) select(each, false);
}

function beside(page, key) {
  const all = pages();
  const at = all.indexOf(page);
  if (key === "ArrowRight") return all[at + 1];
  if (key === "ArrowLeft") return all[at - 1];
  const box = page.getBoundingClientRect();
  const way = key === "ArrowDown" ? 1 : -1;
  let best = null;
  let least = Infinity;
  for (const each of all) {
    const other = each.getBoundingClientRect();
    const down = (other.top - box.top) * way;
    if (down < box.height / 2) continue;
    const far = down * 3 + Math.abs(other.left - box.left);
    if (far < least) [best, least] = [each, far];
  }
  return best;
}

// --- what can be done ---

function move(moved, put) {
  const free = moved.filter((each) => !isLocked(each));
  if (free.length < moved.length) announce(said.saidLocked);
  if (!free.length) return;
  remember();
  put(free);
  for (const each of free) each.classList.remove("cut");
  changed();
  focus(free[0]);
}

function blankPaper(dossier) {
  const paper = document.createElement("section");
  paper.className = "paper";
  paper.dataset.dossier = dossier;
  paper.setAttribute("aria-label", said.paper);
  const model = papers.querySelector(".paper:not(.apart):not([data-locked]) > header label");
  const head = document.createElement("header");
  const name = document.createElement("h2");
  name.textContent = said.paper;
  head.append(name);
  if (model) {
    const label = model.cloneNode(true);
    label.querySelector("select").selectedIndex = 0;
    head.append(label);
  }
  const list = papers.querySelector(".sheets").cloneNode(false);
  list.setAttribute("aria-label", said.paper);
  paper.append(head, list);
  return paper;
}

const deeds = {
  cut() {
    for (const each of pages()) each.classList.remove("cut");
    cut = chosen().filter((each) => !isLocked(each));
    for (const each of cut) each.classList.add("cut");
    announce(cut.length ? said.saidCut.replace("{count}", cut.length) : said.saidLocked);
  },
  paste() {
    const target = here();
    if (!cut.length || !target || cut.includes(target) || isLocked(target)) return;
    const moved = cut;
    cut = [];
    move(moved, (free) => target.after(...free));
    announce(said.saidPasted.replace("{count}", moved.length));
  },
  split() {
    const from = here();
    if (!from || isLocked(from)) return;
    const paper = paperOf(from);
    const list = [...paper.querySelectorAll(".sheets > li")];
    const rest = paper.classList.contains("apart") ? chosen() : list.slice(list.indexOf(from));
    if (rest.length === list.length && !paper.classList.contains("apart")) return;
    move(rest, (free) => {
      const fresh = blankPaper(paper.dataset.dossier ?? "");
      fresh.querySelector(".sheets").append(...free);
      if (paper.classList.contains("apart")) papers.querySelector('[data-kind="blank"]').before(fresh);
      else paper.after(fresh);
    });
  },
  join() {
    const from = here();
    if (!from) return;
    const before = paperOf(from).previousElementSibling;
    if (!before || paperOf(from).classList.contains("apart") || before.hasAttribute("data-locked")) return;
    move([...paperOf(from).querySelectorAll(".sheets > li")], (free) => before.querySelector(".sheets").append(...free));
  },
  turn: () => turn(90),
  back: () => turn(270),
  over: () => turn(180),
  blank: () => move(chosen(), (free) => papers.querySelector('[data-kind="blank"] .sheets').append(...free)),
  separator: () => move(chosen(), (free) => papers.querySelector('[data-kind="separators"] .sheets').append(...free)),
  undo() {
    const before = past.pop();
    if (!before) return;
    papers.innerHTML = before.html;
    papers.querySelectorAll("select").forEach((each, at) => { each.value = before.types[at]; });
    cut = [];
    changed();
    focus(pages().find((each) => each.dataset.place === before.place) ?? pages()[0]);
  },
};

function turn(degrees) {
  const these = chosen().filter((each) => !isLocked(each));
  if (!these.length) { announce(said.saidLocked); return; }
  remember();
  for (const each of these) each.dataset.turn = (Number(each.dataset.turn) + degrees) % 360;
  changed();
  focus(these[0]);
}

// --- keys, buttons, mouse ---

const keys = { F2: "blank", F4: "separator", F8: "turn", F9: "over" };

papers.addEventListener("keydown", (event) => {
  const page = event.target.closest(".sheets > li");
  if (!page) return;
  const held = event.ctrlKey || event.metaKey;
  if (event.key.startsWith("Arrow")) {
    const next = beside(page, event.key);
    if (next && event.shiftKey) { select(page, true); select(next, true); }
    focus(next);
  } else if (event.key === " ") select(page, page.getAttribute("aria-selected") !== "true");
  else if (event.key === "Escape") { clear(); for (const each of cut) each.classList.remove("cut"); cut = []; }
  else if (event.key === "Home") focus(pages()[0]);
  else if (event.key === "End") focus(pages().at(-1));
  else if (held && event.key.toLowerCase() === "a") paperOf(page).querySelectorAll(".sheets > li").forEach((each) => select(each, true));
  else if (held && event.key.toLowerCase() === "x") deeds.cut();
  else if (held && event.key.toLowerCase() === "v") deeds.paste();
  else if (held && event.key.toLowerCase() === "z") deeds.undo();
  else if (held && event.key === "Enter") deeds.split();
  else if (held && event.key === "Backspace") deeds.join();
  else if (event.key === "F8" && event.shiftKey) deeds.back();
  else if (keys[event.key]) deeds[keys[event.key]]();
  else return;
  event.preventDefault();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "F10") return;
  event.preventDefault();
  document.getElementById("show-plan").click();
});

papers.addEventListener("click", (event) => {
  const page = event.target.closest(".sheets > li");
  if (!page) return;
  if (event.ctrlKey || event.metaKey) select(page, page.getAttribute("aria-selected") !== "true");
  else { clear(); select(page, true); }
  focus(page);
});

papers.addEventListener("focusin", (event) => {
  const page = event.target.closest(".sheets > li");
  if (page) rove(page);
  const choice = event.target.closest("select");
  if (choice && choice.options.length < 3) fill(choice);
});

function fill(choice) {
  const now = choice.value;
  const all = document.getElementById("types").content.cloneNode(true);
  choice.replaceChildren(choice.options[0], all);
  choice.value = now;
}

papers.addEventListener("change", (event) => {
  if (event.target.matches("select")) changed();
});

document.querySelector(".arrange-tools").addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (button) deeds[button.dataset.do]();
});

papers.addEventListener("dragstart", (event) => {
  const page = event.target.closest(".sheets > li");
  if (!page) return;
  dragged = page.getAttribute("aria-selected") === "true" ? selected() : [page];
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", page.dataset.place);
});

papers.addEventListener("dragover", (event) => {
  const paper = event.target.closest(".paper");
  if (!paper || paper.hasAttribute("data-locked") || !dragged.length) return;
  event.preventDefault();
  unmark();
  const page = event.target.closest(".sheets > li");
  (page ?? paper).classList.add(page ? "before" : "drop");
});

papers.addEventListener("drop", (event) => {
  const paper = event.target.closest(".paper");
  if (!paper || !dragged.length) return;
  event.preventDefault();
  unmark();
  const page = event.target.closest(".sheets > li");
  const moved = dragged.filter((each) => each !== page);
  dragged = [];
  move(moved, (free) => (page ? page.before(...free) : paper.querySelector(".sheets").append(...free)));
});

papers.addEventListener("dragend", () => { dragged = []; unmark(); });

function unmark() {
  for (const each of papers.querySelectorAll(".before, .drop")) each.classList.remove("before", "drop");
}

const form = document.getElementById("plan-form");
form.addEventListener("submit", () => { document.getElementById("draft").value = JSON.stringify(draft()); }, true);
document.getElementById("plan").addEventListener("htmx:afterSwap", () => {
  (document.getElementById("apply") ?? document.getElementById("plan-panel"))?.focus();
});
window.addEventListener("pagehide", () => { if (saving) keep(); });

document.querySelector('form[action$="/pages/forget"]').addEventListener("submit", () => { clearTimeout(saving); saving = 0; sessionStorage.removeItem(unsaved); });

tidy();
catchUp();

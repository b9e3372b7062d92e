// The desk: papers are opened beside the queue, pages are fetched when they come into view (fetching is what counts as having been
// shown), and what was decided outlives a reload of the page, until it
// is ordered (order.js forgets it then).

import { announce } from "./page.js";

const form = document.getElementById("desk-form");
const pane = document.getElementById("paper");
const KEY = `desk:${document.querySelector('meta[name="who"]').content}`;

const rows = () => [...form.querySelectorAll(".desk-row")];
const rowOf = (id) => rows().find((row) => row.dataset.document === id);
const chosen = (row) => row.querySelector("select");
const signer = () => document.getElementById("signer")?.value ?? "";

function remember() {
  const kept = {};
  for (const row of rows()) {
    if (chosen(row).value !== "later") kept[row.dataset.document] = [chosen(row).value, row.querySelector('input[name="why"]').value];
  }
  sessionStorage.setItem(KEY, JSON.stringify(kept));
}

function recall() {
  const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
  for (const row of rows()) {
    const [value, why] = kept[row.dataset.document] ?? [];
    if (!value) continue;
    chosen(row).value = value;
    row.querySelector('input[name="why"]').value = why;
  }
}

function count() {
  const all = rows();
  const signing = all.filter((row) => chosen(row).value === "sign");
  const unseen = signing.filter((row) => row.dataset.mustSee && !row.dataset.seen);
  const words = document.getElementById("desk-counts");
  if (!words) return;
  words.textContent = words.dataset.words
    .replace("%s", signing.length)
    .replace("%r", all.filter((row) => chosen(row).value === "refuse").length)
    .replace("%u", unseen.length);
  for (const row of all) row.querySelector('input[name="why"]').required = chosen(row).value === "refuse";
}

function watch(article) {
  const images = [...article.querySelectorAll("image.page-bytes")];
  let left = images.length;
  for (const image of images) {
    const sheet = image.ownerSVGElement;
    image.addEventListener("load", () => {
      left -= 1;
      if (left) return;
      const row = rowOf(article.dataset.shown);
      if (row) row.dataset.seen = "yes";
      count();
    }, { once: true });
    if (image.hasAttribute("href")) {
      // one that was there before this script has said "load" already: it is asked for again
      image.setAttribute("href", image.getAttribute("href"));
      continue;
    }
    new IntersectionObserver((entries, observer) => {
      if (!entries.some((each) => each.isIntersecting)) return;
      observer.disconnect();
      image.setAttribute("href", image.dataset.href);
    }, { threshold: 0.15 }).observe(sheet);
  }
}

function open(id, focus) {
  for (const row of rows()) {
    row.toggleAttribute("data-open", row.dataset.document === id);
    const link = row.querySelector("[data-paper]");
    if (row.dataset.document === id) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  rowOf(id)?.scrollIntoView({ block: "nearest" });
  return window.htmx.ajax("GET", `/desk/papers/${id}?signer=${encodeURIComponent(signer())}`, { target: "#paper", swap: "innerHTML" })
    .then(() => { if (focus) pane.querySelector(focus)?.focus(); });
}

function decide(what) {
  const id = pane.querySelector("[data-shown]").dataset.shown;
  const row = rowOf(id);
  if (!row) return;
  chosen(row).value = what;
  changed();
  if (what === "refuse") {
    row.querySelector('input[name="why"]').focus();
    return;
  }
  const next = rows()[rows().indexOf(row) + 1];
  if (next) open(next.dataset.document, '[data-decide="sign"]');
  else (document.getElementById("secret") ?? document.getElementById("desk-sign"))?.focus();
}

function changed() {
  remember();
  count();
}

if (form) {
  recall();
  form.addEventListener("input", changed);
  form.addEventListener("click", (event) => {
    const link = event.target.closest("[data-paper]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(link.dataset.paper, "#paper-title");
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.name !== "why") return;
    event.preventDefault();
    const row = event.target.closest(".desk-row");
    const next = rows()[rows().indexOf(row) + 1];
    if (event.target.value.trim() && next) open(next.dataset.document, '[data-decide="sign"]');
  });
  pane.addEventListener("click", (event) => {
    const button = event.target.closest("[data-decide]");
    if (button) decide(button.dataset.decide);
  });
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.target !== pane) return;
    const article = pane.querySelector("[data-shown]");
    if (article) watch(article);
  });
  document.getElementById("signer")?.addEventListener("change", () => {
    const shown = pane.querySelector("[data-shown]");
    if (shown) open(shown.dataset.shown);
  });
  form.addEventListener("submit", (event) => {
    const deciding = rows().filter((row) => chosen(row).value !== "later");
    const unseen = deciding.filter((row) => chosen(row).value === "sign" && row.dataset.mustSee && !row.dataset.seen);
    if (deciding.length && !unseen.length) return;
    event.preventDefault();
    announce(unseen.length ? form.dataset.unseen : form.dataset.nothing);
    const words = document.getElementById("desk-counts");
    words.textContent = unseen.length ? form.dataset.unseen : form.dataset.nothing;
    if (unseen.length) open(unseen[0].dataset.document, "#paper-title");
  });
  const article = pane.querySelector("[data-shown]");
  if (article) watch(article);
  count();
}

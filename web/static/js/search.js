// Search as one types. What is typed goes into the body of requests and, to be shared, behind `#` of the address: browsers
// send that to nobody.

const form = document.getElementById("search-form");
const words = document.getElementById("words");
const found = document.getElementById("found");
const KEPT = ["words", "person", "type", "state", "dossier", "agency", "issued_since", "issued_until", "received_since", "received_until"];

function remember() {
  const data = new FormData(form);
  const kept = new URLSearchParams(KEPT.filter((name) => data.get(name)).map((name) => [name, data.get(name)]));
  const hash = kept.toString();
  history.replaceState(null, "", hash ? `#${hash}` : location.pathname);
}

function recall() {
  const kept = new URLSearchParams(location.hash.slice(1));
  let any = false;
  for (const name of KEPT) {
    const control = form.elements.namedItem(name);
    if (!control || !kept.has(name)) continue;
    control.value = kept.get(name);
    any = true;
    if (!["words", "person"].includes(name)) form.querySelector("details").open = true;
  }
  if (any) form.requestSubmit();
}

form.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.elt !== form) return;
  const typing = event.detail.triggeringEvent?.type === "input";
  event.detail.parameters.as_typed = typing ? "1" : "0";
  if (!typing) return;
  // enter sends the same again with the last word complete
  delete event.detail.parameters.narrow;
});

document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.elt === form) remember();
});

// A facet's value goes into its control, so that it can be seen and taken back there.
found.addEventListener("click", (event) => {
  const button = event.target.closest("[data-narrow]");
  if (!button) return;
  event.preventDefault();
  const [name, ...rest] = button.dataset.narrow.split(":");
  const value = rest.join(":");
  if (name === "year") {
    form.elements.namedItem("issued_since").value = `${value}-01-01`;
    form.elements.namedItem("issued_until").value = `${value}-12-31`;
  } else {
    const control = form.elements.namedItem(name);
    if (control) control.value = value;
  }
  form.querySelector("details").open = true;
  form.requestSubmit();
});

// Down goes from the words into what was found, up and down from one to the next, Escape back to the words; Enter opens.
document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const links = [...found.querySelectorAll(".hit a")];
  const at = links.indexOf(document.activeElement);
  if (event.key === "ArrowDown" && (document.activeElement === words || at >= 0) && links.length) {
    event.preventDefault();
    links[Math.min(at + 1, links.length - 1)].focus();
  } else if (event.key === "ArrowUp" && at >= 0) {
    event.preventDefault();
    (at === 0 ? words : links[at - 1]).focus();
  } else if (event.key === "Escape" && at >= 0) {
    words.focus();
  }
});

window.addEventListener("hashchange", recall);
recall();

// The rows of fields: what stands in them, what was accepted, and which come next.

/** All rows, in order. */
export function rows(sheet) {
  return [...sheet.querySelectorAll("[data-row]")];
}

/** The row that something lies in. */
export function rowOf(element) {
  return element?.closest?.("[data-row]") ?? null;
}

/** The input of a row. */
export function inputOf(row) {
  return row.querySelector("input, textarea");
}

export function nameOf(row) {
  return row.dataset.row;
}

export function isDoubt(row) {
  return row.dataset.doubt === "yes";
}

export function isAccepted(row) {
  return row.dataset.accepted === "yes";
}

/** Rows with something in doubt that nobody has accepted yet. */
export function openDoubts(sheet) {
  return rows(sheet).filter((row) => isDoubt(row) && !isAccepted(row));
}

/** The next open doubt behind a row, or before it; goes round. */
export function nextDoubt(sheet, row, step = 1) {
  const all = rows(sheet);
  const open = new Set(openDoubts(sheet));
  const start = row ? all.indexOf(row) : step > 0 ? -1 : all.length;
  for (let passed = 1; passed <= all.length; passed += 1) {
    const each = all[(((start + step * passed) % all.length) + all.length) % all.length];
    if (open.has(each) && each !== row) return each;
  }
  return null;
}

/** Put the focus into a row, its text ready to be replaced; the list is scrolled only where the row cannot be seen. */
export function focusRow(row) {
  const input = inputOf(row);
  input.focus({ preventScroll: true });
  input.select();
  const list = row.closest("[data-scroll]").getBoundingClientRect();
  const place = row.getBoundingClientRect();
  const seen = place.top >= Math.max(0, list.top) && place.bottom <= Math.min(innerHeight, list.bottom);
  if (!seen) row.scrollIntoView({ block: "center" });
}

/** Say of a row that it was accepted, or that it was not. */
export function setAccepted(row, accepted) {
  if (accepted) row.dataset.accepted = "yes";
  else delete row.dataset.accepted;
  row.querySelector("[data-done]").hidden = !accepted;
}

/** Put a value into a row as if it had been typed. */
export function setValue(row, value) {
  inputOf(row).value = value;
  markChoice(row);
}

/** Show which of the choices stands in the input. */
export function markChoice(row) {
  const value = inputOf(row).value;
  for (const each of choices(row)) {
    if (each.dataset.choice === value) each.setAttribute("aria-current", "true");
    else each.removeAttribute("aria-current");
  }
}

export function choices(row) {
  return [...row.querySelectorAll("[data-choice]")];
}

/** Return the choice behind the one that stands in the input, or before it. */
export function otherChoice(row, step) {
  const all = choices(row);
  if (!all.length) return null;
  const now = all.findIndex((each) => each.hasAttribute("aria-current"));
  const next = now < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, now + step));
  return all[next].dataset.choice;
}

/** Add choices that a second reading brought, before those that are there. */
export function addChoices(row, values, why) {
  const list = row.querySelector(".review-choices");
  for (const value of [...values].reverse()) {
    if (choices(row).some((each) => each.dataset.choice === value)) continue;
    const item = document.createElement("li");
    item.dataset.choice = value;
    const text = document.createElement("span");
    text.textContent = value;
    const source = document.createElement("small");
    source.textContent = why;
    item.append(text, " ", source);
    list.prepend(item);
  }
  list.hidden = false;
  markChoice(row);
}

/** Say something below a row's input; kind: empty, attention or refused. */
export function verdict(row, text, kind = "") {
  const place = row.querySelector("[data-verdict]");
  place.textContent = text;
  place.hidden = !text;
  place.className = `review-verdict ${kind}`;
  if (kind === "refused") inputOf(row).setAttribute("aria-invalid", "true");
  else inputOf(row).removeAttribute("aria-invalid");
}

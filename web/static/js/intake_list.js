// The list of an intake's files: what the server says of each, and how many bytes of it are on their way.

/** Return what makes sentences of the page's <template id="words">, with {names} filled in, and icons. */
export function wordsOfPage() {
  const kept = document.getElementById("words").content;
  const say = (name, values = {}) => {
    const sentence = kept.querySelector(`[data-word="${name}"]`).textContent;
    return sentence.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? values[key] : whole));
  };
  const icon = (kind) => kept.querySelector(`[data-icon="${kind}"] svg`).cloneNode(true);
  return { say, icon };
}

const UNITS = ["B", "KiB", "MiB", "GiB"];

export function sizeWords(bytes) {
  let power = 0;
  while (bytes >= 1024 && power < UNITS.length - 1) { bytes /= 1024; power += 1; }
  return `${power ? bytes.toFixed(1) : bytes} ${UNITS[power]}`;
}

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "class") made.className = value;
    else if (key === "on") made.addEventListener("click", value);
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

export class FileList {
  /** @param own whether the clerk may decide; @param on functions: decide(number, decision), replace(number) */
  constructor({ list, words, own, on }) {
    Object.assign(this, { list, words, own, on });
    this.files = new Map();
    this.rows = new Map();
    this.shown = "all";
  }

  /** Show what the server says of some files. */
  update(files) {
    const added = document.createDocumentFragment();
    for (const file of files) {
      const known = this.files.get(file.number);
      const moved = known && known.state === "coming" && file.state === "coming" ? Math.max(known.received, file.received) : file.received;
      this.files.set(file.number, { ...file, received: moved });
      const row = this.row(this.files.get(file.number));
      const there = this.rows.get(file.number);
      if (there) {
        const held = there.contains(document.activeElement) ? document.activeElement.dataset.action : null;
        there.replaceWith(row);
        if (held) row.querySelector(`[data-action="${held}"]`)?.focus();
      } else added.append(row);
      this.rows.set(file.number, row);
      this.hide(file.number);
    }
    this.list.append(added);
  }

  /** Show how far a file is. */
  moved(number, bytes) {
    const file = this.files.get(number);
    if (!file) return;
    file.received = bytes;
    const bar = this.rows.get(number)?.querySelector("progress");
    if (bar) bar.value = bytes;
  }

  show(which) {
    this.shown = which;
    this.files.forEach((_, number) => this.hide(number));
  }

  hide(number) {
    const file = this.files.get(number);
    const fits = {
      all: true,
      attention: file.kind === "attention" || file.kind === "blocking",
      coming: file.state === "coming",
      refused: file.state === "refused" || file.state === "left_out",
    }[this.shown];
    this.rows.get(number).hidden = !fits;
  }

  row(file) {
    const { say, icon } = this.words;
    const badge = element("span", { class: `badge ${file.kind}` }, icon(file.kind), file.words);
    const facts = [sizeWords(file.size)];
    if (file.pages) facts.push(say("pages", { pages: file.pages }));
    if (file.looking) facts.push(say("looking"));
    const folder = file.name.lastIndexOf("/") + 1;
    const name = element("span", { class: "file-name" },
      ...(folder ? [element("span", { class: "folder" }, file.name.slice(0, folder))] : []), file.name.slice(folder));
    const row = element("li", { class: `file ${file.state}`, "data-number": file.number },
      element("span", { class: "file-number" }, String(file.number)), name, element("span", { class: "file-facts" }, facts.join(" · ")), badge);
    if (file.state === "coming") {
      row.append(element("progress", { value: file.received, max: file.size || 1, "aria-label": file.name }));
    }
    const notes = file.notes.map(({ what, help }) => element("li", {}, what, ...(help ? [" ", element("strong", {}, help)] : [])));
    if (notes.length && !(file.state === "left_out" && !file.replaced)) row.append(element("ul", { class: "notes" }, ...notes));
    const actions = this.own ? this.actions(file) : [];
    if (file.batch) actions.push(element("a", { href: `/batches/${file.batch}`, target: "_blank", rel: "noopener" }, say("see_batch")));
    if (actions.length) row.append(element("div", { class: actions.length > 1 ? "file-actions" : "file-actions single" }, ...actions));
    return row;
  }

  actions(file) {
    const { say } = this.words;
    const action = (name, label, heard) => element("button", {
      type: "button", class: "second small", "data-action": name, "aria-label": `${label}: ${file.name}`, on: heard }, label);
    const decide = (decision) => () => this.on.decide(file.number, decision);
    const replace = () => action("replace", say("replace"), () => this.on.replace(file.number));
    const leaveOut = () => action("leave_out", say("leave_out"), decide("leave_out"));
    switch (file.state) {
      case "coming": return [leaveOut()];
      case "duplicate": return [action("keep", say("keep"), decide("keep")), leaveOut()];
      case "refused": return [replace()];
      case "left_out": return file.replaced || file.received < file.size ? [] : [action("keep", say("take_back"), decide("keep"))];
      default: return file.again ? [replace(), action("keep", say("keep"), decide("keep")), leaveOut()] : [leaveOut()];
    }
  }
}

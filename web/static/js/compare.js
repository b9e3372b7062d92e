// Compares a file with what is kept, by its fingerprint. The file is read here and goes nowhere.

/** Bytes of the largest file that is read: SubtleCrypto takes a file in one piece, which has to fit into memory. */
const MOST = 512 * 1024 * 1024;

/** Return the SHA-256 of a file as 64 hexadecimal digits. */
async function fingerprint(file) {
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Show what came of it, as a notice of the page's kinds. */
function tell(panel, kind, text, digest = "") {
  const outcome = panel.querySelector("[data-outcome]");
  const notice = document.createElement("div");
  notice.className = `notice ${kind}`;
  const said = document.createElement("div");
  const sentence = document.createElement("p");
  sentence.textContent = text;
  said.append(sentence);
  if (digest) {
    const code = document.createElement("code");
    code.textContent = digest;
    const line = document.createElement("p");
    line.className = "hint";
    line.append(`${panel.dataset.fingerprint}: `, code);
    said.append(line);
  }
  notice.append(said);
  outcome.replaceChildren(notice);
}

async function compare(panel, file) {
  const says = panel.dataset;
  if (!globalThis.crypto?.subtle) return tell(panel, "attention", says.noCrypto);
  if (file.size > MOST) return tell(panel, "attention", says.tooLarge);
  tell(panel, "", says.reading);
  let digest;
  try {
    digest = await fingerprint(file);
  } catch {
    return tell(panel, "attention", says.unreadable);
  }
  if (!says.newest) {
    location.assign(`/v?code=${digest}`);
  } else if (digest === says.newest) {
    tell(panel, "info", says.isNewest, digest);
  } else if (says.earlier.split(" ").includes(digest)) {
    tell(panel, "attention", says.isEarlier, digest);
  } else {
    tell(panel, "blocking", says.isOther, digest);
  }
}

for (const panel of document.querySelectorAll("[data-compare]")) {
  const input = panel.querySelector('input[type="file"]');
  const drop = panel.querySelector("[data-drop]");
  input.addEventListener("change", () => {
    if (input.files.length) compare(panel, input.files[0]);
  });
  for (const name of ["dragenter", "dragover"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) compare(panel, event.dataTransfer.files[0]);
  });
}

// A file that is dropped beside the frame would otherwise be opened in place of the page.
for (const name of ["dragover", "drop"]) document.addEventListener(name, (event) => event.preventDefault());

// --- a judgement that somebody waits for: it is asked for a while, so that nobody has to load the page again by hand

const ASKED_EVERY = 4000;
const ASKED_AT_MOST = 30;

async function waitForJudgement() {
  for (let asked = 0; asked < ASKED_AT_MOST; asked += 1) {
    await new Promise((resolve) => setTimeout(resolve, ASKED_EVERY));
    try {
      const answer = await fetch(location.href);
      if (answer.ok && !(await answer.text()).includes("data-waiting")) return location.reload();
    } catch {
      // asked again at the next turn
    }
  }
}

if (document.querySelector("[data-waiting]")) waitForJudgement();

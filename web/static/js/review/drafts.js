// What is typed is kept on the server as it is typed; nothing of it is applied by itself.

import { post } from "./ask.js";
import { inputOf, isAccepted, nameOf, verdict } from "./rows.js";
import { say } from "./words.js";

const WAIT = 400; // milliseconds of rest after which a draft is sent

export class Drafts {
  #waiting = new Map();
  #sending = new Set();

  constructor(sheet, { onVersion }) {
    this.sheet = sheet;
    this.onVersion = onVersion;
  }

  /** Keep a row's draft soon. */
  later(row) {
    clearTimeout(this.#waiting.get(row));
    this.#waiting.set(row, setTimeout(() => this.now(row), WAIT));
  }

  /** Keep a row's draft at once. */
  async now(row) {
    clearTimeout(this.#waiting.get(row));
    this.#waiting.delete(row);
    const fields = {
      name: nameOf(row),
      value: inputOf(row).value,
      accepted: isAccepted(row) ? "1" : "",
      version: this.sheet.dataset.version,
      place: row.dataset.place ?? "",
    };
    await this.#send(row, fields);
  }

  /** Forget a row's draft. */
  async drop(row) {
    clearTimeout(this.#waiting.get(row));
    this.#waiting.delete(row);
    await this.#send(row, { name: nameOf(row), version: this.sheet.dataset.version, drop: "1" });
  }

  /** Send what still waits, and wait until everything is kept. */
  async flush() {
    await Promise.all([...this.#waiting.keys()].map((row) => this.now(row)));
    await Promise.all(this.#sending);
  }

  /** Forget what waits, for it is being saved with the document; return the rows: that may fail. */
  forget() {
    const rows = [...this.#waiting.keys()];
    for (const timer of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
    return rows;
  }

  async #send(row, fields) {
    const sent = post(`/documents/${this.sheet.dataset.document}/draft`, fields);
    this.#sending.add(sent);
    try {
      const answer = await sent;
      if (inputOf(row).value === (fields.value ?? inputOf(row).value)) {
        const kind = answer.refused ? "refused" : "attention";
        if (answer.verdict) verdict(row, answer.verdict, kind);
        else if (!row.querySelector("[data-verdict]").classList.contains("told")) verdict(row, "");
      }
      this.#saved(say("draft_saved", { time: new Date().toLocaleTimeString(document.documentElement.lang) }));
      this.onVersion(answer.version);
    } catch (error) {
      this.#saved(say("draft_failed", { reason: error.message }));
    } finally {
      this.#sending.delete(sent);
    }
  }

  #saved(text) {
    const place = this.sheet.querySelector("[data-saved]");
    if (place) place.textContent = text;
  }
}


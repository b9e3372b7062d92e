// One person at a time types: the claim is renewed while the page is open, and given back when it is left.

import { csrfToken } from "../page.js";
import { post } from "./ask.js";

const EVERY = 30_000; // milliseconds; the server lets a claim lapse after three times as long

export class Claim {
  #timer = null;

  constructor(sheet, { onLost, onChanged }) {
    this.sheet = sheet;
    this.onLost = onLost;
    this.onChanged = onChanged;
    this.document = sheet.dataset.document;
    if (sheet.dataset.mine === "yes") this.#timer = setInterval(() => this.renew(), EVERY);
  }

  /** Say that one is still here; learn whose the document is and whether somebody changed it. */
  async renew() {
    try {
      const answer = await post(`/documents/${this.document}/claim`, {});
      if (!answer.mine) {
        this.stop();
        this.onLost(answer.message);
      } else if (String(answer.version) !== this.sheet.dataset.version) {
        this.onChanged(answer.changed);
      }
    } catch {
      // the next sign of life may reach the server; until then the claim holds
    }
  }

  /** Renew it no more. */
  stop() {
    clearInterval(this.#timer);
  }

  /** Give the document back, even while the page goes away. */
  release() {
    this.stop();
    if (this.sheet.dataset.mine !== "yes") return;
    const form = new FormData();
    form.append("csrf", csrfToken());
    navigator.sendBeacon(`/documents/${this.document}/release`, form);
  }
}

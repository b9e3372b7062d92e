// The next document is fetched while this one is looked at, with its pictures decoded, so that switching takes no time.

import { part } from "./ask.js";

export class Ahead {
  #document = "";
  #sheet = null;

  /** Fetch a document's part and pictures; one is enough: what was fetched long ago has changed since. */
  async prepare(document) {
    if (!document || document === this.#document) return;
    this.#document = document;
    this.#sheet = null;
    try {
      const found = parsed(await part(`/documents/${document}/review?part=ahead`));
      if (document !== this.#document || !found) return;
      this.#sheet = found;
      performance.mark("review-ahead", { detail: document });
      for (const url of pictures(found)) decode(url); // nobody waits for them
    } catch {
      this.#document = ""; // it is loaded in the plain way then
    }
  }

  /** Return the part of a document as an element if it is there already, else null. */
  take(document) {
    if (document !== this.#document) return null;
    const sheet = this.#sheet;
    this.#document = "";
    this.#sheet = null;
    return sheet;
  }
}

/** Return the sheet that HTML holds. */
export function parsed(html) {
  return new DOMParser().parseFromString(html, "text/html").getElementById("sheet");
}

function pictures(sheet) {
  return [...new Set([...sheet.querySelectorAll("image[href]")].map((each) => each.getAttribute("href")))];
}

function decode(url) {
  const picture = new Image();
  picture.src = url;
  picture.decode().catch(() => null);
}

// The next document is fetched while this one is looked at, with its pictures decoded, so that switching takes no time.

import { part } from "./ask.js";

export class Ahead {
  #parts = new Map();

  /** Fetch a document's part and pictures. */
  prepare(document) {
    if (!document || this.#parts.has(document)) return;
    this.#parts.clear(); // one is enough: what was fetched long ago has changed since
    this.#parts.set(document, this.#fetch(document));
  }

  /** Return the part of a document as an element if it was fetched and is of this version, else null. */
  async take(document, version) {
    const fetched = await (this.#parts.get(document) ?? null);
    this.#parts.delete(document);
    return fetched && fetched.dataset.version === String(version) ? fetched : null;
  }

  async #fetch(document) {
    try {
      const found = parsed(await part(`/documents/${document}/review?part=ahead`));
      if (found) for (const url of pictures(found)) decode(url); // nobody waits for them
      return found;
    } catch {
      return null; // it is loaded in the plain way then
    }
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

// Steps back: what was accepted or chosen on this page, and then the last document that was confirmed.

const LAST = "review.last";

export class Undo {
  #steps = [];

  /** Remember how a row was before it changed. */
  remember(row, before) {
    this.#steps.push({ row, ...before });
  }

  /** Return the last step and forget it. */
  pop() {
    return this.#steps.pop() ?? null;
  }

  /** Remember the document that was just saved: one key takes it back, also on a page that was loaded since. */
  static saved(document, version) {
    sessionStorage.setItem(LAST, JSON.stringify({ document, version }));
  }

  /** Return the document that was saved last, and forget it. */
  static lastSaved() {
    const kept = sessionStorage.getItem(LAST);
    sessionStorage.removeItem(LAST);
    return kept ? JSON.parse(kept) : null;
  }
}

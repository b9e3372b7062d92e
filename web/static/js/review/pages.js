// The pages: one at a time, larger and smaller, and the box of the field that is looked at.

const LEAST_ZOOM = 1;
const MOST_ZOOM = 4;
const AROUND = 24; // pixels that stay free around a box

export class Pages {
  constructor(sheet) {
    this.view = sheet.querySelector("[data-view]");
    this.frames = [...sheet.querySelectorAll("[data-page-frame]")];
    this.label = sheet.querySelector("[data-page-of]");
    this.number = 1;
    this.zoom = LEAST_ZOOM;
    this.turnTo(1);
  }

  /** The picture that is shown. */
  get sheet() {
    return this.frames[this.number - 1].querySelector(".sheet");
  }

  /** Show a page, from 1. */
  turnTo(number) {
    if (!this.frames.length) return;
    this.number = Math.min(this.frames.length, Math.max(1, number));
    this.frames.forEach((frame, place) => (frame.hidden = place + 1 !== this.number));
    const late = this.sheet.querySelector("image[data-href]");
    if (late) {
      late.setAttribute("href", late.dataset.href);
      late.removeAttribute("data-href");
    }
    if (this.label) this.label.textContent = `${this.number}/${this.frames.length}`;
  }

  turn(step) {
    this.turnTo(this.number + step);
    this.view.scrollTop = 0;
  }

  zoomBy(step) {
    this.zoom = Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, this.zoom + step));
    this.view.dataset.zoom = this.zoom;
    const chosen = this.sheet.querySelector(".evidence.chosen");
    if (chosen) this.#bringIntoView(chosen);
  }

  /** Show where a field stands; the view moves only where its box cannot be seen. */
  show(row) {
    for (const each of this.view.querySelectorAll(".evidence.chosen")) each.classList.remove("chosen");
    const number = Number(row.dataset.page);
    if (!number || !row.dataset.box) return;
    this.turnTo(number);
    const box = this.sheet.querySelector(`[data-field="${CSS.escape(row.dataset.row)}"]`);
    if (!box) return;
    box.classList.add("chosen");
    this.#bringIntoView(box);
  }

  #bringIntoView(box) {
    const seen = this.view.getBoundingClientRect();
    const place = box.getBoundingClientRect();
    if (place.top < seen.top + AROUND || place.bottom > seen.bottom - AROUND) {
      this.view.scrollTop += (place.top + place.bottom) / 2 - (seen.top + seen.bottom) / 2;
    }
    if (place.left < seen.left + AROUND || place.right > seen.right - AROUND) {
      this.view.scrollLeft += (place.left + place.right) / 2 - (seen.left + seen.right) / 2;
    }
  }
}

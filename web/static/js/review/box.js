// A box on a page, drawn with the mouse or moved with arrow keys, that is read again into the field one was in.

const STEP = 6; // points
const FINE = 1;
const LEAST = 4; // points: a click is no box
const START = { width: 120, height: 18 };
const SVG = "http://www.w3.org/2000/svg";

export class Box {
  #from = null;
  #rect = null;

  constructor(pages, { onRead, onMove, onEnd, mayDraw }) {
    this.pages = pages;
    this.onRead = onRead;
    this.onMove = onMove;
    this.onEnd = onEnd;
    this.mayDraw = mayDraw;
    const view = pages.view;
    view.addEventListener("pointerdown", (event) => this.#begin(event));
    view.addEventListener("pointermove", (event) => this.#drag(event));
    view.addEventListener("pointerup", (event) => this.#finish(event));
  }

  /** Put a box on the page to be moved with keys, where the field stands or in the middle of what is seen. */
  start(row) {
    const sheet = this.pages.sheet;
    const width = Number(sheet.dataset.width);
    const known = row?.dataset.box && Number(row.dataset.page) === this.pages.number;
    const [left, top, right, bottom] = known
      ? row.dataset.box.split(" ").map(Number)
      : [width / 2 - START.width / 2, 100, width / 2 + START.width / 2, 100 + START.height];
    this.#make(sheet, { left: left - 3, top: top - 2, width: right - left + 6, height: bottom - top + 4 });
    this.#rect.setAttribute("tabindex", "0");
    this.#rect.setAttribute("role", "application");
    this.#rect.addEventListener("keydown", (event) => this.#key(event));
    this.#moved();
    this.#rect.focus();
  }

  /** Take the box away. */
  stop() {
    this.#rect?.remove();
    this.#rect = null;
  }

  get isDrawn() {
    return this.#rect !== null;
  }

  #make(sheet, box) {
    this.stop();
    this.#rect = document.createElementNS(SVG, "rect");
    this.#rect.setAttribute("class", "drawn");
    sheet.append(this.#rect);
    this.#set(box);
  }

  #set(box) {
    const sheet = this.#rect.ownerSVGElement;
    const [most, high] = [Number(sheet.dataset.width), Number(sheet.dataset.height)];
    const width = Math.min(most, Math.max(LEAST, box.width));
    const height = Math.min(high, Math.max(LEAST, box.height));
    const left = Math.min(most - width, Math.max(0, box.left));
    const top = Math.min(high - height, Math.max(0, box.top));
    for (const [name, value] of Object.entries({ x: left, y: top, width, height })) {
      this.#rect.setAttribute(name, value.toFixed(1));
    }
  }

  #box() {
    const value = (name) => Number(this.#rect.getAttribute(name));
    return { left: value("x"), top: value("y"), width: value("width"), height: value("height") };
  }

  #key(event) {
    const step = event.ctrlKey ? FINE : STEP;
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const move = moves[event.key];
    if (move) {
      const box = this.#box();
      const [across, down] = [move[0] * step, move[1] * step];
      this.#set(
        event.shiftKey
          ? { ...box, width: box.width + across, height: box.height + down }
          : { ...box, left: box.left + across, top: box.top + down },
      );
      this.#moved();
    } else if (event.key === "Enter") {
      this.#read();
    } else if (event.key === "Escape") {
      this.stop();
      this.onEnd();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  #moved() {
    const box = this.#box();
    this.#rect.setAttribute("aria-label", this.onMove({ page: this.pages.number, ...box }));
  }

  #point(event) {
    const sheet = this.pages.sheet;
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(sheet.getScreenCTM().inverse());
    return { x: at.x, y: at.y };
  }

  #begin(event) {
    if (event.button !== 0 || event.pointerType === "touch" || !event.target.closest(".sheet") || !this.mayDraw()) return;
    event.preventDefault(); // the focus stays in the field
    this.#from = this.#point(event);
    this.pages.view.setPointerCapture(event.pointerId);
  }

  #drag(event) {
    if (!this.#from) return;
    const to = this.#point(event);
    const box = {
      left: Math.min(this.#from.x, to.x),
      top: Math.min(this.#from.y, to.y),
      width: Math.abs(to.x - this.#from.x),
      height: Math.abs(to.y - this.#from.y),
    };
    if (!this.#rect && Math.max(box.width, box.height) < LEAST) return;
    if (this.#rect) this.#set(box);
    else this.#make(this.pages.sheet, box);
  }

  #finish(event) {
    if (!this.#from) return;
    const from = this.#from;
    this.#from = null;
    const to = this.#point(event);
    if (this.#rect && Math.abs(to.x - from.x) >= LEAST && Math.abs(to.y - from.y) >= LEAST) this.#read();
    else {
      this.stop();
      this.onEnd(document.elementFromPoint(event.clientX, event.clientY));
    }
  }

  #read() {
    const { left, top, width, height } = this.#box();
    this.onRead({ page: this.pages.number, left, top, right: left + width, bottom: top + height });
  }
}

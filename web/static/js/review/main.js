// The review page: keys and clicks become changes of rows; what is decided is decided by the server.

import { announce } from "../page.js";
import { Ahead, parsed } from "./ahead.js";
import { part, post } from "./ask.js";
import { Box } from "./box.js";
import { Claim } from "./claim.js";
import { Drafts } from "./drafts.js";
import { askedBy } from "./keys.js";
import { Pages } from "./pages.js";
import * as row_ from "./rows.js";
import { Undo } from "./undo.js";
import { say } from "./words.js";

const ahead = new Ahead();
const help = document.getElementById("keys");
const settled = new Set(); // documents that were saved on this page and are not gone back to
let desk = null;

/** Everything that belongs to one document on the page. */
class Desk {
  constructor(sheet) {
    this.sheet = sheet;
    this.id = sheet.dataset.document;
    this.mine = sheet.dataset.mine === "yes";
    this.form = sheet.querySelector("form.review-fields");
    this.row = null; // the field one is in, also while a button or a page has the focus
    this.warned = false;
    this.busy = false;
    this.undo = new Undo();
    this.pages = new Pages(sheet);
    this.drafts = new Drafts(sheet, { onVersion: (version) => this.seeVersion(version) });
    this.claim = this.newClaim();
    this.box = new Box(this.pages, {
      mayDraw: () => this.mine && this.row !== null,
      onRead: (place) => this.readAgain(place),
      onMove: (place) => this.describe(place),
      onEnd: (target) => this.endDrawing(target),
    });
    sheet.addEventListener("focusin", (event) => this.enter(row_.rowOf(event.target)));
    sheet.addEventListener("input", (event) => this.typed(event));
    sheet.addEventListener("click", (event) => this.click(event));
    sheet.addEventListener("keydown", (event) => this.key(event));
    this.form.addEventListener("submit", (event) => this.submit(event));
    this.begin();
  }

  newClaim() {
    return new Claim(this.sheet, {
      onLost: (text) => this.lose(text),
      onChanged: (text) => this.tellChanged(text),
    });
  }

  begin() {
    this.count();
    const first = row_.openDoubts(this.sheet)[0];
    if (first) row_.focusRow(first);
    else this.sheet.querySelector("[data-confirm]:not([disabled])")?.focus({ preventScroll: true });
    ahead.prepare(this.sheet.dataset.next);
  }

  enter(row) {
    if (!row || row === this.row) return;
    this.row = row;
    this.pages.show(row);
  }

  // --- what a person does to a field ----------------------------------------------------------------------------------

  state(row) {
    return { value: row_.inputOf(row).value, accepted: row_.isAccepted(row), place: row.dataset.place };
  }

  change(row, value) {
    this.undo.remember(row, this.state(row));
    row_.setValue(row, value);
    row_.setAccepted(row, false);
    this.drafts.later(row);
    this.count();
  }

  typed(event) {
    const row = row_.rowOf(event.target);
    if (!row) return;
    row_.markChoice(row);
    if (row_.isAccepted(row)) row_.setAccepted(row, false);
    this.drafts.later(row);
    this.count();
  }

  accept(row) {
    if (!this.mine) return;
    if (!row_.isAccepted(row)) {
      this.undo.remember(row, this.state(row));
      row_.setAccepted(row, true);
      this.drafts.later(row);
    }
    this.count();
    const next = row_.nextDoubt(this.sheet, row);
    if (next) {
      row_.focusRow(next);
      return;
    }
    this.sheet.querySelector("[data-confirm]").focus({ preventScroll: true });
    announce(say("none_left"));
  }

  restore(row) {
    if (!this.mine) return;
    this.undo.remember(row, this.state(row));
    delete row.dataset.place;
    row_.setValue(row, row.dataset.read);
    row_.setAccepted(row, false);
    row_.verdict(row, "");
    row_.inputOf(row).select();
    this.drafts.drop(row);
    this.count();
  }

  choose(row, step) {
    const value = row_.otherChoice(row, step);
    if (value !== null && value !== row_.inputOf(row).value) {
      this.change(row, value);
      announce(value);
    }
    row_.inputOf(row).select();
  }

  async stepBack() {
    const step = this.undo.pop();
    if (step) {
      row_.setValue(step.row, step.value);
      row_.setAccepted(step.row, step.accepted);
      if (step.place) step.row.dataset.place = step.place;
      else delete step.row.dataset.place;
      row_.focusRow(step.row);
      this.drafts.later(step.row);
      this.count();
      return;
    }
    const last = Undo.lastSaved();
    if (!last) {
      announce(say("nothing_to_undo"));
      return;
    }
    try {
      await post(`/documents/${last.document}/undo`, { version: last.version });
      announce(say("undone"));
      this.leave();
      location.assign(`/documents/${last.document}/review`);
    } catch (error) {
      this.tell(error.message);
    }
  }

  count() {
    const open = row_.openDoubts(this.sheet).length;
    const all = row_.rows(this.sheet).filter(row_.isDoubt).length;
    const place = this.sheet.querySelector("[data-count]");
    place.textContent = all === 0 ? say("no_doubts") : open ? say("left", { count: open }) : say("none_left");
    place.classList.toggle("clear", open === 0);
    this.warned = this.warned && open > 0;
  }

  // --- reading a part again -------------------------------------------------------------------------------------------

  draw() {
    if (!this.mine || !this.row) return;
    this.sheet.querySelector("[data-drawing]").hidden = false;
    this.box.start(this.row);
  }

  describe(place) {
    const values = Object.fromEntries(Object.entries(place).map(([name, value]) => [name, Math.round(value)]));
    const text = say("draw_box", values);
    announce(text);
    return text;
  }

  endDrawing(target = null) {
    this.sheet.querySelector("[data-drawing]").hidden = true;
    const field = target?.closest?.(".evidence")?.dataset.field;
    const row = field ? this.sheet.querySelector(`[data-row="${CSS.escape(field)}"]`) : this.row;
    if (row) row_.focusRow(row);
  }

  async readAgain(place) {
    const row = this.row;
    row_.verdict(row, say("reading"));
    try {
      const answer = await post(`/documents/${this.id}/region`, { name: row_.nameOf(row), ...place });
      row_.verdict(row, answer.message, "told");
      announce(answer.message);
      if (answer.value) {
        this.change(row, answer.value);
        row.dataset.place = answer.place;
        row_.addChoices(row, [answer.value, ...answer.others], say("source_reading"));
      }
    } catch (error) {
      row_.verdict(row, error.message, "refused");
    } finally {
      this.box.stop();
      this.sheet.querySelector("[data-drawing]").hidden = true;
      row_.focusRow(row);
    }
  }

  // --- saving and going on --------------------------------------------------------------------------------------------

  async submit(event) {
    event.preventDefault();
    await this.save(event.submitter?.value ?? "confirm");
  }

  async save(what) {
    if (this.busy || !this.mine) return;
    const open = row_.openDoubts(this.sheet);
    if (what === "confirm" && open.length && !this.warned) {
      this.warned = true;
      this.tell(say("unseen", { count: open.length }));
      row_.focusRow(open[0]);
      return;
    }
    this.busy = true;
    performance.mark("review-save");
    const form = new FormData(this.form);
    form.set("do", what);
    for (const row of row_.rows(this.sheet)) if (row_.isAccepted(row)) form.set(`accepted.${row_.nameOf(row)}`, "1");
    const waiting = this.drafts.forget();
    this.claim.stop();
    settled.add(this.id);
    const shown = this.showNext();
    try {
      const answer = await post(`/documents/${this.id}/review`, form);
      if (answer.version) Undo.saved(answer.document, answer.version);
      if (shown === null || desk === shown) await this.goOn(answer, shown);
    } catch (error) {
      settled.delete(this.id);
      this.comeBack();
      for (const row of waiting) this.drafts.later(row);
      this.refused(error);
    } finally {
      this.busy = false;
    }
  }

  /** Show the next document at once where it was fetched, while this one is being saved; else null. */
  showNext() {
    const next = this.sheet.dataset.next;
    const ready = next && !settled.has(next) ? ahead.take(next) : null;
    if (!ready) return null;
    ready.dataset.mine = "yes";
    if (settled.has(ready.dataset.next)) ready.dataset.next = "";
    place(ready, `/documents/${next}/review`);
    performance.measure("review-switch", "review-save");
    return desk;
  }

  /** Go on as the server says, which is mostly what is shown already. */
  async goOn(answer, shown) {
    if (!answer.next) {
      desk.mine = false;
      location.assign("/review?done");
      return;
    }
    const right = shown?.id === answer.next && shown.sheet.dataset.version === String(answer.next_version);
    if (!right || !answer.next_is_mine) {
      shown?.claim.stop();
      const html = await part(`/documents/${answer.next}/review?part=sheet`);
      place(parsed(html), `/documents/${answer.next}/review`);
      performance.measure("review-switch", "review-save");
    }
    if (answer.next === this.id) settled.delete(this.id);
    if (answer.message) desk.tell(answer.message);
    else if (answer.next !== this.id) desk.tell(say("just_confirmed"), "info");
  }

  /** Come back to this document: it could not be saved. */
  comeBack() {
    if (desk === this) return;
    desk.leave();
    document.getElementById("sheet").replaceWith(this.sheet);
    history.replaceState(null, "", `/documents/${this.id}/review`);
    desk = this;
    this.claim = this.newClaim();
  }

  refused(error) {
    const row = error.details.field && this.sheet.querySelector(`[data-row="${CSS.escape(error.details.field)}"]`);
    if (row) {
      row_.setAccepted(row, false);
      row_.verdict(row, error.message, "refused");
      row_.focusRow(row);
      this.count();
    }
    if (error.code === "record.changed") this.tellChanged(error.message);
    else if (error.code === "review.claimed") this.lose(error.message);
    else this.tell(error.message);
  }

  async skip() {
    const next = this.sheet.dataset.next;
    if (!next) return;
    await this.drafts.flush();
    this.leave();
    location.assign(`/documents/${next}/review`);
  }

  leave() {
    this.claim.release();
    this.mine = false;
  }

  // --- what others do -------------------------------------------------------------------------------------------------

  seeVersion(version) {
    if (version && String(version) !== this.sheet.dataset.version) this.claim.renew();
  }

  tellChanged(text) {
    this.tell(text);
    const again = document.createElement("button");
    again.type = "button";
    again.className = "second";
    again.textContent = say("reload");
    again.addEventListener("click", () => this.reload());
    this.sheet.querySelector("[data-changed-text]").append(" ", again);
  }

  async reload() {
    await this.drafts.flush();
    this.claim.stop();
    place(parsed(await part(`/documents/${this.id}/review?part=sheet`)), location.pathname);
  }

  lose(text) {
    this.mine = false;
    this.claim.stop();
    for (const row of row_.rows(this.sheet)) row_.inputOf(row).readOnly = true;
    for (const each of this.sheet.querySelectorAll("[data-confirm], [data-save]")) each.disabled = true;
    this.tell(`${say("taken_over")} ${text}`);
  }

  tell(text, kind = "attention") {
    const told = this.sheet.querySelector("[data-changed]");
    this.sheet.querySelector("[data-changed-text]").textContent = text;
    told.className = `notice ${kind}`;
    told.hidden = !text;
  }

  // --- keys and clicks ------------------------------------------------------------------------------------------------

  click(event) {
    const choice = event.target.closest("[data-choice]");
    if (choice && this.mine) {
      const row = row_.rowOf(choice);
      this.change(row, choice.dataset.choice);
      row_.inputOf(row).focus();
      return;
    }
    const asked = event.target.closest("[data-do]")?.dataset.do;
    const does = {
      "page-back": () => this.pages.turn(-1),
      "page-on": () => this.pages.turn(1),
      "zoom-in": () => this.pages.zoomBy(1),
      "zoom-out": () => this.pages.zoomBy(-1),
      draw: () => this.draw(),
      help: () => this.explain(),
    };
    does[asked]?.();
    if (event.target.closest("[data-skip]")) {
      event.preventDefault();
      this.skip();
    }
  }

  key(event) {
    if (event.isComposing || event.defaultPrevented) return; // a letter is still being put together
    const does = askedBy(event, this);
    if (!does) return;
    event.preventDefault();
    does();
  }

  /** Show the keys. */
  explain() {
    help.showModal();
  }

  toDoubt(step) {
    const next = row_.nextDoubt(this.sheet, this.row, step);
    if (next) row_.focusRow(next);
    else announce(say("none_left"));
  }
}

/** Put a document's sheet onto the page. */
function place(sheet, address) {
  const fresh = document.importNode(sheet, true);
  document.getElementById("sheet").replaceWith(fresh);
  if (address !== location.pathname) history.pushState(null, "", address);
  document.title = fresh.querySelector("h1").textContent;
  desk = new Desk(fresh);
}

// letters typed since the focus came are the browser's to take back
document.addEventListener("beforeinput", (event) => {
  const row = row_.rowOf(event.target);
  if (row) row.dataset.typed = "yes";
});
document.addEventListener("focusout", (event) => {
  const row = row_.rowOf(event.target);
  if (row) delete row.dataset.typed;
});
addEventListener("popstate", () => location.reload());
addEventListener("pagehide", () => desk.mine && desk.claim.release());

desk = new Desk(document.getElementById("sheet"));
performance.mark("review-ready");

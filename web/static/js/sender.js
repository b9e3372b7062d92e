// Sends files by pieces, a few at a time, and goes on where the server says that it stopped (see web/uploads.py).

import { Sha256, digestOf } from "./sha256.js";

const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30000;
const OFFERED_AT_ONCE = 500;

/** The name by which a file is the same one when it is chosen again. */
export function sameness(name, size, modified) {
  return `${name.normalize("NFC")}\0${size}\0${modified}`;
}

export class Sender {
  /**
   * @param base address of the intake; @param headers gives those that every request needs; @param chunk bytes of a piece
   * @param signIn asks who has to sign in again to do so, and says whether they did
   * @param on functions that hear: offered(files), moved(number, bytes safe), whole(number), trouble(kind, seconds), idle()
   */
  constructor({ base, headers, chunk, atOnce, on, signIn = async () => false }) {
    Object.assign(this, { base, headers, chunk, atOnce, on, signIn });
    this.waiting = [];
    this.busy = 0;
    this.paused = false;
    this.held = new Map(); // numbers of files whose bytes this page can send
    this.wakers = [];
  }

  /** Offer files, given as {file, name, replaces}, and send what is not there yet. */
  async add(entries) {
    for (let at = 0; at < entries.length; at += OFFERED_AT_ONCE) {
      const these = entries.slice(at, at + OFFERED_AT_ONCE);
      const answer = await this.ask("POST", `${this.base}/files`, {
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({
          files: these.map(({ file, name, replaces }) => ({
            name, size: file.size, modified: Math.max(0, file.lastModified || 0), replaces: replaces ?? null,
          })),
        }),
      });
      const told = (await answer.json()).files;
      this.on.offered(told);
      told.forEach((each, index) => {
        if (each && each.state === "coming" && !this.held.has(each.number)) {
          this.held.set(each.number, these[index].file);
          this.waiting.push({ number: each.number, file: these[index].file, offset: each.received });
        }
      });
      this.work();
    }
  }

  pause() { this.paused = true; }

  resume() {
    this.paused = false;
    this.wakers.splice(0).forEach((wake) => wake());
    this.work();
  }

  get left() { return this.waiting.length + this.busy; }

  work() {
    while (!this.paused && this.busy < this.atOnce && this.waiting.length) {
      this.busy += 1;
      const next = this.waiting.shift();
      this.send(next).catch((error) => this.on.failed(next.number, error)).finally(() => {
        this.busy -= 1;
        if (this.left) this.work(); else this.on.idle();
      });
    }
  }

  async send(job) {
    const { number, file } = job;
    let whole = new Sha256();
    let hashed = 0;
    let offset = job.offset;
    while (offset < file.size) {
      if (this.paused) await new Promise((wake) => this.wakers.push(wake));
      for (; hashed < offset; hashed = Math.min(offset, hashed + this.chunk)) {
        whole.update(await bytesOf(file, hashed, Math.min(offset, hashed + this.chunk)));
      }
      const end = Math.min(file.size, offset + this.chunk);
      const bytes = await bytesOf(file, offset, end);
      const digest = digestOf(bytes);
      const headers = {
        "Content-Type": "application/partial-upload",
        "Upload-Offset": String(offset),
        "Content-Digest": `sha-256=:${digest}:`,
      };
      const only = offset === 0 && end === file.size;
      if (!only) whole.update(bytes);
      hashed = end;
      if (end === file.size) headers["Repr-Digest"] = `sha-256=:${only ? digest : whole.base64()}:`;
      const answer = await this.ask("PATCH", `${this.base}/files/${number}`, { headers, body: bytes }, [409, 503]);
      if (answer.ok) {
        offset = Number(answer.headers.get("Upload-Offset"));
      } else {
        // the place is wrong, the bytes were spoilt on their way, or another page is at it: the server knows what is safe
        const code = answer.headers.get("X-Error-Code");
        if (code === "intake.shut" || code === "record.changed") return;
        if (code !== "intake.offset_wrong") await pausing(FIRST_WAIT);
        const asked = await this.ask("HEAD", `${this.base}/files/${number}`, {});
        offset = Number(asked.headers.get("Upload-Offset"));
      }
      if (offset !== end) { whole = new Sha256(); hashed = 0; }
      this.on.moved(number, offset);
    }
    this.held.delete(number);
    this.on.whole(number);
  }

  /** Ask the server until it answers; a lost connection is waited for, longer each time. */
  async ask(method, address, options, expected = []) {
    for (let wait = FIRST_WAIT; ; wait = Math.min(LONGEST_WAIT, wait * 2)) {
      let answer = null;
      try {
        answer = await fetch(address, {
          method, ...options, headers: { Accept: "application/json", ...this.headers(), ...options.headers },
        });
      } catch { /* no connection */ }
      if (answer && (answer.ok || expected.includes(answer.status))) {
        this.on.trouble("", 0);
        return answer;
      }
      if (answer && answer.status < 500 && answer.status !== 429) {
        if (answer.status !== 401) throw await refusalOf(answer);
        if (await this.signIn()) continue;
        this.pause();
        this.on.trouble("signed_out", 0);
        await new Promise((wake) => this.wakers.push(wake));
        continue;
      }
      this.on.trouble("retrying", Math.round(wait / 1000));
      await pausing(wait);
    }
  }
}

async function refusalOf(answer) {
  const told = await answer.json().catch(() => ({}));
  return Object.assign(new Error(told.message || `${answer.status}`), { code: told.code });
}

async function bytesOf(file, start, end) {
  try {
    return new Uint8Array(await file.slice(start, end).arrayBuffer());
  } catch (error) {
    throw Object.assign(new Error("unreadable"), { code: "unreadable", cause: error });
  }
}

function pausing(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}

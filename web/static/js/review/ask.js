// Calls to the server: JSON back, and what is refused as an error with its code.

import { sessionFetch } from "../session.js";

/** What the server refused, in words, with its code and details. */
export class Refusal extends Error {
  constructor(status, answer) {
    super(answer.message ?? String(status));
    this.status = status;
    this.code = answer.code ?? "";
    this.details = answer.details ?? {};
  }
}

/** Send a form and return the answer; where the session is over one signs in again over the page, and it is sent once more. */
export async function post(path, fields) {
  const body = new URLSearchParams(fields);
  body.delete("csrf"); // the header carries the token of the session there is by then
  return read(await sessionFetch(path, { method: "POST", body, headers: { Accept: "application/json" } }));
}

/** Return a part of a page as HTML. */
export async function part(path) {
  const answer = await sessionFetch(path, { headers: { "HX-Request": "true" } });
  if (!answer.ok) throw new Refusal(answer.status, {});
  return answer.text();
}

async function read(answer) {
  if (answer.status === 204) return {};
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refusal(answer.status, told);
  return told;
}

// Follow how something stands on the server: by events while they come, by asking where they do not.

const WAIT = 5000; // milliseconds before the server is asked again

/**
 * Show how something at `base` stands, as it changes, until it is done.
 * @param show is given what is told, at once and each time @param goesOn says whether it is worth listening for more
 */
export function follow(base, show, goesOn = () => true) {
  function listen() {
    const source = new EventSource(`${base}/progress`);
    const heard = (event) => show(JSON.parse(event.data));
    source.addEventListener("news", heard);
    source.addEventListener("done", (event) => { source.close(); heard(event); });
    source.addEventListener("error", () => { if (source.readyState === EventSource.CLOSED) setTimeout(poll, WAIT); });
  }

  async function poll() {
    try {
      const answer = await fetch(`${base}/state`, { headers: { Accept: "application/json" } });
      // nobody is signed in any more, or somebody else: the page says so itself
      if (answer.status === 401 || answer.status === 403) { window.location.reload(); return; }
      if (answer.ok) { show(await answer.json()); if (goesOn()) listen(); return; }
    } catch { /* no connection */ }
    setTimeout(poll, WAIT);
  }

  if (goesOn()) listen();
}

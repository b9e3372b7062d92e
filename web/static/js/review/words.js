// Sentences that scripts say; the page brings them in its own language.

const said = JSON.parse(document.getElementById("review-words").dataset.words);

/** Return a sentence with its places filled. */
export function say(name, values = {}) {
  return said[name].replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "–");
}

// Keys of the review. None of them is a letter alone: those belong to whoever types, by Telex as well.

import * as row_ from "./rows.js";

/** Return what a key asks for at a desk, as a function, or null where it is the browser's own. */
export function askedBy(event, desk) {
  return anywhere(event, desk) ?? inField(event, desk);
}

function anywhere(event, desk) {
  const typing = event.target.tagName === "TEXTAREA";
  const back = event.shiftKey ? -1 : 1;
  if (event.ctrlKey && event.key === "Enter") return () => desk.save("confirm");
  if (event.ctrlKey && !event.shiftKey && event.key.toLowerCase() === "z") return takesBack(event, desk);
  if (event.ctrlKey || event.altKey || event.metaKey) return null;
  switch (event.key) {
    case "PageDown":
      return typing ? null : () => desk.pages.turn(1);
    case "PageUp":
      return typing ? null : () => desk.pages.turn(-1);
    case "F1":
      return () => desk.explain();
    case "F2":
      return () => desk.draw();
    case "F4":
      return () => desk.pages.zoomBy(back);
    case "F8":
      return () => desk.toDoubt(back);
    case "F9":
      return () => desk.save("save");
    default:
      return null;
  }
}

function inField(event, desk) {
  const row = row_.rowOf(event.target);
  if (!row || event.target !== row_.inputOf(row) || event.ctrlKey || event.altKey || event.metaKey) return null;
  const several = event.target.tagName === "TEXTAREA";
  if (event.key === "Enter" && !(several && event.shiftKey)) return () => desk.accept(row);
  if (event.key === "Escape") return () => desk.restore(row);
  const choosing = row_.choices(row).length > 0 && desk.mine;
  if (event.key === "ArrowDown" && choosing) return () => desk.choose(row, 1);
  if (event.key === "ArrowUp" && choosing) return () => desk.choose(row, -1);
  return null;
}

/** While somebody corrects letters the browser takes them back itself; else steps are taken back. */
function takesBack(event, desk) {
  const row = row_.rowOf(event.target);
  const typing = row && event.target === row_.inputOf(row) && row.dataset.typed === "yes";
  return typing ? null : () => desk.stepBack();
}

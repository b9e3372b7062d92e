// How many papers are chosen stands on the button.

const form = document.getElementById("sign-form");

function count() {
  const chosen = form.querySelectorAll('input[name="documents"]:checked').length;
  const words = form.querySelector("[data-count-words]");
  if (words) words.textContent = words.dataset.countWords.replace("%", chosen);
}

if (form) {
  form.addEventListener("change", count);
  window.addEventListener("pageshow", count);
  count();
}

// A USB scanner is a fast typist who ends with Enter. One field catches it from anywhere on the page,
// and a code that an input method (Telex) has turned into Vietnamese is told, not looked up.

const FAST_MS = 100; // wireless scanners and busy computers leave gaps between two keys
const SHORTEST = 6;
const EDITABLE = "input, textarea, select, [contenteditable]";

/** Whether a scanned text was changed on its way: codes and their addresses are plain ASCII. */
export function isGarbled(text) {
  return /[^\x20-\x7e]/.test(text);
}

function take(field, text) {
  const told = field.form.querySelector("[data-scan-error]");
  field.value = text.trim();
  const garbled = isGarbled(text);
  if (told) {
    told.textContent = garbled ? field.dataset.garbled : "";
    told.hidden = !garbled;
  }
  if (garbled) field.select();
  return !garbled;
}

/** Bind the page's scan field; it lives in the frame, outside of `main`. */
export function start() {
  const field = document.querySelector("[data-scan-field]");
  if (!field) return;
  let typed = "";
  let last = 0;
  field.form.addEventListener("submit", (event) => {
    if (!field.value.trim() || !take(field, field.value)) event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.closest(EDITABLE) || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.timeStamp - last > FAST_MS) typed = "";
    last = event.timeStamp;
    if (event.key.length === 1) typed += event.key;
    if (event.key !== "Enter" || typed.length < SHORTEST) return;
    event.preventDefault(); // Enter would press the button that has the focus
    const text = typed;
    typed = "";
    if (take(field, text)) field.form.requestSubmit();
  });
}

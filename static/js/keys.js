// Keys of the officer's desk. Single letters can be switched off (WCAG 2.1.4), and a letter counts only
// when nothing follows at a scanner's speed.

const OFF = "coi:keys-off";
const ALONE_MS = 120; // longer than the gap that scan_field.js allows inside a scan
const EDITABLE = "input, textarea, select, [contenteditable], dialog";
const ANSWERS = "button, a, textarea, select, input:not([type=hidden])"; // the form's token takes no focus

function rows() {
  return [...document.querySelectorAll("main [data-row]")].filter((row) => row.querySelector("a"));
}

function step(by) {
  const all = rows();
  const at = all.findIndex((row) => row.contains(document.activeElement));
  const next = all[Math.min(Math.max(at + by, 0), all.length - 1)];
  next?.querySelector("a").focus();
}

const PRESSED = {
  j: () => step(1),
  k: () => step(-1),
  d: () => document.querySelector(`[data-decision] :is(${ANSWERS})`)?.focus(),
  "/": () => document.querySelector("[data-scan-field]")?.focus(),
  gi: () => location.assign("/office/"),
};

function bindDialog(dialog) {
  const off = dialog.querySelector("[data-keys-off]");
  off.checked = localStorage.getItem(OFF) === "1";
  off.addEventListener("change", () => localStorage.setItem(OFF, off.checked ? "1" : "0"));
  dialog.querySelector("[data-keys-close]").addEventListener("click", () => dialog.close());
  const open = document.querySelector("[data-keys-open]");
  open.hidden = false;
  open.addEventListener("click", () => dialog.showModal());
}

/** Bind the desk's keys and their dialog. */
export function start() {
  const dialog = document.querySelector("dialog[data-keys]");
  if (!dialog) return;
  bindDialog(dialog);
  PRESSED["?"] = () => dialog.showModal();
  let waiting = 0;
  let before = "";
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.key.length !== 1) return;
    if (event.target.closest(EDITABLE) || localStorage.getItem(OFF) === "1") return;
    const inBurst = waiting !== 0;
    clearTimeout(waiting);
    const chord = before + event.key;
    before = event.key === "g" ? "g" : "";
    waiting = setTimeout(() => {
      waiting = 0;
      if (!inBurst) (PRESSED[chord] ?? PRESSED[event.key])?.();
    }, ALONE_MS);
    if (event.key === "/") event.preventDefault(); // some browsers search in the page
  });
}

// The single-file verifier: a file and a key or policy in, every step out; no network. The build puts this,
// the words of both languages (COI_WORDS) and the page into one file.

import { readTrust, verifyEd25519 } from "./verify/by_noble.js";
import { readPrinted } from "./verify/printed.js";
import { Malformed } from "./verify/strict_json.js";
import { ofWebCrypto } from "./verify/subtle.js";
import { verifyFile } from "./verify/tlog_proof.js";
import { fillReport } from "./verify/words.js";

const form = document.querySelector("form");
const result = document.querySelector("section");
const find = (name) => document.querySelector(`[${name}]`);
const held = { proof: null, report: null };
let words = null;

for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => speak(button.dataset.language));
}
for (const area of document.querySelectorAll("[data-drop]")) {
  area.addEventListener("dragover", (event) => over(event, area, true));
  area.addEventListener("dragleave", (event) => over(event, area, false));
  area.addEventListener("drop", (event) => {
    over(event, area, false);
    const [file] = event.dataTransfer.files;
    if (file) take(area.dataset.drop, file);
  });
}
form.proof.addEventListener("change", () => form.proof.files[0] && take("proof", form.proof.files[0]));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  check();
});
speak((navigator.language || "vi").startsWith("vi") ? "vi" : "en");

function over(event, area, on) {
  event.preventDefault();
  area.toggleAttribute("data-over", on);
}

async function take(kind, file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (kind === "trust") form.trust.value = new TextDecoder().decode(bytes);
  else {
    held.proof = bytes;
    find("data-name").textContent = file.name;
  }
}

async function check() {
  held.report = await report();
  show();
}

async function report() {
  if (held.proof === null) return { outcome: "unusable", steps: [], lacking: "no-file" };
  const subtle = await ofWebCrypto(globalThis.crypto && globalThis.crypto.subtle);
  const means = { verifyEd25519: subtle || verifyEd25519, now: Date.now() / 1000 };
  const pasted = form.trust.value.trim();
  try {
    const printed = readPrinted(form.size.value, form.root.value);
    return await verifyFile(held.proof, pasted ? readTrust(form.trust.value) : null, means, printed);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error; // only what was typed or pasted is read outside a step
    return { outcome: "unusable", steps: [], lacking: `not-${error.code}` };
  }
}

function show() {
  const { outcome, steps, lacking } = held.report;
  const told = lacking ? words[lacking] : "";
  const heading = find("data-outcome");
  heading.textContent = told ? `${words[outcome]} – ${told}` : words[outcome];
  heading.dataset.outcome = outcome;
  fillReport(steps, words, find("data-steps"), find("data-never"));
  result.hidden = false;
}

function speak(language) {
  words = COI_WORDS[language];
  document.documentElement.lang = language;
  document.title = `Cội: ${words.title}`;
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = words[element.dataset.word];
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === language));
  }
  if (held.report) show();
}

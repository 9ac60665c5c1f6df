// Checks the page's proof in the reader's own browser. Found by `data-verify-proof` on an element with
// data-proof-url, data-policy-url (whom to trust: the log and its witnesses), data-words-url and the
// sentences data-msg-checking, -ok, -partly, -kept, -other, -differs, -bad, -unavailable; what a good proof is
// compared with is told in verify/page.js. Sets data-state and the finer data-verdict; the sentence goes into the
// child with data-verify-result. What was downloaded is kept: data-verify-again checks the same bytes anew, with
// the network cut too, and lists every step in data-verify-steps and data-verify-never.

import { comparePage, readPage } from "./verify/page.js";
import { ofWebCrypto } from "./verify/subtle.js";
import { fillReport } from "./verify/words.js";

const PATIENCE_MS = 20000;
const VERDICTS = { refused: "bad", unusable: "unavailable" };
// Green is only what was compared; a verdict that is not named here is its own state.
const STATES = { partly: "ok", kept: "unavailable", other: "bad", differs: "bad" };

for (const element of document.querySelectorAll("[data-verify-proof]")) {
  if (document.readyState === "complete") start(element);
  else window.addEventListener("load", () => start(element), { once: true }); // after what the reader came for
}

async function start(element) {
  const held = {};
  await run(element, held);
  const again = element.querySelector("[data-verify-again]");
  const details = element.closest("details");
  again.addEventListener("click", () => run(element, held));
  again.hidden = false;
  const listSteps = () => run(element, held);
  if (details && !details.open) details.addEventListener("toggle", listSteps, { once: true });
  else if (details) await listSteps();
}

async function run(element, held) {
  show(element, "checking");
  const { proofUrl, policyUrl, wordsUrl } = element.dataset;
  const details = element.closest("details");
  let verdict = "unavailable";
  try {
    held.check ||= await findCheck();
    const [proof, policy] = await Promise.all([keep(held, proofUrl), keep(held, policyUrl)]);
    const { readTrust, verifyBundle, verifyEd25519 } = held.check;
    const began = performance.now();
    const trust = readTrust(new TextDecoder().decode(policy));
    const { outcome, steps } = await verifyBundle(proof, trust, { verifyEd25519, now: Date.now() / 1000 });
    element.dataset.tookMs = Math.round(performance.now() - began);
    verdict = VERDICTS[outcome] || comparePage(proof, steps, readPage(element));
    if (!details || details.open) {
      const words = JSON.parse(new TextDecoder().decode(await keep(held, wordsUrl)));
      const [stepList, neverList] = ["steps", "never"].map((name) => element.querySelector(`[data-verify-${name}]`));
      fillReport(steps, words, stepList, neverList);
      stepList.parentElement.hidden = false;
    }
  } catch (error) {
    console.info("proof not checked:", error); // network, or no means to check: never shown as a fault
  }
  show(element, verdict);
}

/** The check, in the one file that this browser needs. */
async function findCheck() {
  const subtle = await ofWebCrypto(globalThis.crypto && globalThis.crypto.subtle);
  const check = (name) => import(new URL(`./verify/${name}.js`, import.meta.url).href);
  return subtle ? { ...(await check("by_subtle")), verifyEd25519: subtle } : check("by_noble");
}

async function keep(held, url) {
  held[url] ||= await download(url);
  return held[url];
}

async function download(url) {
  const patience = new AbortController();
  const clock = setTimeout(() => patience.abort(), PATIENCE_MS);
  try {
    const answer = await fetch(url, { signal: patience.signal });
    if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
    return new Uint8Array(await answer.arrayBuffer());
  } finally {
    clearTimeout(clock);
  }
}

function show(element, verdict) {
  const sentence = `msg${verdict[0].toUpperCase()}${verdict.slice(1)}`;
  element.dataset.verdict = verdict;
  element.dataset.state = STATES[verdict] || verdict;
  element.querySelector("[data-verify-result]").textContent = element.dataset[sentence] || "";
}

// Answers on stdin's questions as the browser's code decides them: {samples: [{file, trust, printed}], flips: [{file,
// trust}], corpus: FOLDER or null, now}, files in base64, `printed` [size, root] where paper is held. Prints {samples: [{outcome, steps}], flips:
// [[outcome, times]], corpus: {FILE: [failed ids]}}. `node verify_in_node.mjs subtle|noble`.

import { readFileSync } from "node:fs";

import { verifyFile } from "../../../static/js/verify/tlog_proof.js";
import { verifyEd25519 as ofNoble } from "../../../static/js/verify/by_noble.js";
import { readTrust } from "../../../static/js/verify/policy.js";
import { readPrinted } from "../../../static/js/verify/printed.js";
import { Malformed } from "../../../static/js/verify/strict_json.js";
import { ofWebCrypto } from "../../../static/js/verify/subtle.js";
import { runCorpus } from "./corpus_in_node.mjs";

const asked = JSON.parse(readFileSync(0, "utf8"));
const verifyEd25519 = process.argv[2] === "noble" ? ofNoble : await ofWebCrypto(globalThis.crypto.subtle);
const means = { verifyEd25519, now: asked.now };
const bytesOf = (base64) => Uint8Array.from(Buffer.from(base64, "base64"));

const BITS = [1, 32]; // another letter, and the same letter in the other case

async function verdict(bytes, trust, printed = ["", ""]) {
  try {
    return await verifyFile(bytes, trust === "" ? null : readTrust(trust), means, readPrinted(...printed));
  } catch (error) {
    if (error instanceof Malformed) return { outcome: "unusable", steps: [] };
    throw error;
  }
}

async function flipped({ file, trust }) {
  const bytes = bytesOf(file);
  const outcomes = {};
  for (let at = 0; at < bytes.length; at += 1) {
    for (const bit of BITS) {
      bytes[at] ^= bit;
      const { outcome } = await verdict(bytes, trust);
      outcomes[outcome] = (outcomes[outcome] || 0) + 1;
      bytes[at] ^= bit;
    }
  }
  return outcomes;
}

const answers = { samples: [], flips: [], corpus: {} };
for (const { file, trust, printed } of asked.samples) {
  const { outcome, steps } = await verdict(bytesOf(file), trust, printed);
  answers.samples.push({ outcome, steps: steps.map(({ name, state, code }) => [name.join(" "), state, code]) });
}
for (const question of asked.flips) answers.flips.push(await flipped(question));
if (asked.corpus) answers.corpus = await runCorpus(asked.corpus, means);
console.log(JSON.stringify(answers));

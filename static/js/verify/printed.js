// A checkpoint on paper, typed in, as ledger/core/printed.py compares it with the checkpoint of a proof, and
// verify.py with the file that joins it to the newest checkpoint. Only the single-file verifier takes it.

import { HASH_SIZE, decodeBase64, decodeDecimal, encodeBase64, encodeText } from "./bytes.js";
import { attemptHead, signedHead, verify } from "./core.js";
import { noteText, parseCheckpoint } from "./note.js";
import { LACKING, OK, Steps } from "./report.js";
import { Malformed, decodeText } from "./strict_json.js";
import { Refused, verifyConsistency } from "./tree.js";

const CONSISTENCY = "old ";
const LARGEST_FILE = 64 * 1024;
const LONGEST_PROOF = 63;

/** {size (BigInt), root} of two texts, or null where both are empty. Throws Malformed. */
export function readPrinted(size, root) {
  const [digits, letters] = [size.replace(/[\s.,]/g, ""), root.replace(/\s/g, "")];
  if (digits === "" && letters === "") return null;
  try {
    const typed = { size: decodeDecimal(digits), root: decodeBase64(letters) };
    if (typed.root.length === HASH_SIZE) return typed;
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
  }
  throw new Malformed("typed");
}

/** The report of a proof, with one more step where its checkpoint stood: that beside the one on paper. */
export function withPrinted(report, printed) {
  const head = report.steps.find(({ name, state }) => name[0] === "checkpoint" && state === OK);
  if (printed === null || head === undefined) return report;
  const steps = new Steps();
  steps.steps.push(...report.steps);
  const { size } = head.values;
  if (size !== printed.size) steps.add(["printed"], LACKING, "printed-elsewhere", { size: printed.size, here: size });
  else if (head.values.root === encodeBase64(printed.root)) steps.add(["printed"], OK, "printed-same", { size });
  else steps.refuse(["printed"], "not-printed", { size });
  return steps.report();
}

export const isConsistencyFile = (bytes) => encodeText(CONSISTENCY).every((byte, at) => byte === bytes[at]);

/** Check that the log of a consistency file begins with the checkpoint on paper; as `verifyBundle`. */
export function verifyPrinted(bytes, printed, trust, means) {
  return verify(() => readConsistency(bytes), checkPrinted, trust, means);

  async function checkPrinted(asked, policy, tools, steps) {
    const newest = await attemptHead(steps, () =>
      policy ? signedHead(asked.note, policy, tools, steps) : parseCheckpoint(noteText(asked.note)),
    );
    if (newest === null) return;
    const told = { size: printed === null ? "" : printed.size, here: asked.old };
    if (printed === null) steps.add(["printed"], LACKING, "printed-missing", told);
    else if (asked.old !== printed.size) steps.add(["printed"], LACKING, "printed-unjoined", told);
    else {
      try {
        verifyConsistency(printed.size, newest.size, printed.root, newest.root, asked.proof);
        steps.add(["printed"], OK, "printed-joined", told);
      } catch (error) {
        if (!(error instanceof Malformed || error instanceof Refused)) throw error;
        steps.refuse(["printed"], "not-printed", told);
      }
    }
  }
}

/** {old (BigInt), proof, note}, as a witness is asked (ledger/core/witnessing.py). Throws Malformed. */
export function readConsistency(bytes) {
  const blank = bytes.findIndex((byte, at) => byte === 10 && bytes[at + 1] === 10);
  const head = bytes.slice(0, Math.max(blank, 0));
  const shaped = blank > 0 && blank + 2 < bytes.length && head.every((byte) => byte < 128);
  if (!shaped || bytes.length > LARGEST_FILE) throw new Malformed("joining");
  const [first, ...lines] = decodeText(head).split("\n");
  const proof = lines.map(decodeBase64);
  if (proof.length > LONGEST_PROOF || proof.some((hash) => hash.length !== HASH_SIZE)) throw new Malformed("joining");
  return { old: decodeDecimal(first.slice(CONSISTENCY.length)), proof, note: bytes.slice(blank + 2) };
}

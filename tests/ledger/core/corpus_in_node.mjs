// The published vectors that the browser's code can answer, read as scripts/conformance.py reads them.

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

import { decodeBase64, encodeText } from "../../../static/js/verify/bytes.js";
import { readTlogProof } from "../../../static/js/verify/tlog_proof.js";
import { openNote, parseCheckpoint, parseVkey, vkeyOf } from "../../../static/js/verify/note.js";
import { isSatisfied, parsePolicy, trustKeys } from "../../../static/js/verify/policy.js";
import { signedHead } from "../../../static/js/verify/core.js";
import { Steps } from "../../../static/js/verify/report.js";
import { Malformed, canonicalize } from "../../../static/js/verify/strict_json.js";
import {
  Refused,
  isSubtree,
  leafHash,
  verifyConsistency,
  verifyInclusion,
  verifySubtree,
} from "../../../static/js/verify/tree.js";

const hashes = (...values) => values.map(decodeBase64);

function holds(check) {
  try {
    check();
    return true;
  } catch (error) {
    if (error instanceof Malformed || error instanceof Refused) return false;
    throw error;
  }
}

const PASSES = {
  inclusion({ leafHash: leaf, root, proof, leafIdx, treeSize, wantErr }) {
    const [first, top, ...path] = hashes(leaf, root, ...(proof || []));
    return holds(() => verifyInclusion(first, leafIdx, treeSize, path, top)) !== wantErr;
  },
  consistency({ root1, root2, proof, size1, size2, wantErr }) {
    const [old, root, ...path] = hashes(root1, root2, ...(proof || []));
    return holds(() => verifyConsistency(size1, size2, old, root, path)) !== wantErr;
  },
  subtree_inclusion({ leafHash: leaf, root, proof, leafIdx, start, end, wantErr }) {
    const [first, top, ...path] = hashes(leaf, root, ...(proof || []));
    const check = () => verifyInclusion(first, leafIdx - start, end - start, path, top);
    return (isSubtree(start, end) && holds(check)) !== wantErr;
  },
  subtree_consistency({ root1, root2, proof, start, end, size, wantErr }) {
    const [part, root, ...path] = hashes(root1, root2, ...(proof || []));
    return holds(() => verifySubtree(part, start, end, size, path, root)) !== wantErr;
  },
  async notes({ note_b64: note, vkeys, want, verified }, { verifyEd25519 }) {
    try {
      const opened = await openNote(decodeBase64(note), vkeys.map(parseVkey), verifyEd25519);
      const names = opened.verified.map(({ key }) => key.name).sort();
      return want === "ok" && names.join() === verified.sort().join();
    } catch (error) {
      if (error instanceof Refused && error.code === "unsigned") return want === "unverified";
      if (error instanceof Malformed || error instanceof Refused) return want === "error";
      throw error;
    }
  },
  vkeys: ({ vkey, want }) => (want === "ok") === holds(() => same(vkeyOf(parseVkey(vkey)), vkey)),
  checkpoint_bodies: ({ body, want }) => (want === "ok") === holds(() => parseCheckpoint(body)),
  policies({ text, want, satisfied_by: met = [], not_by: unmet = [] }) {
    let policy;
    if (!holds(() => (policy = parsePolicy(encodeText(text))))) return want === "error";
    const meets = (names) => isSatisfied(policy, new Set(names));
    return want === "ok" && met.every(meets) && !unmet.some(meets);
  },
  async tlog_proofs(given, means) {
    let proof;
    if (!holds(() => (proof = readTlogProof(encodeText(given.text))))) return given.want === "error";
    if (!given.verify) return given.want === "ok" && [undefined, proof.index].includes(given.index && BigInt(given.index));
    try {
      const head = await signedHead(proof.checkpoint, trustKeys([given.vkey]), means, new Steps());
      verifyInclusion(leafHash(encodeText(given.entry_utf8)), proof.index, head.size, proof.proof, head.root);
      return given.want === "ok";
    } catch (error) {
      if (error instanceof Malformed || error instanceof Refused) return given.want === "error";
      throw error;
    }
  },
  jcs: (given) => canonicalize(JSON.parse(utf8(given.input_b64))) === utf8(given.output_b64),
};

/** {FILE: {cases, failed: [ids]}} of every file of the folder `merkle` that we can answer. */
export async function runCorpus(folder, means) {
  const found = {};
  for (const [stem, passes] of Object.entries(PASSES)) {
    const packed = ["inclusion", "consistency"].includes(stem);
    const raw = readFileSync(`${folder}/merkle/${stem}.json${packed ? ".gz" : ""}`);
    const failed = [];
    const { cases } = JSON.parse(wholeNumbers(packed ? gunzipSync(raw).toString() : raw.toString()), asBigInt);
    for (const one of cases) if (!(await passes(one, means))) failed.push(one.id);
    found[stem] = { cases: cases.length, failed };
  }
  return found;
}

const NUMBERS = /"(leafIdx|treeSize|size1|size2|start|end|size)": ?([0-9]+)/g;

/** Sizes go up to 2^64-1, which JSON.parse would round: they are read as BigInts. */
const wholeNumbers = (text) => text.replace(NUMBERS, '"$1": "$2n"');

const asBigInt = (name, value) => (typeof value === "string" && /^[0-9]+n$/.test(value) ? BigInt(value.slice(0, -1)) : value);

const utf8 = (base64) => Buffer.from(base64, "base64").toString();

function same(made, wanted) {
  if (made !== wanted) throw new Refused("vkey");
}

// The check of a proof in the browser, with the steps and verdicts of ledger/core/verify.py (tests/ledger/core
// compares them). Pure: what verifies a signature, and the time, are handed in, so that it runs in a page, in
// node, or from a file. No chain and no time stamp is asked here: an anchor is only tied to the checkpoint.

import { encodeBase64, encodeText, hashOf, sameBytes } from "./bytes.js";
import { checkDisclosure, parseEntry } from "./entry.js";
import { readBundle } from "./files.js";
import { isoOf, openNote, parseCheckpoint, parseVkey, sameKey } from "./note.js";
import { asksForNone, isBeside, isSatisfied, keysOf, trustKeys } from "./policy.js";
import { LACKING, OK, Steps } from "./report.js";
import { Malformed } from "./strict_json.js";
import { Refused, leafHash, verifyConsistency, verifyInclusion } from "./tree.js";

const CLOCKS_DIFFER = 300; // seconds that a witness may be ahead of this machine

/** Check a bundle (bytes). `trust` is a policy of `readTrust`, or null; `means` holds
 *  `verifyEd25519(publicKey, message, signature)` (asynchronous) and `now` in seconds.
 *  Returns {outcome: "verified" | "refused" | "unusable", steps}. */
export const verifyBundle = (bytes, trust, means) => verify(() => readBundle(bytes), checkBundle, trust, means);

/** Read a file, then check it; what cannot be read is no step to refuse, and gives no verdict. */
export async function verify(read, check, trust, means) {
  const steps = new Steps();
  let file = null;
  try {
    file = read();
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    steps.add(["file"], LACKING, `not-${error.code}`);
  }
  if (file !== null && trust === null) steps.add(["signer"], LACKING, "no-trust");
  if (file !== null) await check(file, trust, means, steps);
  return steps.report();
}

async function checkBundle(bundle, trust, means, steps) {
  if (bundle.whole) steps.add(["file"], OK, "whole");
  else steps.refuse(["file"], "damaged");
  const checkpoint = await attemptHead(steps, async () => {
    const policy = trust || trustKeys([bundle.vkey]);
    const head = await signedHead(bundle.checkpoint, policy, means, steps, bundle.vkey);
    if (head.origin !== bundle.origin || head.size !== bundle.size) throw new Refused("same-head");
    return head;
  });
  if (checkpoint === null) return;
  if (bundle.items.length === 0) steps.add(["entries"], LACKING, "no-entry");
  for (const item of bundle.items) checkItem(item, checkpoint, steps);
  if (bundle.pending > 0) steps.skip(["pending"], "pending", { count: bundle.pending });
  checkAnchors(bundle, checkpoint, steps);
}

export async function attemptHead(steps, check) {
  try {
    const head = await check();
    const { origin, size, root } = head;
    steps.add(["checkpoint"], OK, "checkpoint", { origin, size, root: encodeBase64(root) });
    return head;
  } catch (error) {
    steps.caught(["checkpoint"], error);
    return null;
  }
}

/** The checkpoint of a note that a log of the policy signed under its own name; `named` signed it as well. */
export async function signedHead(note, policy, { verifyEd25519, now }, steps, named) {
  const held = keysOf(policy);
  const maker = named === undefined ? [] : [parseVkey(named)];
  const keys = [...held, ...maker.filter((key) => !held.some((other) => sameKey(key, other)))];
  const { text, verified } = await openNote(note, keys, verifyEd25519);
  const head = parseCheckpoint(text);
  const signers = verified.filter(({ key }) => policy.logs.includes(key));
  if (!signers.some(({ key }) => key.name === head.origin)) throw new Refused("signed-as-log");
  if (!maker.every((key) => verified.some((line) => sameKey(key, line.key)))) throw new Refused("named-key");
  for (const { key } of signers) steps.add(["signature"], OK, "signature", { name: key.name, key: key.hex });
  checkWitnesses(verified, policy, now, steps);
  return head;
}

/** Who saw the checkpoint, whether they are enough, and how old it is at least known to be: an old one is valid,
 *  and hides what came after. The time of a witness on the log's own machine counts only where there is no other. */
function checkWitnesses(verified, policy, now, steps) {
  const seen = new Set();
  const newest = {}; // time by what it is told as
  let apart = 0;
  for (const [name, key] of policy.witnesses) {
    const line = verified.find((one) => one.key === key);
    if (!line) continue;
    seen.add(name);
    const beside = isBeside(policy, name);
    if (!beside) apart += 1;
    const timed = line.signedAt !== null;
    const at = Number(line.signedAt);
    const code = beside ? "witness-here" : timed ? "witness" : "witness-untimed";
    steps.add(["witness"], OK, code, { name, at: isoOf(at) });
    const age = at > now + CLOCKS_DIFFER ? "age-ahead" : beside ? "age-here" : "age";
    if (timed) newest[age] = Math.max(newest[age] || 0, at);
  }
  const told = { seen: seen.size, all: policy.witnesses.size };
  if (asksForNone(policy)) steps.skip(["quorum"], "no-quorum");
  else if (!isSatisfied(policy, seen)) steps.refuse(["quorum"], "quorum-unmet", told);
  else if (apart) steps.add(["quorum"], OK, "quorum", told);
  else steps.skip(["quorum"], "quorum-here", told);
  const age = ["age", "age-here", "age-ahead"].find((code) => code in newest) || "age-unknown";
  const at = newest[age] || 0;
  steps.skip(["age"], age, { at: isoOf(at), days: Math.max(0, Math.floor((now - at) / 86400)) });
}

export function checkItem(item, checkpoint, steps) {
  const told = ({ type, at, subject }) => ["entry", { type, at, subject }];
  const entry = steps.attempt(["entry", item.index], () => parseEntry(item.entry), told);
  if (entry !== null) checkDisclosure(item.index, entry, item.disclosure, steps);
  const { size, root } = checkpoint;
  steps.attempt(
    ["inclusion", item.index],
    () => verifyInclusion(leafHash(item.entry), item.index, size, item.proof, root),
    () => ["inclusion", { index: item.index, size, hashes: item.proof.length }],
  );
}

function checkAnchors(bundle, checkpoint, steps) {
  for (const anchor of bundle.anchors) {
    if (anchor.kind === "evm") {
      const told = { chain: anchor.chainName };
      const code = anchor.development ? "anchor-development" : "anchor";
      checkHead(["anchor", anchor.chainId], anchor, code, told, bundle, checkpoint, steps);
    } else steps.skip(["anchor", anchor.kind], "anchor-unknown", { id: anchor.externalId });
  }
  if (bundle.anchors.length + bundle.timestamps.length === 0) steps.skip(["anchor"], "no-anchor");
  for (const stamp of bundle.timestamps) {
    const told = { chain: stamp.authority, at: stamp.at };
    const code = stamp.here ? "timestamp-here" : "timestamp";
    checkHead(["timestamp", stamp.authority], stamp, code, told, bundle, checkpoint, steps);
  }
}

/** Tie an anchored head to the checkpoint: more is not checked here, whatever its kind. */
function checkHead(name, head, code, whose, bundle, checkpoint, steps) {
  const covered = bundle.items.filter(({ index }) => index < head.size).length;
  const told = { ...whose, size: head.size, covered, all: bundle.items.length };
  try {
    if (head.size !== checkpoint.size && head.consistency === null) steps.skip(name, "anchor-loose", told);
    else {
      tie(head, checkpoint);
      steps.skip(name, code, told);
    }
  } catch (error) {
    steps.caught(name, error);
  }
}

/** Throw unless the anchored head and the checkpoint are heads of one and the same tree. */
function tie(anchor, checkpoint) {
  if (anchor.logId && !sameBytes(anchor.logId, hashOf(encodeText(checkpoint.origin)))) throw new Refused("same-log");
  const [small, large] = anchor.size <= checkpoint.size ? [anchor, checkpoint] : [checkpoint, anchor];
  verifyConsistency(small.size, large.size, small.root, large.root, anchor.consistency || []);
}

// C2SP tlog-proofs: one entry of any log, as ledger/core/proofs.py reads them and verify.py checks them. Only
// the single-file verifier takes them, and hands whatever file it is given to the check of its kind.

import { decodeBase64, decodeDecimal, encodeText } from "./bytes.js";
import { attemptHead, checkItem, signedHead, verify, verifyBundle } from "./core.js";
import { base64, hashes, isWhole, object, readDisclosure } from "./files.js";
import { noteText, parseCheckpoint } from "./note.js";
import { isConsistencyFile, verifyPrinted, withPrinted } from "./printed.js";
import { LACKING } from "./report.js";
import { Malformed, decodeText, parseCanonical } from "./strict_json.js";

const TLOG_PROOF = "c2sp.org/tlog-proof@v1";
const LARGEST_PAGE = 64 * 1024;

/** Check a bundle, a tlog-proof or a consistency file, whichever the bytes are, and beside it the checkpoint on
 *  paper (of `readPrinted`) if there is one; as `verifyBundle`. */
export async function verifyFile(bytes, trust, means, printed = null) {
  if (isConsistencyFile(bytes)) return verifyPrinted(bytes, printed, trust, means);
  const isTlogProof = encodeText(TLOG_PROOF).every((byte, at) => byte === bytes[at]);
  const other = otherFile(bytes);
  if (other) return verify(() => refuse(other), null, trust, means);
  const check = isTlogProof
    ? verify(() => readTlogProof(bytes), checkTlogProof, trust, means)
    : verifyBundle(bytes, trust, means);
  return withPrinted(await check, printed);
}

function refuse(code) {
  throw new Malformed(code);
}

/** The code of what people take for a proof: a checkpoint that they kept, or an error page; else "". */
function otherFile(bytes) {
  if (bytes.length > LARGEST_PAGE) return "";
  const start = new TextDecoder().decode(bytes).trimStart();
  if (/^(<!doctype html|<html)/i.test(start)) return "server-page";
  try {
    if (!start.startsWith("{")) return parseCheckpoint(noteText(bytes)) && "kept-checkpoint";
    const value = JSON.parse(start);
    return "type" in value && "title" in value && "status" in value && !("format" in value) ? "server-page" : "";
  } catch {
    return "";
  }
}

async function checkTlogProof(proof, trust, means, steps) {
  const checkpoint = await attemptHead(steps, () =>
    trust ? signedHead(proof.checkpoint, trust, means, steps) : parseCheckpoint(noteText(proof.checkpoint)),
  );
  const item = itemOf(proof);
  if (checkpoint === null) return;
  if (item !== null) checkItem(item, checkpoint, steps);
  else steps.add(["entry"], LACKING, "entry-elsewhere");
}

/** {index (BigInt), proof, checkpoint, extra (bytes or null)}. Throws Malformed. */
export function readTlogProof(bytes) {
  const blank = bytes.findIndex((byte, at) => byte === 10 && bytes[at + 1] === 10);
  const head = bytes.slice(0, Math.max(blank, 0));
  if (blank < 0 || blank + 2 === bytes.length || head.some((byte) => byte > 127)) throw new Malformed("tlog");
  const [first, ...lines] = decodeText(head).split("\n");
  const extra = (lines[0] || "").startsWith("extra ") ? decodeBase64(lines.shift().slice(6)) : null;
  const line = lines.shift() || "";
  if (first !== TLOG_PROOF || !line.startsWith("index ")) throw new Malformed("tlog");
  return {
    index: decodeDecimal(line.slice(6)),
    proof: hashes(lines),
    checkpoint: bytes.slice(blank + 2),
    extra,
  };
}

/** The entry that our own tlog-proofs carry in `extra`, or null when a stranger made the proof. */
export function itemOf({ index, proof, extra }) {
  try {
    const value = object(parseCanonical(extra || encodeText("null")));
    if (!isWhole(value)) return null;
    return { index, entry: base64(value, "entry"), proof, disclosure: readDisclosure(value) };
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}

// Signed notes, keys and checkpoints, as ledger/core/note.py and checkpoint.py read them: Ed25519 signatures
// of logs (type 1) and timestamped cosignatures of witnesses (type 4).

import { HASH_SIZE, decodeBase64, decodeDecimal, encodeText, hashOf, hexOf, sameBytes } from "./bytes.js";
import { Malformed, decodeText } from "./strict_json.js";
import { EMPTY_ROOT, Refused } from "./tree.js";

export const ED25519 = 1;
const COSIGNATURE = 4;
const MOST_SIGNATURES = 100;
const LONGEST_NOTE = 1_000_000;
const LATEST = 253402300799n; // the end of the year 9999
const CONTROL = /[\x00-\x09\x0b-\x1f]/; // all but the line feed
const SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/** Read `name+id+base64(type, key)`. Throws Malformed, also for a type that we cannot check. */
export function parseVkey(text) {
  const [name, hex, ...rest] = text.split("+"); // base64 may hold a plus, a name may not
  const blob = decodeBase64(rest.join("+"));
  const known = blob[0] === ED25519 || blob[0] === COSIGNATURE;
  if (rest.length === 0 || blob.length !== 1 + HASH_SIZE || !known || !isName(name)) throw new Malformed("key");
  const id = hashOf(name, "\n", blob).slice(0, 4);
  if (hexOf(id) !== hex) throw new Malformed("key");
  return { name, hex, type: blob[0], key: blob.slice(1) };
}

export const sameKey = (one, other) => vkeyOf(one) === vkeyOf(other);

/** A key as it was written. */
export function vkeyOf({ name, hex, type, key }) {
  return `${name}+${hex}+${btoa(String.fromCharCode(type, ...key))}`;
}

/** Check a note against the keys that the reader holds: {text, verified: [{key, signedAt}]}, `signedAt` in
 *  seconds (BigInt) for a cosignature. Throws Malformed and Refused as `open_note` raises. */
export async function openNote(bytes, keys, verifyEd25519) {
  const { text, lines } = splitNote(bytes);
  const held = new Map();
  for (const key of keys) {
    if (held.has(`${key.name} ${key.hex}`)) throw new Malformed("key");
    held.set(`${key.name} ${key.hex}`, key);
  }
  const verified = new Map();
  for (const { name, blob } of lines) {
    const identity = `${name} ${hexOf(blob.slice(0, 4))}`;
    if (!held.has(identity)) continue;
    const signedAt = await check(held.get(identity), text, blob.slice(4), verifyEd25519);
    if (!verified.has(identity)) verified.set(identity, { key: held.get(identity), signedAt });
  }
  if (verified.size === 0) throw new Refused("unsigned");
  return { text, verified: [...verified.values()] };
}

/** The text of a note whose signatures nobody has checked. */
export const noteText = (bytes) => splitNote(bytes).text;

/** {origin, size (BigInt), root} of the text of a note. Throws Malformed. */
export function parseCheckpoint(text) {
  const lines = text.split("\n");
  if (lines.length < 4 || lines.pop() !== "" || lines.includes("") || text.includes("\r")) {
    throw new Malformed("checkpoint");
  }
  const [origin, size, root] = [lines[0], decodeDecimal(lines[1]), decodeBase64(lines[2])];
  if (root.length !== HASH_SIZE || (size === 0n && !sameBytes(root, EMPTY_ROOT))) throw new Malformed("checkpoint");
  return { origin, size, root };
}

/** A time of a cosignature as Python writes it. */
export const isoOf = (seconds) => new Date(seconds * 1000).toISOString().replace(".000Z", "+00:00");

async function check({ type, key }, text, signature, verifyEd25519) {
  const timed = type === COSIGNATURE;
  if (signature.length !== 64 + (timed ? 8 : 0)) throw new Refused("signature");
  const signedAt = timed ? signature.slice(0, 8).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n) : null;
  if (timed && signedAt > LATEST) throw new Refused("signature");
  const message = encodeText(timed ? `cosignature/v1\ntime ${signedAt}\n${text}` : text);
  if (!(await verifyEd25519(key, message, signature.slice(-64)))) throw new Refused("signature");
  return signedAt;
}

function splitNote(bytes) {
  if (bytes.length > LONGEST_NOTE) throw new Malformed("note");
  const whole = decodeText(bytes);
  const blank = whole.lastIndexOf("\n\n");
  if (CONTROL.test(whole) || blank < 0 || !whole.endsWith("\n")) throw new Malformed("note");
  const lines = whole.slice(blank + 2, -1).split("\n");
  if (lines.length > MOST_SIGNATURES) throw new Malformed("note");
  return { text: whole.slice(0, blank + 1), lines: [...new Set(lines)].map(signatureLine) };
}

function signatureLine(line) {
  const match = /^— ([^ ]+) ([A-Za-z0-9+/]+={0,2})$/.exec(line);
  if (match === null || !isName(match[1])) throw new Malformed("note");
  const blob = decodeBase64(match[2]);
  if (blob.length <= 4) throw new Malformed("note");
  return { name: match[1], blob };
}

function isName(name) {
  return name !== "" && !name.includes("+") && !SPACE.test(name) && !CONTROL.test(name);
}

// A leaf of the log and what a bundle shows of the body behind it, as ledger/core/entry.py, opening.py,
// fields.py and batch.py check them.

import { base64Url, decodeHex, encodeText, hashOf, hexOf, readInstant } from "./bytes.js";
import { Malformed, canonicalize, isObject, parseCanonical } from "./strict_json.js";
import { Refused, leafHash, verifyRange } from "./tree.js";

const MEMBERS = "at,body_commit,id,subject,type,v";
const BATCH_MEMBERS = "algorithm,count,datastream,first,gap_count,last,root";
const BATCH_TYPE = "sensor.batch";
const UUID7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const KIND = /^[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*$/;
const FIELDS = "coi:fields";

/** The six members. Throws Malformed for anything but the one spelling of a valid entry. */
export function parseEntry(bytes) {
  if (bytes.length > 65535) throw new Malformed("entry");
  const entry = parseCanonical(bytes);
  if (!isObject(entry) || Object.keys(entry).sort().join() !== MEMBERS || entry.v !== 1) throw new Malformed("entry");
  const { type, id, at, subject, body_commit: commitment } = entry;
  if ([type, id, at, subject, commitment].some((told) => typeof told !== "string")) throw new Malformed("entry");
  if (subject.normalize("NFC") !== subject) throw new Malformed("nfc");
  readInstant(at);
  const right =
    type.length <= 64 &&
    KIND.test(type) &&
    UUID7.test(id) &&
    subject !== "" &&
    encodeText(subject).length <= 256 &&
    !/[\x00-\x1f\x7f]/.test(subject) &&
    /^[0-9a-f]{64}$/.test(commitment);
  if (!right) throw new Malformed("entry");
  return entry;
}

/** Note a step for the body, each of its fields and its readings. What was erased is never refused. */
export function checkDisclosure(index, entry, opened, steps) {
  if (opened === null) return steps.skip(["commitment", index], "kept");
  if (opened.erased) return steps.skip(["commitment", index], "erased");
  const check = () => checkCommitment(entry, opened);
  if (!steps.attempt(["commitment", index], check, () => ["commitment", { bytes: opened.body.length }])) return;
  checkFields(index, opened, steps);
  if (opened.window !== null) checkReadings(index, opened.body, opened.window, steps);
}

function checkCommitment(entry, { salt, body }) {
  const context = entry.type === BATCH_TYPE ? "coi/batch/v1\n" : "coi/event/v1\n";
  if (hexOf(hashOf(context, salt, body)) !== entry.body_commit) throw new Refused("commitment");
  return true;
}

function checkFields(index, { body, fields }, steps) {
  const listed = committed(body);
  const named = new Set();
  for (const field of fields) {
    const name = ["field", index, field.name];
    named.add(field.name);
    if (!field.erased) steps.attempt(name, () => checkField(field, listed.get(field.name)), () => ["field", {}]);
    else if (listed.has(field.name)) steps.skip(name, "field-erased");
    else steps.refuse(name, "field-unknown");
  }
  for (const name of [...listed.keys()].sort()) {
    if (!named.has(name)) steps.skip(["field", index, name], "field-kept");
  }
}

/** Name and commitment of every member of a body that is under a commitment of its own. */
function committed(body) {
  let value;
  try {
    value = parseCanonical(body);
  } catch (error) {
    if (error instanceof Malformed) return new Map();
    throw error;
  }
  const listed = isObject(value) && isObject(value[FIELDS]) ? Object.entries(value[FIELDS]) : [];
  return new Map(listed.filter(([, commitment]) => typeof commitment === "string"));
}

function checkField({ name, value, salt }, commitment) {
  const made = hashOf("coi/field/v1\n", canonicalize([base64Url(salt), name, value]));
  if (hexOf(made) !== commitment) throw new Refused("field");
  return true;
}

function checkReadings(index, body, window, steps) {
  const batch = steps.attempt(["batch", index], () => readBatch(body), (told) => ["batch", told]);
  if (batch === null) return;
  if (window.erased) return steps.skip(["readings", index], "readings-erased");
  const end = window.begin + window.readings.length - 1;
  const told = { begin: window.begin, end, count: batch.count };
  steps.attempt(["readings", index], () => checkWindow(batch, window), () => ["readings", told]);
}

function readBatch(body) {
  const value = parseCanonical(body);
  const right =
    isObject(value) &&
    Object.keys(value).sort().join() === BATCH_MEMBERS &&
    value.algorithm === "rfc6962-sha256" &&
    ["datastream", "first", "last", "root"].every((name) => typeof value[name] === "string") &&
    ["count", "gap_count"].every((name) => Number.isSafeInteger(value[name]));
  if (!right) throw new Malformed("batch");
  readInstant(value.first);
  readInstant(value.last);
  decodeHex(value.root);
  return value;
}

function checkWindow(batch, { begin, readings, proof }) {
  const times = [batch.first, ...readings.map(({ t }) => t), batch.last].map(readInstant);
  if (readings.length > 0 && times.some((time, at) => at > 0 && times[at - 1] > time)) throw new Refused("order");
  const leaves = readings.map(({ t, v, u, q, salt }, at) => {
    const told = { i: begin + at, t, v, u, q, salt: base64Url(salt) };
    return leafHash("coi/reading/v1\n", canonicalize(told));
  });
  verifyRange(leaves, BigInt(begin), BigInt(batch.count), proof, decodeHex(batch.root));
  return true;
}

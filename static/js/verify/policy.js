// Whom the reader trusts: a C2SP tlog-policy, or one key of a log, as ledger/core/policy.py reads them.

import { decodeDecimal, encodeText } from "./bytes.js";
import { ED25519, parseVkey } from "./note.js";
import { Malformed, decodeText } from "./strict_json.js";

const FORBIDDEN = /[\x00-\x08\x0b-\x1f\x7f]/;
const NO_QUORUM = "none";
const HOST = /^https?:\/\/([a-z\d.-]+|\[[\da-f:.]+\])(?=[:/?#]|$)/i;
const LOOPBACK = /^((.+\.)?localhost|127(\.\d+){3}|\[::1\])$/;
const WORDS = new Map([
  ["log", [1, 2]],
  ["witness", [2, 3]],
  ["group", [3, 1000]],
  ["quorum", [1, 1]],
]);

/** What was pasted: a policy, or keys of a log, each alone on its line. Throws Malformed. */
export function readTrust(text) {
  const lines = text.trim().split(/\s*\n\s*/);
  if (lines.some((line) => /\s/.test(line))) return parsePolicy(encodeText(text.endsWith("\n") ? text : `${text}\n`));
  return trustKeys(lines);
}

/** A policy that trusts these keys of logs and asks for no witness. */
export function trustKeys(vkeys) {
  const policy = { logs: [], witnesses: new Map(), urls: new Map(), groups: new Map(), quorum: NO_QUORUM };
  for (const vkey of vkeys) addLog(policy, vkey);
  return policy;
}

/** {logs: [key], witnesses: Map name → key, urls: Map name → address, groups: Map name → {threshold, members},
 *  quorum}. */
export function parsePolicy(bytes) {
  // One character a byte: names are opaque octets to the format, and need not be UTF-8.
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  if ((text && !text.endsWith("\n")) || FORBIDDEN.test(text)) throw new Malformed("policy");
  const policy = { ...trustKeys([]), quorum: null };
  const used = new Set();
  for (const line of text.split("\n")) {
    const words = line.replace(/^[ \t]+|[ \t]+$/g, "").split(/[ \t]+/);
    if (words[0] && !words[0].startsWith("#")) takeLine(policy, used, words);
  }
  if (policy.quorum === null) throw new Malformed("policy");
  return policy;
}

export const keysOf = (policy) => [...policy.logs, ...policy.witnesses.values()];

/** Whether cosignatures of the witnesses named so (a Set) make the quorum. */
export function isSatisfied({ quorum, groups }, names) {
  const saw = (name) => {
    const group = groups.get(name);
    return group ? group.members.filter(saw).length >= group.threshold : names.has(name);
  };
  return quorum === NO_QUORUM || saw(quorum);
}

/** Whether a witness runs on a log's own machine, as far as its address in the policy tells. */
export function isBeside({ urls, logs }, name) {
  const match = HOST.exec((urls.get(name) || "").toLowerCase());
  return match !== null && (LOOPBACK.test(match[1]) || logs.some(({ name: log }) => hostOf(log) === match[1]));
}

const hostOf = (origin) => origin.split(/[/:]/)[0].toLowerCase();

export const asksForNone = ({ quorum }) => quorum === NO_QUORUM;

function takeLine(policy, used, [keyword, ...words]) {
  const [least, most] = WORDS.get(keyword) || [1, 0];
  if (words.length < least || words.length > most) throw new Malformed("policy");
  if (keyword === "log") {
    addLog(policy, octets(words[0]));
  } else if (keyword === "witness") {
    refuseTaken(policy, words[0]);
    const key = parseVkey(octets(words[1]));
    refuseTwice(key, keysOf(policy)); // nor is a log's key ever a witness's
    policy.witnesses.set(words[0], key);
    policy.urls.set(words[0], words[2]);
  } else if (keyword === "group") {
    takeGroup(policy, used, words);
  } else {
    if (policy.quorum !== null || (words[0] !== NO_QUORUM && !isDefined(policy, words[0]))) throw new Malformed("policy");
    policy.quorum = words[0];
  }
}

function takeGroup(policy, used, [name, threshold, ...members]) {
  refuseTaken(policy, name);
  for (const member of members) {
    if (!isDefined(policy, member) || used.has(member)) throw new Malformed("policy");
    used.add(member);
  }
  const wanted = threshold === "any" ? 1 : threshold === "all" ? members.length : Number(decodeDecimal(threshold));
  if (wanted < 1 || wanted > members.length) throw new Malformed("policy");
  policy.groups.set(name, { threshold: wanted, members });
}

function addLog(policy, vkey) {
  const key = parseVkey(vkey);
  if (key.type !== ED25519) throw new Malformed("policy");
  refuseTwice(key, keysOf(policy)); // whatever its type byte says: a witness's key is never a log's
  policy.logs.push(key);
}

const octets = (word) => decodeText(Uint8Array.from(word, (sign) => sign.charCodeAt(0)));

const isDefined = ({ witnesses, groups }, name) => witnesses.has(name) || groups.has(name);

function refuseTaken(policy, name) {
  if (name === NO_QUORUM || isDefined(policy, name)) throw new Malformed("policy");
}

function refuseTwice(key, keys) {
  for (const other of keys) {
    if (String(key.key) === String(other.key)) throw new Malformed("policy"); // one public key twice
  }
}

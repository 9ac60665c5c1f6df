// Bytes, and the spellings that they have in proofs: one each, as ledger/core/encoding.py reads them.

import { sha256 } from "@noble/hashes/sha2.js";

import { Malformed } from "./strict_json.js";

export const HASH_SIZE = 32;

const encoder = new TextEncoder();

export const encodeText = (text) => encoder.encode(text);

/** SHA-256 over texts and bytes, one after another. */
export function hashOf(...parts) {
  const hash = sha256.create();
  for (const part of parts) hash.update(typeof part === "string" ? encodeText(part) : part);
  return hash.digest();
}

export function decodeBase64(value) {
  let raw;
  try {
    raw = atob(value);
  } catch {
    throw new Malformed("base64");
  }
  if (btoa(raw) !== value) throw new Malformed("base64"); // stray bits, spaces or padding
  const bytes = new Uint8Array(raw.length); // `from` would walk the string by its iterator, slower
  for (let at = 0; at < raw.length; at++) bytes[at] = raw.charCodeAt(at);
  return bytes;
}

export const encodeBase64 = (bytes) => btoa(String.fromCharCode(...bytes));

/** Base64 with the letters of RFC 4648, section 5, unpadded. */
export function base64Url(bytes) {
  return encodeBase64(bytes).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

export function decodeHex(value) {
  if (!/^(?:[0-9a-f]{2})*$/.test(value)) throw new Malformed("hex");
  return Uint8Array.from(value.match(/../g) || [], (pair) => parseInt(pair, 16));
}

/** A number from 0 to 2^64-1 in ASCII digits without leading zero, as a BigInt. */
export function decodeDecimal(value) {
  if (!/^(?:0|[1-9][0-9]{0,19})$/.test(value) || BigInt(value) >= 1n << 64n) throw new Malformed("decimal");
  return BigInt(value);
}

export function hexOf(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function sameBytes(left, right) {
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}

const INSTANT = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{0,5}[1-9])?Z$/;

/** A time of the calendar in UTC without its zone, so that instants sort as texts. Throws Malformed. */
export function readInstant(value) {
  const seconds = value.slice(0, 19);
  const at = new Date(`${seconds}Z`); // a day that no month has is another day, or none
  if (!INSTANT.test(value) || isNaN(at) || !at.toISOString().startsWith(seconds) || value < "0001") {
    throw new Malformed("time");
  }
  return value.slice(0, -1);
}

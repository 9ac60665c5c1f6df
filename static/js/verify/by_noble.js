// The whole check for a browser without Ed25519; the build makes one file of it.

import { Point } from "@noble/ed25519";
import { sha512 } from "@noble/hashes/sha2.js";
import { hexOf } from "./bytes.js";

export { verifyBundle } from "./core.js";
export { readTrust } from "./policy.js";

/**
 * Whether a signature is the key's over the message: [S]B - [k]A is R (RFC 8032, 5.1.7, without the cofactor),
 * and the bytes of a key are read, as OpenSSL does it for ledger/core/note.py. Noble's own `verify` first makes
 * a table of 4000 multiples of B, six times the work of one signature; here both products share their doublings
 * (Straus, 1964).
 */
export async function verifyEd25519(key, message, signature) {
  try {
    const order = Point.CURVE().n;
    const r = signature.subarray(0, 32);
    const s = littleEndian(signature.subarray(32));
    if (signature.length !== 64 || s >= order) return false;
    const minusA = Point.fromBytes(key, true).negate();
    const k = littleEndian(sha512.create().update(r).update(key).update(message).digest()) % order;
    const both = Point.BASE.add(minusA);
    let sum = Point.ZERO;
    for (let bit = 252n; bit >= 0n; bit--) {
      sum = sum.double();
      const ofB = (s >> bit) & 1n;
      const ofA = (k >> bit) & 1n;
      if (ofB || ofA) sum = sum.add(ofB && ofA ? both : ofB ? Point.BASE : minusA);
    }
    return hexOf(sum.toBytes()) === hexOf(r);
  } catch {
    return false; // it throws for what is no point of the curve
  }
}

const littleEndian = (bytes) => BigInt(`0x${hexOf(bytes.slice().reverse())}`);

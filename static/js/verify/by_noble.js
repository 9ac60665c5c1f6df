// The whole check for a browser without Ed25519; the build makes one file of it.

import { hashes, verify } from "@noble/ed25519";
import { sha512 } from "@noble/hashes/sha2.js";

hashes.sha512 = sha512;

export { verifyBundle } from "./core.js";
export { readTrust } from "./policy.js";

/** Whether a signature is the key's over the message. */
export async function verifyEd25519(key, message, signature) {
  try {
    return verify(signature, message, key, { zip215: false });
  } catch {
    return false; // it throws for what is no point of the curve
  }
}

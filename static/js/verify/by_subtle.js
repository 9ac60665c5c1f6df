// The whole check for a browser that verifies Ed25519 itself; the build makes one file of it.

export { verifyBundle } from "./core.js";
export { readTrust } from "./policy.js";

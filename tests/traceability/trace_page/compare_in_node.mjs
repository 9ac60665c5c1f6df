// Answers on stdin's {file (base64), trust, page} with the verdict of the browser's code on a proof and its page.

import { readFileSync } from "node:fs";

import { verifyBundle } from "../../../static/js/verify/core.js";
import { comparePage } from "../../../static/js/verify/page.js";
import { verifyEd25519 } from "../../../static/js/verify/by_noble.js";
import { readTrust } from "../../../static/js/verify/policy.js";

const { file, trust, page } = JSON.parse(readFileSync(0, "utf8"));
const bytes = Uint8Array.from(Buffer.from(file, "base64"));
const { outcome, steps } = await verifyBundle(bytes, readTrust(trust), { verifyEd25519, now: Date.now() / 1000 });
console.log(outcome === "verified" ? comparePage(bytes, steps, page) : outcome);

// Which of stdin's [[key, message, signature], ...] (hex) the browser's code without WebCrypto takes for signed.

import { readFileSync } from "node:fs";

import { verifyEd25519 } from "../../../static/js/verify/by_noble.js";

const bytesOf = (hex) => Uint8Array.from(Buffer.from(hex, "hex"));
const answers = [];
for (const question of JSON.parse(readFileSync(0, "utf8"))) answers.push(await verifyEd25519(...question.map(bytesOf)));
console.log(JSON.stringify(answers));

// JSON with one meaning: only the canonical spelling (RFC 8785) is read, as ledger/core/jcs.py reads it. What
// JSON.parse forgives (a name twice, an integer that a double changes) is another spelling, and refused.

/** The bytes are not of the format that they claim; `code` names the sentence that says so. */
export class Malformed extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

const DEEPEST = 100;

/** The value of canonical bytes. Throws Malformed. */
export function parseCanonical(bytes) {
  const text = decodeText(bytes);
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Malformed("json");
  }
  if (canonicalize(value) !== text) throw new Malformed("canonical");
  return value;
}

/** The canonical text of a value; throws Malformed for a lone surrogate, or one nested deeper than 100. */
export function canonicalize(value, depth = 0) {
  const write = (one) => canonicalize(one, depth + 1);
  if (typeof value === "string" && /\p{Cs}/u.test(value)) throw new Malformed("json");
  if (typeof value !== "object" || value === null) return JSON.stringify(value); // RFC 8785, 3.2.2
  if (depth >= DEEPEST) throw new Malformed("json");
  if (Array.isArray(value)) return `[${value.map(write)}]`;
  const names = Object.keys(value).sort(); // by UTF-16 units
  return `{${names.map((name) => `${write(name)}:${write(value[name])}`)}}`;
}

/** UTF-8 without mercy: a byte order mark stays in the text (and is no JSON). Throws Malformed. */
export function decodeText(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Malformed("utf8");
  }
}

export const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** Whether it is a whole number that every reader of JSON reads the same. */
export const isNatural = (value) => Number.isSafeInteger(value) && value >= 0;

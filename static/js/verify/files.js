// Proofs as files, as ledger/core/proofs.py, disclosures.py and members.py read them: shapes, never truth.

import {
  HASH_SIZE,
  decodeBase64,
  decodeHex,
  encodeText,
  hashOf,
  hexOf,
  readInstant,
} from "./bytes.js";
import { Malformed, canonicalize, isNatural, isObject, parseCanonical } from "./strict_json.js";

const LARGEST_FILE = 32 * 1024 * 1024;
const FORMAT = "coi/proof/1";
const MOST_HASHES = 128;
const SALT_SIZE = 16;

/** A bundle; `whole`: whether its checksum is that of the rest of it. Throws Malformed. */
export function readBundle(bytes) {
  if (bytes.length > LARGEST_FILE) throw new Malformed("format");
  const value = object(parseCanonical(bytes));
  if (value.format !== FORMAT) throw new Malformed("format");
  if ("about" in value) object(value.about);
  const items = list(value, "items").map((item) => readItem(object(item)));
  if (items[new Set(items.map((item) => item.index)).size]) throw new Malformed("shape"); // one counted twice
  return {
    origin: text(value, "origin"),
    vkey: text(value, "vkey"),
    size: BigInt(natural(value, "size")),
    checkpoint: encodeText(text(value, "checkpoint")),
    items,
    anchors: list(value, "anchors").map((anchor) => readAnchor(object(anchor))),
    timestamps: "timestamps" in value ? list(value, "timestamps").map((stamp) => readTimestamp(object(stamp))) : [],
    pending: "pending" in value ? natural(value, "pending") : 0,
    whole: isWhole(value),
  };
}

/** Whether the member `sha256` is that of the canonical bytes of all others. */
export function isWhole(value) {
  const { sha256, ...rest } = value;
  return sha256 === hexOf(hashOf(canonicalize(rest)));
}

function readItem(value) {
  return {
    index: BigInt(natural(value, "index")),
    entry: base64(value, "entry"),
    proof: hashes(list(value, "proof")),
    disclosure: readDisclosure(value),
  };
}

/** {erased}, {salt, body, fields, window}, or null where the maker keeps the body to himself. */
export function readDisclosure(item) {
  if (!("disclosure" in item)) return null;
  const value = object(item.disclosure);
  if (isErased(value)) return { erased: true };
  return {
    salt: salt(value),
    body: base64(value, "body"),
    fields: "fields" in value ? list(value, "fields").map((field) => readField(object(field))) : [],
    window: "window" in value ? readWindow(object(value.window)) : null,
  };
}

function readField(value) {
  const name = text(value, "name");
  if (isErased(value)) return { name, erased: true };
  if (!("value" in value)) throw new Malformed("shape");
  return { name, value: value.value, salt: salt(value) };
}

function readWindow(value) {
  if (isErased(value)) return { erased: true };
  return {
    begin: natural(value, "begin"),
    readings: list(value, "readings").map((reading) => readReading(object(reading))),
    proof: hashes(list(value, "proof")),
  };
}

function readReading(value) {
  readInstant(text(value, "t"));
  if (!Number.isSafeInteger(value.v)) throw new Malformed("shape");
  return { t: value.t, v: value.v, u: text(value, "u"), q: natural(value, "q"), salt: salt(value) };
}

/** {kind, externalId} of a kind that came after this reader, else a head on a chain. */
function readAnchor(value) {
  const kind = "kind" in value ? text(value, "kind") : "evm";
  if (kind !== "evm") return { kind, externalId: text(value, "external_id") };
  if (typeof value.development !== "boolean") throw new Malformed("shape");
  hexadecimal(value, "contract", 20);
  hexadecimal(value, "tx_hash", HASH_SIZE);
  natural(value, "block_number");
  return {
    kind,
    chainId: natural(value, "chain_id"),
    chainName: text(value, "chain_name"),
    development: value.development,
    logId: hexadecimal(value, "log_id", HASH_SIZE),
    ...readHead(value),
  };
}

/** Its token is kept shut: whose word it is, only ledger/core/timestamp.py can tell. */
function readTimestamp(value) {
  if (text(value, "kind") !== "rfc3161" || typeof value.on_this_machine !== "boolean") throw new Malformed("shape");
  text(value, "external_id");
  base64(value, "token");
  readInstant(text(value, "stamped_at"));
  const { authority, on_this_machine: here, stamped_at: at } = value;
  return { authority: text(value, "authority"), here, at, ...readHead(value) };
}

function readHead(value) {
  return {
    size: BigInt(natural(value, "size")),
    root: hexadecimal(value, "root", HASH_SIZE),
    consistency: "consistency" in value ? hashes(list(value, "consistency")) : null,
  };
}

export function object(value) {
  if (!isObject(value)) throw new Malformed("shape");
  return value;
}

function text(value, name) {
  if (typeof value[name] !== "string") throw new Malformed("shape");
  return value[name];
}

function list(value, name) {
  if (!Array.isArray(value[name])) throw new Malformed("shape");
  return value[name];
}

function natural(value, name) {
  if (!isNatural(value[name])) throw new Malformed("shape");
  return value[name];
}

export const base64 = (value, name) => decodeBase64(text(value, name));

function salt(value) {
  const raw = base64(value, "salt");
  if (raw.length !== SALT_SIZE) throw new Malformed("shape");
  return raw;
}

function hexadecimal(value, name, size) {
  const told = text(value, name);
  if (!told.startsWith("0x") || told.length !== 2 + 2 * size) throw new Malformed("shape");
  return decodeHex(told.slice(2));
}

export function hashes(values) {
  if (values.length > MOST_HASHES) throw new Malformed("shape");
  return values.map((value) => {
    const raw = typeof value === "string" ? decodeBase64(value) : [];
    if (raw.length !== HASH_SIZE) throw new Malformed("shape");
    return raw;
  });
}

function isErased(value) {
  if ("erased" in value && typeof value.erased !== "boolean") throw new Malformed("shape");
  return value.erased === true;
}

// The Merkle tree of RFC 9162 over SHA-256, as ledger/core/tree.py checks it. Sizes and indices are BigInts:
// a log may be larger than 2^53, and bit operations of JavaScript numbers end at 32 bits.

import { HASH_SIZE, hashOf, sameBytes } from "./bytes.js";
import { Malformed } from "./strict_json.js";

/** Well formed, and false; `code` names the sentence that says so. */
export class Refused extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

export const EMPTY_ROOT = hashOf();

export const leafHash = (...parts) => hashOf(Uint8Array.of(0), ...parts);

const nodeHash = (left, right) => hashOf(Uint8Array.of(1), left, right);

export function verifyInclusion(leaf, index, size, path, root) {
  if (index < 0n || index >= size) throw new Refused("outside");
  verifySubtree(leaf, index, index + 1n, size, path, root);
}

export function verifyConsistency(oldSize, size, oldRoot, root, path) {
  if (oldSize <= 0n || oldSize > size) throw new Refused("consistency");
  try {
    verifySubtree(oldRoot, 0n, oldSize, size, path, root);
  } catch (error) {
    throw error instanceof Refused ? new Refused("consistency") : error;
  }
}

/** Check that `subtree` is the hash of the leaves `begin..end` of the tree with `size` leaves. */
export function verifySubtree(subtree, begin, end, size, path, root) {
  if (0n <= begin && begin === end && end <= size && sameBytes(subtree, EMPTY_ROOT) && path.length === 0) return;
  checkLengths([subtree, root, ...path]);
  if (!isSubtree(begin, end) || end > size) throw new Refused("path");
  const [made, joined] = climb(subtree, begin, end - 1n, size - 1n, path);
  if (!sameBytes(made, subtree) || !sameBytes(joined, root)) throw new Refused("path");
}

/** Whether `begin..end` can be a subtree: it begins at a multiple of its size, rounded up to 2^n. */
export function isSubtree(begin, end) {
  if (begin < 0n || begin >= end) return false;
  let whole = 1n;
  while (whole < end - begin) whole <<= 1n;
  return begin % whole === 0n;
}

/** Check that `leaves` (leaf hashes) are all leaves from `begin` on, none left out between them. */
export function verifyRange(leaves, begin, size, path, root) {
  checkLengths([root, ...leaves, ...path]);
  const end = begin + BigInt(leaves.length);
  if (begin < 0n || begin >= end || end > size) throw new Refused("range");
  const rest = [...path];
  let short = false;
  const outside = () => rest.shift() || ((short = true), EMPTY_ROOT);
  const join = (low, high) => {
    if (high <= begin || end <= low) return outside();
    if (high - low === 1n) return leaves[Number(low - begin)];
    const middle = low + splitPoint(high - low);
    const left = join(low, middle);
    return nodeHash(left, join(middle, high));
  };
  const made = join(0n, size);
  if (short || rest.length > 0 || !sameBytes(made, root)) throw new Refused("range");
}

function climb(subtree, first, last, edge, path) {
  const up = () => {
    first >>= 1n;
    last >>= 1n;
    edge >>= 1n;
  };
  while (first !== last && (last === edge || last & 1n)) up();
  const rest = first === last ? path : path.slice(1);
  let made = first === last ? subtree : path[0] || EMPTY_ROOT;
  let joined = made;
  for (const sibling of rest) {
    if (edge === 0n) throw new Refused("path");
    if (last & 1n || last === edge) {
      if (first < last) made = nodeHash(sibling, made);
      joined = nodeHash(sibling, joined);
      while (!(last & 1n)) up();
    } else {
      joined = nodeHash(joined, sibling);
    }
    up();
  }
  if (edge !== 0n) throw new Refused("path");
  return [made, joined];
}

function splitPoint(count) {
  let point = 1n;
  while (point << 1n < count) point <<= 1n;
  return point;
}

function checkLengths(hashes) {
  if (hashes.some((hash) => hash.length !== HASH_SIZE)) throw new Malformed("hash");
}

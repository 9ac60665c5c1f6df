// Drafts of farm forms, kept on this phone: {client_id, values, page, action, state, saved_at}.
// `state`: "draft" (being written), "pending" (sent, no answer seen), "unconfirmed" (the person has to look
// at it again and confirm), "refused" (has to be mended).

const PREFIX = "coi:draft:";
const FORGET_DRAFT_MS = 3 * 86400 * 1000;

let forgotten = 0;

/** The draft under `key`, or null; one that nobody sent is forgotten after three days. */
export function load(key) {
  const text = localStorage.getItem(PREFIX + key);
  if (text === null) return null;
  const draft = JSON.parse(text);
  if (draft.state === "draft" && Date.now() - draft.saved_at > FORGET_DRAFT_MS) {
    clear(key);
    forgotten += 1;
    return null;
  }
  return draft;
}

/** How many drafts this page has forgotten because nobody sent them. */
export const countForgotten = () => forgotten;

/** Keep a draft. False when the phone refuses to store (full, or a private window). */
export function save(key, draft) {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify({ ...draft, saved_at: Date.now() }));
    return true;
  } catch {
    return false;
  }
}

/** Forget one draft. */
export function clear(key) {
  localStorage.removeItem(PREFIX + key);
}

/** Keys of all drafts in one of these states. */
export function keys(...states) {
  const all = Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));
  return all.map((name) => name.slice(PREFIX.length)).filter((key) => states.includes(load(key)?.state));
}

/** Forget everything: the next person on a shared phone finds nothing. */
export function clearAll() {
  keys("draft", "refused", "unconfirmed", "pending").forEach(clear);
}

/** A UUID; `randomUUID` is missing where the page is not served securely. */
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

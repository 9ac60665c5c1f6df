// Drafts of farm forms, kept on this phone: {client_id, values, page, action, state, saved_at}.
// `state`: "draft" (being written), "pending" (sent, no answer seen), "refused" (has to be mended).

const PREFIX = "coi:draft:";
const FORGET_DRAFT_MS = 3 * 86400 * 1000;

/** The draft under `key`, or null; one that nobody sent is forgotten after three days. */
export function load(key) {
  const text = localStorage.getItem(PREFIX + key);
  if (text === null) return null;
  const draft = JSON.parse(text);
  if (draft.state === "draft" && Date.now() - draft.saved_at > FORGET_DRAFT_MS) {
    clear(key);
    return null;
  }
  return draft;
}

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

/** Keys of all drafts in one state. */
export function keys(state) {
  const found = [];
  for (let i = 0; i < localStorage.length; i++) {
    const name = localStorage.key(i);
    if (!name.startsWith(PREFIX)) continue;
    const key = name.slice(PREFIX.length);
    if (load(key)?.state === state) found.push(key);
  }
  return found;
}

/** Forget everything: the next person on a shared phone finds nothing. */
export function clearAll() {
  for (const state of ["draft", "refused", "pending"]) keys(state).forEach(clear);
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

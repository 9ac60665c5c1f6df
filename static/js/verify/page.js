// Whether a proof that holds is the proof of the page that shows it. The check of the proof alone (core.js)
// cannot know: the proof of another lot holds as well, and so does one without contents.

/** What the page claims: its lot, the lines that it calls sealed, and the first facts, each from where it stands. */
export function readPage(element) {
  const told = (name) => document.querySelector(`[data-${name}]`).getAttribute(`data-${name}`);
  return {
    lot: element.dataset.lot,
    entries: [...document.querySelectorAll("[data-entry]")].map((row) => row.dataset.entry),
    sealed: Number(element.dataset.sealed), // told at the scan: the rows may have been written before they were sealed
    harvestedOn: told("harvested-on"),
    harvestedG: Number(told("harvested-g")),
  };
}

/**
 * The verdict on a verified bundle (bytes, with the steps of its check):
 * "other": it lacks a line of the page, or tells of another lot; "kept": no harvest is disclosed to compare with;
 * "differs": the sealed harvest has another day or weight than the page; "partly": they agree, and some contents
 * are kept or erased; "ok": they agree, and every content is what was sealed.
 */
export function comparePage(bytes, steps, { lot, entries, sealed, harvestedOn, harvestedG }) {
  const { items } = JSON.parse(new TextDecoder().decode(bytes)); // canonical, or it were not verified
  const proven = new Set(items.map(({ index }) => String(index)));
  if (items.length < sealed || !entries.every((entry) => proven.has(entry))) return "other";
  const opened = new Set(steps.filter(isOpened).map(({ name }) => String(name[1])));
  const whole = opened.size === items.length;
  const harvest = items
    .filter(({ index }) => opened.has(String(index)))
    .sort((one, other) => other.index - one.index) // a correction comes after what it corrects
    .map(({ disclosure }) => harvestOf(disclosure.body, lot))
    .find((found) => found);
  if (!harvest) return whole ? "other" : "kept";
  if (harvest.on !== harvestedOn || harvest.grams !== harvestedG) return "differs";
  return whole ? "ok" : "partly";
}

/** Not the disclosure that the file holds, but that its check went well: beside `erased` nothing is read. */
const isOpened = ({ name: [kind], state }) => kind === "commitment" && state === "ok";

/** {on, grams} when a body (base64) commissions this lot, else null (traceability/events/bodies.py). */
function harvestOf(base64, lot) {
  const raw = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  let event;
  try {
    event = JSON.parse(new TextDecoder().decode(raw));
  } catch {
    return null; // sealed, but no event
  }
  if (event?.bizStep !== "commissioning" || event.errorDeclaration) return null;
  const amount = [event.quantityList].flat().find((one) => one?.epcClass === lot && one.uom === "GRM");
  return amount ? { on: event.ilmd?.["cbvmda:harvestEndDate"], grams: amount.quantity } : null;
}

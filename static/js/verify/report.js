// What a check found, step by step, as ledger/core/report.py keeps it.

import { Malformed } from "./strict_json.js";
import { Refused } from "./tree.js";

export const OK = "ok";
export const REFUSED = "REFUSED";
export const NOT_CHECKED = "NOT CHECKED";
export const LACKING = "LACKING";

/** Steps {name, state, code, values}: `name` is what it is about (a kind, then an index or a name), `code`
 *  with `values` the sentence. */
export class Steps {
  constructor() {
    this.steps = [];
  }

  add(name, state, code, values = {}) {
    this.steps.push({ name, state, code, values });
  }

  skip(name, code, values) {
    this.add(name, NOT_CHECKED, code, values);
  }

  refuse(name, code, values) {
    this.add(name, REFUSED, code, values);
  }

  /** Run a check: its result, or null when it threw one of our errors; either is a step. `words` gives the
   *  code and the values of a good end. */
  attempt(name, check, words) {
    try {
      const result = check();
      this.add(name, OK, ...words(result));
      return result;
    } catch (error) {
      this.caught(name, error);
      return null;
    }
  }

  /** Note an error of ours as a step; anything else goes on. */
  caught(name, error) {
    if (!(error instanceof Malformed || error instanceof Refused)) throw error;
    this.refuse(name, `not-${error.code}`);
  }

  report() {
    const states = new Set(this.steps.map((step) => step.state));
    const open = states.has(LACKING) || states.size === 0;
    return { outcome: states.has(REFUSED) ? "refused" : open ? "unusable" : "verified", steps: this.steps };
  }
}

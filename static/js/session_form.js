// A half-written form outlives an expired session: `form[data-keep=KEY]` is kept for this tab and put
// back after the login. What was sent and accepted is forgotten.

import { read, wasReturned, write } from "./form_values.js";

const PREFIX = "coi:keep:";
const LOGIN = /^\/(office\/)?login/;

function stored() {
  return Object.keys(sessionStorage).filter((name) => name.startsWith(PREFIX));
}

function keep(name, entry) {
  try {
    sessionStorage.setItem(name, JSON.stringify(entry));
  } catch {
    // A full store keeps nothing, and nothing was promised on the screen.
  }
}

function bind(form) {
  const name = PREFIX + form.dataset.keep;
  const entry = JSON.parse(sessionStorage.getItem(name) ?? "null");
  if (entry && !wasReturned(form)) {
    if (entry.sent && !entry.interrupted) sessionStorage.removeItem(name);
    else write(form, entry.values);
  }
  form.addEventListener("input", () => keep(name, { values: read(form) }));
  form.addEventListener("submit", () => keep(name, { values: read(form), sent: true }));
}

/** Restore and follow the forms under `root`. */
export function enhance(root) {
  root.querySelectorAll("form[data-keep]").forEach(bind);
}

/** Once a page: a login or an error page in between means that what was sent did not arrive. */
export function start() {
  const interrupted = LOGIN.test(location.pathname) || document.body.hasAttribute("data-error");
  for (const name of stored()) {
    const entry = JSON.parse(sessionStorage.getItem(name));
    if (interrupted) keep(name, { ...entry, interrupted: true });
    else if (entry.sent && !entry.interrupted && !document.querySelector(`form[data-keep="${CSS.escape(name.slice(PREFIX.length))}"]`)) {
      sessionStorage.removeItem(name);
    }
  }
}

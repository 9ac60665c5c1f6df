// What a person has typed into a form, as plain values that a store can keep.

const NEVER_KEPT = new Set(["csrf_token", "client_id"]);

/** The values by name; files, passwords, the CSRF token and the client id stay out. */
export function read(form) {
  const values = {};
  for (const control of form.elements) {
    if (!control.name || NEVER_KEPT.has(control.name)) continue;
    if (["file", "password", "submit", "button"].includes(control.type)) continue;
    if (["checkbox", "radio"].includes(control.type) && !control.checked) {
      values[control.name] ??= [];
      continue;
    }
    (values[control.name] ??= []).push(control.value);
  }
  return values;
}

/** Put kept values back. Hidden fields belong to the server and are left alone. */
export function write(form, values) {
  const used = {};
  for (const control of form.elements) {
    const kept = values[control.name];
    if (!kept || NEVER_KEPT.has(control.name)) continue;
    if (["file", "password", "submit", "button", "hidden"].includes(control.type)) continue;
    if (["checkbox", "radio"].includes(control.type)) {
      control.checked = kept.includes(control.value);
      continue;
    }
    const place = (used[control.name] ??= 0);
    used[control.name] += 1;
    if (kept[place] !== undefined) control.value = kept[place];
  }
}

/** Whether the server sent this form back with faults: then its values are the newer ones. */
export function wasReturned(form) {
  return form.querySelector("[aria-invalid=true]") !== null;
}

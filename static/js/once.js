// A double tap sends a form once. The button wakes again when the reader comes back to the page.

const WAKE_MS = 10000;

function buttons(form) {
  return form.querySelectorAll("button[type=submit], button:not([type])");
}

function wake(form) {
  delete form.dataset.sent;
  for (const button of buttons(form)) button.disabled = false;
}

/** Guard the POST forms under `root`; forms with a draft guard themselves. */
export function enhance(root) {
  for (const form of root.querySelectorAll("form[method=post]:not([data-draft])")) {
    form.addEventListener("submit", (event) => {
      if (event.defaultPrevented) return;
      if (form.dataset.sent) {
        event.preventDefault();
        return;
      }
      form.dataset.sent = "1";
      // Disabled a moment later: a disabled button would not send its own name and value.
      setTimeout(() => buttons(form).forEach((button) => (button.disabled = true)));
      setTimeout(() => wake(form), WAKE_MS);
    });
  }
}

addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form[data-sent]").forEach(wake);
});

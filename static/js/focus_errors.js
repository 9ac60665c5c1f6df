// After a refused form the reader stands at the list of what to mend.

/** Move the focus to the summary of errors under `root`, if there is one. */
export function enhance(root) {
  root.querySelector("[data-focus]")?.focus();
}

// Behaviours of one shell, bound to a part of the page: at the start to all of it, later to a new `main`.

const behaviours = [];

/** Add behaviours (modules with `enhance(root)`) and bind them to the page. */
export function begin(...modules) {
  behaviours.push(...modules);
  enhanceAll(document);
  modules.forEach((module) => module.start?.());
}

/** Bind every behaviour of this shell to what is new. */
export function enhanceAll(root) {
  for (const behaviour of behaviours) behaviour.enhance?.(root);
}

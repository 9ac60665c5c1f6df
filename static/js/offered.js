// Last time's values are offered; those that belong to another product than the one that is typed now are not.

/** Bind fields under `root` that own others: `data-owns="dose phi_days"` names them. */
export function enhance(root) {
  for (const owner of root.querySelectorAll("[data-owns]")) {
    const owned = owner.dataset.owns.split(" ").map((name) => owner.form.elements[name]);
    let same = true;
    owner.addEventListener("input", () => {
      const before = same;
      same = owner.value.trim() === owner.defaultValue.trim();
      if (same === before) return;
      for (const field of owned) {
        if (same && !field.value) field.value = field.defaultValue;
        else if (!same && field.value === field.defaultValue) field.value = "";
      }
    });
  }
}

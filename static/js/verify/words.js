// The sentences of a report, in the words of a catalogue (ledger/verifier_words.py).

const NEVER = ["never-anchors", "never-true", "never-others", "never-newest"];

/** "Nội dung mục 12: khớp: …" */
export function sentenceOf({ name: [kind, ...which], state, code, values }, words) {
  const told = (words[code] || code).replace(/\{(\w+)\}/g, (all, name) => String(values[name] ?? all));
  return { about: [words[`step-${kind}`] || kind, ...which].join(" "), state: words[state], told };
}

/** Put the steps into a list, and what no verifier can know into another. */
export function fillReport(steps, words, stepList, neverList) {
  stepList.replaceChildren(
    ...steps.map((step) => {
      const { about, state, told } = sentenceOf(step, words);
      const line = document.createElement("li");
      line.dataset.state = step.state;
      const head = document.createElement("strong");
      head.textContent = `${about}: ${state}`;
      line.append(head, ` – ${told}`);
      return line;
    }),
  );
  neverList.replaceChildren(
    ...NEVER.map((code) => Object.assign(document.createElement("li"), { textContent: words[code] })),
  );
}

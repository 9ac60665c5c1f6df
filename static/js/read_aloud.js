// "Đọc to": `button[data-read-aloud=SELECTOR]` is shown only where the phone has a voice for the page's
// language; a second press is silence.

function voice(language) {
  return speechSynthesis.getVoices().find((one) => one.lang.toLowerCase().startsWith(language));
}

function toggle(button, speaker) {
  const label = button.querySelector("[data-label]") ?? button;
  const quiet = () => {
    button.setAttribute("aria-pressed", "false");
    label.textContent = button.dataset.say;
  };
  if (button.getAttribute("aria-pressed") === "true") {
    speechSynthesis.cancel();
    quiet();
    return;
  }
  const texts = [...document.querySelectorAll(button.dataset.readAloud)].map((part) => part.innerText);
  const speech = new SpeechSynthesisUtterance(texts.join(". "));
  speech.voice = speaker;
  speech.lang = speaker.lang;
  speech.rate = 0.9;
  speech.onend = quiet;
  speech.onerror = quiet;
  button.setAttribute("aria-pressed", "true");
  label.textContent = button.dataset.stop;
  speechSynthesis.speak(speech);
}

function offer(button) {
  const speaker = voice(document.documentElement.lang);
  if (!speaker || !button.hidden) return;
  const label = button.querySelector("[data-label]") ?? button;
  button.dataset.say ??= label.textContent.trim();
  button.hidden = false;
  button.addEventListener("click", () => toggle(button, speaker));
}

/** Offer the buttons under `root`; voices may come late. */
export function enhance(root) {
  const buttons = root.querySelectorAll("[data-read-aloud]");
  if (!buttons.length || !("speechSynthesis" in window)) return;
  const all = () => buttons.forEach(offer);
  all();
  speechSynthesis.addEventListener("voiceschanged", all);
}

// The page behind a code loads this module alone; offering a button twice does nothing.
enhance(document);

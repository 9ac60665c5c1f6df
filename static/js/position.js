// The phone's own position: `button[data-position=INPUT_ID]` writes "lat, lon" into that input.

const WAIT_MS = 15000;

function tell(button, text) {
  button.parentElement.querySelector("[data-position-told]").textContent = text;
}

function ask(button) {
  button.disabled = true;
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      const input = document.getElementById(button.dataset.position);
      input.value = `${coords.latitude.toFixed(6)}, ${coords.longitude.toFixed(6)}`;
      input.dispatchEvent(new Event("input", { bubbles: true }));
      tell(button, `± ${Math.round(coords.accuracy)} m`);
      button.disabled = false;
    },
    () => {
      tell(button, button.dataset.failed);
      button.disabled = false;
    },
    { enableHighAccuracy: true, timeout: WAIT_MS },
  );
}

/** Show and bind the buttons under `root`, where the phone can tell its position. */
export function enhance(root) {
  if (!navigator.geolocation) return;
  for (const button of root.querySelectorAll("button[data-position]")) {
    button.hidden = false;
    button.addEventListener("click", () => ask(button));
  }
}

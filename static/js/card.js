// The card vendor's fields on the card page. What they say is shown, never believed: an order is paid
// when the vendor's signed callback reaches the server.

const form = document.querySelector("[data-card]");

function tell(text) {
  const place = form.querySelector("[data-card-told]");
  place.textContent = text;
  place.hidden = !text;
}

function start(stripe) {
  const elements = stripe.elements({ clientSecret: form.dataset.secret, locale: form.dataset.locale });
  elements.create("payment").mount(form.querySelector("[data-card-fields]"));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    tell("");
    const { error } = await stripe.confirmPayment({
      elements,
      confirmParams: { return_url: form.dataset.return },
    });
    tell(error?.message ?? "");
    button.disabled = false;
  });
}

if (form) {
  if (globalThis.Stripe) start(globalThis.Stripe(form.dataset.key));
  else tell(form.dataset.down);
}

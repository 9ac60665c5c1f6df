// Farm forms on a bad network: `form[data-draft=KEY]` keeps what is written on this phone, is sent by
// fetch, and is sent again with the same client id until the server has answered. The server keeps
// one row for a client id, so a lost answer makes neither none nor two. Without this script the form
// is an ordinary form with the client id that the server wrote into it.
//
// Only a redirect says that something was recorded. `data-draft-step` marks a form whose answer asks for
// one more yes: what was written there is never sent behind the person's back, it waits to be confirmed.

import * as store from "./draft_store.js";
import { read, wasReturned, write } from "./form_values.js";
import { showAnswer } from "./show_answer.js";

const ANSWER_MS = 20000;
const RETRY_MS = 30000;
const LOGIN = /^(\/office)?\/login(\/|$)/;

let sending = false;

const bar = () => document.querySelector("[data-pending]");
const words = (name) => bar()?.dataset[name] ?? "";

/** Say how many entries wait on this phone, and whether one has to be confirmed or mended. */
export function tellPending(said = "") {
  const place = bar();
  if (!place) return;
  const waiting = store.keys("pending").length;
  const text = place.querySelector("[data-pending-text]");
  const told = waiting === 1 ? words("one") : waiting ? words("many").replace("{n}", waiting) : said;
  const linked = ["unconfirmed", "refused"].map((state) => leadTo(place, state));
  text.textContent = [told, store.countForgotten() ? words("forgotten") : ""].filter(Boolean).join(" ");
  place.querySelector("[data-send-now]").hidden = waiting === 0;
  place.hidden = !text.textContent && !linked.includes(true);
}

/** Link to the first entry of a state; the one whose form is on this page needs no link. */
function leadTo(place, state) {
  const found = store.keys(state).filter((key) => !formOf(key));
  const link = place.querySelector(`[data-${state}-link]`);
  link.hidden = found.length === 0;
  if (found.length) link.href = store.load(found[0]).page;
  if (found.length && link.dataset.many) {
    link.textContent = found.length === 1 ? link.dataset.one : link.dataset.many.replace("{n}", found.length);
  }
  return found.length > 0;
}

const formOf = (key) => document.querySelector(`form[data-draft="${CSS.escape(key)}"]`);

function body(form, submitter) {
  const data = new FormData(form);
  if (submitter?.name) data.set(submitter.name, submitter.value);
  return form.enctype === "multipart/form-data" ? data : new URLSearchParams(data);
}

async function post(url, data) {
  const answer = await fetch(url, {
    method: "POST",
    body: data,
    credentials: "same-origin",
    headers: { Accept: "text/html" },
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  // The page behind the 303 may be lost as well: then it is read as "no answer" and sent again.
  return { status: answer.status, url: answer.url, redirected: answer.redirected, html: await answer.text() };
}

function keep(form, state) {
  const key = form.dataset.draft;
  const before = store.load(key);
  return store.save(key, {
    client_id: form.elements.client_id?.value,
    values: { ...before?.values, ...read(form) },
    page: location.pathname + location.search,
    action: form.action,
    state,
  });
}

function tellUnsent(form) {
  form.querySelector("[data-unsent]")?.remove();
  const box = document.createElement("div");
  box.className = "unsent";
  box.dataset.unsent = "";
  box.setAttribute("role", "status");
  box.textContent = words(store.load(form.dataset.draft)?.state === "unconfirmed" ? "kept" : "saved");
  form.prepend(box);
  tellPending();
  return box;
}

/** Settle an answer: "sent" when something was recorded, "waits" when none came, else "answered". */
function settle(key, answer, { shown }) {
  const login = answer.redirected && LOGIN.test(new URL(answer.url).pathname);
  if (answer.status >= 500 || answer.status === 429) return "waits";
  const draft = store.load(key);
  if (login || answer.status >= 400) {
    if (draft) store.save(key, { ...draft, state: login && !shown ? "pending" : shown ? "draft" : "refused" });
    if (login && shown) location.assign(answer.url);
    else if (shown) showAnswer(answer);
    return login ? "waits" : "answered";
  }
  if (answer.redirected) store.clear(key);
  else if (draft) store.save(key, { ...draft, state: "unconfirmed" });
  if (shown) showAnswer(answer);
  return answer.redirected ? "sent" : "answered";
}

async function submit(form, submitter) {
  if (sending) return;
  sending = true;
  const key = form.dataset.draft;
  // A button with a name of its own (to go back) says more than the stored values do.
  const asksAgain = "draftStep" in form.dataset || Boolean(submitter?.name);
  const kept = keep(form, asksAgain ? "unconfirmed" : "pending");
  const data = body(form, submitter);
  const pressed = [...form.querySelectorAll("button")];
  pressed.forEach((button) => (button.disabled = true));
  try {
    const answer = await post(form.action, data);
    if (settle(key, answer, { shown: true }) === "waits") tellUnsent(form).scrollIntoView({ block: "center" });
  } catch (fault) {
    if (!(fault instanceof TypeError || fault instanceof DOMException)) throw fault;
    // What the phone could not store is not promised: the browser's own page says that it is offline.
    if (kept) tellUnsent(form).scrollIntoView({ block: "center" });
    else form.submit();
  } finally {
    sending = false;
    pressed.forEach((button) => (button.disabled = false));
    tellPending();
  }
}

/** Send one waiting entry again, with a CSRF token of today; true when it was recorded. */
async function resend(key) {
  const draft = store.load(key);
  const page = await fetch(draft.page, { credentials: "same-origin", signal: AbortSignal.timeout(ANSWER_MS) });
  if (!page.ok || LOGIN.test(new URL(page.url).pathname)) return false;
  const fresh = new DOMParser().parseFromString(await page.text(), "text/html");
  const form = fresh.querySelector(`form[data-draft="${CSS.escape(key)}"]`);
  if (!form) {
    store.save(key, { ...draft, state: "refused" });
    return false;
  }
  const data = body(form);
  for (const [name, values] of Object.entries(draft.values)) {
    data.delete(name);
    values.forEach((value) => data.append(name, value));
  }
  data.set("client_id", draft.client_id);
  return settle(key, await post(draft.action, data), { shown: formOf(key) !== null }) === "sent";
}

async function sendWaiting() {
  if (sending || !store.keys("pending").length) return;
  sending = true;
  let done = 0;
  try {
    for (const key of store.keys("pending")) if (await resend(key)) done += 1;
  } catch (fault) {
    if (!(fault instanceof TypeError || fault instanceof DOMException)) throw fault;
  } finally {
    sending = false;
    tellPending(done ? words("sent") : "");
  }
}

const oneAtATime = () =>
  navigator.locks ? navigator.locks.request("coi:send", { ifAvailable: true }, (lock) => lock && sendWaiting()) : sendWaiting();

function offerFreshStart(form, draft) {
  const box = document.createElement("p");
  box.className = "small";
  box.textContent = words(draft.state === "unconfirmed" ? "again" : "restored") + " ";
  const again = document.createElement("button");
  again.type = "button";
  again.className = "button";
  again.textContent = words("fresh");
  again.addEventListener("click", () => {
    store.clear(form.dataset.draft);
    location.reload();
  });
  box.append(again);
  form.prepend(box);
}

function bind(form) {
  const key = form.dataset.draft;
  const id = form.elements.client_id;
  if (id && !id.value) id.value = store.newId();
  const draft = store.load(key);
  if (draft) {
    // An entry that may already have arrived keeps its id; so does one that was never sent.
    if (id && draft.client_id) id.value = draft.client_id;
    if (!wasReturned(form)) {
      write(form, draft.values);
      if (draft.state === "pending") tellUnsent(form);
      // A screen that only says back what was typed has nothing to write anew.
      else if (form.querySelector("input:not([type=hidden]), textarea, select")) offerFreshStart(form, draft);
    }
  }
  form.addEventListener("input", () => {
    const { state } = store.load(key) ?? {};
    if (state !== "pending") keep(form, state === "unconfirmed" ? state : "draft");
  });
  form.addEventListener("submit", (event) => {
    if (form.method !== "post") return;
    event.preventDefault();
    submit(form, event.submitter);
  });
}

/** Bind the forms with a draft under `root`. */
export function enhance(root) {
  root.querySelectorAll("form[data-draft]").forEach(bind);
  tellPending();
}

/** Once a page: when to try again, and what logging out forgets. */
export function start() {
  addEventListener("online", oneAtATime);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && oneAtATime());
  setInterval(oneAtATime, RETRY_MS);
  document.addEventListener("click", (event) => event.target.closest("[data-send-now]") && oneAtATime());
  document.querySelector("[data-warn-pending]")?.addEventListener("submit", (event) => {
    const waiting = store.keys("pending", "unconfirmed", "refused").length;
    if (waiting && !confirm(event.target.dataset.warnPending)) event.preventDefault();
    else if (!waiting) store.clearAll();
  });
  oneAtATime();
}

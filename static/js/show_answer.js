// Show a page that a fetch has brought. It is not asked for a second time: its notices are shown once.

import { enhanceAll } from "./enhance.js";

/** Put the answer's page in this one's place; a page of another shell is opened anew. */
export function showAnswer(answer) {
  const page = new DOMParser().parseFromString(answer.html, "text/html");
  const main = page.querySelector("main");
  if (!main || page.body.className !== document.body.className) {
    location.assign(answer.url);
    return;
  }
  if (answer.url !== location.href) history.pushState({ shown: true }, "", answer.url);
  document.title = page.title;
  const place = document.adoptNode(main);
  document.querySelector("main").replaceWith(place);
  scrollTo(0, 0);
  place.focus();
  enhanceAll(place);
}

// Going back asks the server: a page kept in memory would hold a used client id.
addEventListener("popstate", () => location.reload());

"use strict";
// A form is not sent twice in a row: the answer to the second press would hide the answer to the first. After a few seconds it
// can be sent again, for a person who stopped the browser and retries.
const sent = new WeakMap();
document.addEventListener("submit", (event) => {
  const now = performance.now();
  if (now - (sent.get(event.target) ?? -Infinity) < 5_000) event.preventDefault();
  else sent.set(event.target, now);
});
// A page that comes back from the browser's memory must be usable at once.
window.addEventListener("pageshow", () => {
  for (const form of document.forms) sent.delete(form);
});

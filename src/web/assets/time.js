"use strict";
// Five minutes before the pages of a sign-in end, the page says so, and gives more time by one press. What was typed stays.
(() => {
  const box = document.getElementById("time");
  const form = box.querySelector("form");
  const WARNED_FOR = 300_000;
  let end = Date.now() + Number(box.dataset.left) * 1000;

  function look() {
    const left = end - Date.now();
    box.hidden = left > WARNED_FOR;
    for (const part of box.querySelectorAll("[data-before]")) part.hidden = left <= 0;
    for (const part of box.querySelectorAll("[data-after]")) part.hidden = left > 0;
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = new URLSearchParams(new FormData(form));
    body.set("by", "script");
    try {
      const answer = await fetch(form.action, { method: "POST", body, cache: "no-store", credentials: "same-origin" });
      const { left, ends } = await answer.json();
      end = Date.now() + left * 1000;
      document.getElementById("time-ends").textContent = ends;
      look();
    } catch {
      // Without an answer the form is sent as without a script.
      form.submit();
    }
  });
  // A computer that slept, or a page in the background, looks late and then at once.
  document.addEventListener("visibilitychange", look);
  setInterval(look, 5_000);
  look();
})();

"use strict";
// The kiosk's page changes when the sign-in went on, and only then: a screen reader is not interrupted in between. Without this
// file a link on the page looks again.
(() => {
  const kiosk = () => document.getElementById("kiosk");
  async function look() {
    if (!("waits" in kiosk().dataset)) return;
    try {
      const answer = await fetch("/kiosk", { cache: "no-store", credentials: "same-origin" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const next = page.getElementById("kiosk");
      if (next && next.dataset.state !== kiosk().dataset.state) {
        kiosk().replaceWith(next);
        const heading = next.querySelector("h1");
        heading.tabIndex = -1;
        heading.focus();
      }
    } catch {
      // The provider or the network is away for a moment.
    }
    setTimeout(look, 3_000);
  }
  setTimeout(look, 3_000);
})();

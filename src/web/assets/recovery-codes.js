"use strict";
// Copies and prints the recovery codes. Without this file they can be downloaded, or copied by hand.
(() => {
  const status = document.getElementById("copy-status");
  document.getElementById("copy").addEventListener("click", async () => {
    status.textContent = "";
    try {
      await navigator.clipboard.writeText(document.getElementById("sheet-text").textContent);
      status.textContent = status.dataset.done;
    } catch {
      status.textContent = status.dataset.failed;
    }
  });
  document.getElementById("print").addEventListener("click", () => window.print());
})();

"use strict";
// The frames tell agencies that the session ended. A person who came from an agency is sent back when all frames have loaded, and
// at the latest after a few seconds: an agency that does not answer must not keep the person waiting.
const onward = document.getElementById("back");
const frames = [...document.querySelectorAll("iframe")];
const answered = frames.map((frame) => new Promise((done) => {
  frame.addEventListener("load", done);
  frame.addEventListener("error", done);
}));
for (const frame of frames) frame.src = frame.dataset.src;
const patience = new Promise((done) => setTimeout(done, 4_000));
if (onward && onward.dataset.onward === "at-once") {
  Promise.race([Promise.all(answered), patience]).then(() => location.replace(onward.href));
}

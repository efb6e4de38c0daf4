"use strict";
// The frames tell agencies that the session ended. Whoever came from one goes back there when all have answered, and at the latest
// after a few seconds: an agency that does not answer keeps nobody here.
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

"use strict";
// The frame in a client's page: it answers "client_id session_state" with "changed", "unchanged" or "error" (OpenID Connect
// Session Management 1.0 §3.2).
const ours = /^(?:__Host-)?panjereh_state=/;
const browserState = () => document.cookie.split("; ").find((pair) => ours.test(pair))?.replace(ours, "") ?? "";

// In a page of another site a browser may keep our cookies from this frame. What it cannot see has not changed: the page would ask
// again and again ("error" forbids that, §3.1).
const sees = async () => browserState() !== "" || ((await document.hasStorageAccess?.()) ?? true);

async function hash(text) {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

async function answer(question, origin) {
  const parts = typeof question === "string" ? question.split(" ") : [];
  const [client, state] = parts;
  const salt = state?.split(".")[1];
  if (parts.length !== 2 || !client || !salt || !(await sees())) return "error";
  return `${await hash(`${client} ${origin} ${browserState()} ${salt}`)}.${salt}` === state ? "unchanged" : "changed";
}

window.addEventListener("message", async (event) => {
  // A sender without an origin cannot be answered, and no client is registered without one.
  if (event.source && event.origin !== "null") event.source.postMessage(await answer(event.data, event.origin), event.origin);
});

"use strict";
// Passkeys (Web Authentication Level 3). The page works without this file; it only adds one more way to sign in.
(() => {
  const offer = document.querySelector("[data-passkey]");
  const form = document.getElementById("passkey-form");
  if (!offer || !form) return;
  if (!window.PublicKeyCredential || !navigator.credentials) {
    offer.hidden = true;
    return;
  }

  const creating = offer.dataset.passkey === "create";
  const button = form.querySelector("button");
  // At most one request to the authenticator may run: the request of the autofill list is aborted for the button.
  let running = null;

  function bytes(text) {
    const padded = text.replace(/-/g, "+").replace(/_/g, "/").padEnd(Math.ceil(text.length / 4) * 4, "=");
    return Uint8Array.from(atob(padded), (c) => c.charCodeAt(0));
  }

  function text(buffer) {
    if (!buffer) return null;
    const binary = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
    return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function withBytes(list) {
    return (list || []).map((item) => ({ ...item, id: bytes(item.id) }));
  }

  function creationOptions(json) {
    if (PublicKeyCredential.parseCreationOptionsFromJSON) return PublicKeyCredential.parseCreationOptionsFromJSON(json);
    return {
      ...json,
      challenge: bytes(json.challenge),
      user: { ...json.user, id: bytes(json.user.id) },
      excludeCredentials: withBytes(json.excludeCredentials),
    };
  }

  function requestOptions(json) {
    if (PublicKeyCredential.parseRequestOptionsFromJSON) return PublicKeyCredential.parseRequestOptionsFromJSON(json);
    return { ...json, challenge: bytes(json.challenge), allowCredentials: withBytes(json.allowCredentials) };
  }

  // Written by hand and not by toJSON(), which some password managers' credentials do not have.
  function credentialJson(credential) {
    const answer = credential.response;
    const response = { clientDataJSON: text(answer.clientDataJSON) };
    if (creating) {
      response.attestationObject = text(answer.attestationObject);
      response.transports = answer.getTransports ? answer.getTransports() : [];
    } else {
      response.authenticatorData = text(answer.authenticatorData);
      response.signature = text(answer.signature);
      response.userHandle = text(answer.userHandle);
    }
    return JSON.stringify({
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      response,
      clientExtensionResults: credential.getClientExtensionResults(),
    });
  }

  // The server keeps only the last challenge. So the button reuses the challenge of the autofill list instead of racing it with a
  // new one; after two minutes, or a failure, it requests a new one.
  let known = null;

  function options() {
    if (!known || performance.now() - known.since > 120_000) known = { since: performance.now(), json: fetchOptions() };
    return known.json;
  }

  async function fetchOptions() {
    const answer = await fetch(form.dataset.options, {
      credentials: "same-origin",
      cache: "no-store",
      headers: { accept: "application/json" },
    });
    if (!answer.ok) throw new Error("no options");
    const json = await answer.json();
    return json.publicKey || json;
  }

  function show(fault) {
    for (const sentence of form.querySelectorAll("[data-fault]")) sentence.hidden = sentence.dataset.fault !== fault;
  }

  function ready() {
    button.disabled = false;
    button.removeAttribute("aria-busy");
  }

  function post(credential) {
    form.elements.response.value = credentialJson(credential);
    form.submit();
  }

  async function ask(mediation) {
    if (running) running.abort();
    const mine = new AbortController();
    running = mine;
    const json = await options();
    if (mine.signal.aborted) throw new DOMException("another request began", "AbortError");
    return creating
      ? navigator.credentials.create({ publicKey: creationOptions(json), signal: mine.signal })
      : navigator.credentials.get({ publicKey: requestOptions(json), mediation, signal: mine.signal });
  }

  async function pressed() {
    show(null);
    button.disabled = true;
    button.setAttribute("aria-busy", "true");
    try {
      const credential = await ask("optional");
      if (!credential) throw new Error("no credential");
      post(credential);
    } catch (error) {
      running = null;
      known = null;
      show(error.name === "NotAllowedError" || error.name === "AbortError" ? "cancelled" : "failed");
      ready();
      button.focus();
      if (!creating) offerInAutofill();
    }
  }

  // The browser's list for the field `username webauthn` offers the passkey. A failure here is silent: the person did not ask for
  // it.
  async function offerInAutofill() {
    try {
      if (!PublicKeyCredential.isConditionalMediationAvailable) return;
      if (!(await PublicKeyCredential.isConditionalMediationAvailable()) || running) return;
      const credential = await ask("conditional");
      if (credential) post(credential);
    } catch {
      // The button and the form remain.
    }
  }

  button.addEventListener("click", pressed);
  // A page that comes back from the browser's memory must be usable again.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) ready();
  });
  if (!creating) offerInAutofill();
})();

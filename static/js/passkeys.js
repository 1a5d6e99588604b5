// Asks the browser for a passkey: <form data-passkey="address of the challenge">, its field "answer" takes the answer.
(function () {
  "use strict";

  function bytes(text) {
    var plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, function (sign) { return sign.charCodeAt(0); });
  }

  function text(buffer) {
    var plain = String.fromCharCode.apply(null, new Uint8Array(buffer));
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function readable(options) {
    options.challenge = bytes(options.challenge);
    if (options.user) { options.user.id = bytes(options.user.id); }
    ["allowCredentials", "excludeCredentials"].forEach(function (name) {
      (options[name] || []).forEach(function (one) { one.id = bytes(one.id); });
    });
    return options;
  }

  function sendable(credential) {
    var response = { clientDataJSON: text(credential.response.clientDataJSON) };
    ["attestationObject", "authenticatorData", "signature", "userHandle"].forEach(function (name) {
      if (credential.response[name]) { response[name] = text(credential.response[name]); }
    });
    if (credential.response.getTransports) { response.transports = credential.response.getTransports(); }
    return JSON.stringify({
      id: credential.id, rawId: text(credential.rawId), type: credential.type, response: response,
      clientExtensionResults: credential.getClientExtensionResults()
    });
  }

  async function ask(form) {
    var token = form.querySelector("[name=csrf_token]").value;
    var answer = await fetch(form.dataset.passkey, { method: "POST", headers: { "X-CSRFToken": token, Accept: "application/json" } });
    // The session ended, or who sits there must be asked again: the page itself leads there.
    if (answer.redirected || answer.status === 401) { window.location.reload(); return null; }
    var options = await answer.json();
    if (!answer.ok) { throw new Error(options.error || options.title); }
    var wanted = { publicKey: readable(options) };
    return "passkeyMakes" in form.dataset ? navigator.credentials.create(wanted) : navigator.credentials.get(wanted);
  }

  document.querySelectorAll("form[data-passkey]").forEach(function (form) {
    var said = form.querySelector("[data-passkey-said]");
    form.hidden = false;
    form.addEventListener("submit", async function (event) {
      event.preventDefault();
      said.textContent = "";
      if (!window.PublicKeyCredential) { said.textContent = form.dataset.old; return; }
      try {
        var credential = await ask(form);
        if (!credential) { return; }
        form.querySelector("[name=answer]").value = sendable(credential);
        form.submit();
      } catch (error) {
        said.textContent = error instanceof DOMException ? form.dataset.none : error.message;
      }
    });
  });
})();

// Passkeys. Where a browser knows none, their forms stay out of sight, and everything else goes on as before.
"use strict";
(() => {
  const forms = document.querySelectorAll("form[data-passkey]");
  if (!window.PublicKeyCredential || !navigator.credentials || !forms.length) return;

  // What is sent as text is bytes to the browser. Newer ones read and write the text by themselves.
  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const keys = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));
  const read = {
    create: (asked) => PublicKeyCredential.parseCreationOptionsFromJSON?.(asked) ?? {
      ...asked,
      challenge: bytes(asked.challenge),
      user: { ...asked.user, id: bytes(asked.user.id) },
      excludeCredentials: keys(asked.excludeCredentials),
    },
    get: (asked) => PublicKeyCredential.parseRequestOptionsFromJSON?.(asked) ?? {
      ...asked,
      challenge: bytes(asked.challenge),
      allowCredentials: keys(asked.allowCredentials),
    },
  };
  const written = ({ id, rawId, type, response }) => {
    const sent = { id, rawId: text(rawId), type, response: { clientDataJSON: text(response.clientDataJSON) } };
    if (response.attestationObject) {
      sent.response.attestationObject = text(response.attestationObject);
    } else {
      sent.response.authenticatorData = text(response.authenticatorData);
      sent.response.signature = text(response.signature);
      sent.response.userHandle = response.userHandle ? text(response.userHandle) : null;
    }
    return JSON.stringify(sent);
  };

  for (const form of forms) {
    const button = form.querySelector("button");
    const status = form.querySelector("[role=status]");
    const purpose = form.dataset.passkey;
    const way = purpose === "add" ? "create" : "get";
    let busy = false;
    const again = (words) => {
      status.textContent = words;
      busy = false;
      button.removeAttribute("aria-disabled");
    };
    const ask = async () => {
      if (busy) return;
      // No key is made for a name that will be refused: the server says what is wrong with it.
      const name = form.elements.name?.value.trim();
      if (name !== undefined && (!name || [...name].length > Number(form.dataset.longest))) {
        form.submit();
        return;
      }
      busy = true;
      button.setAttribute("aria-disabled", "true");
      status.textContent = "";
      try {
        const reply = await fetch("/passkeys/challenge", { method: "POST", body: new URLSearchParams({ for: purpose }) });
        // What the page was for is over: asked anew, it says so, or leads to where one proves who one is.
        if (reply.redirected || (!reply.ok && reply.status !== 429)) {
          location.replace(location.pathname + location.search);
          return;
        }
        if (!reply.ok) {
          again(form.dataset.waitText);
          return;
        }
        const answer = await navigator.credentials[way]({ publicKey: read[way](await reply.json()) });
        form.querySelector("input[name=passkey]").value = written(answer);
        form.submit();
      } catch {
        again(form.dataset.failedText);
      }
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      ask();
    });
    if (button.type === "button") button.addEventListener("click", ask);
    addEventListener("pageshow", () => {
      busy = false;
      button.removeAttribute("aria-disabled");
    });
    form.hidden = false;
  }
  document.querySelectorAll("[data-no-passkeys]").forEach((words) => { words.hidden = true; });
})();

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

  // A question is answered within five minutes.
  const AGAIN = 4 * 60 * 1000;
  const challenge = (purpose, signal) => fetch("/passkeys/challenge", { method: "POST", body: new URLSearchParams({ for: purpose }), signal });
  const send = (form, answer) => {
    form.querySelector("input[name=passkey]").value = written(answer);
    form.submit();
  };

  // Where the browser can, it offers passkeys among what it fills the email field with. Nobody has asked for anything
  // yet, so nothing is said where it comes to nothing. Of several windows the last one that asked has the question.
  // Where a passkey was just refused, a browser might send the same one at once, over and over: then nothing is offered
  // until the person asks.
  const offer = (form) => {
    let refused = form.classList.contains("invalid");
    const others = "BroadcastChannel" in window ? new BroadcastChannel("passkey") : null;
    let waits = null;
    let timer = 0;
    let stale = false;
    const end = () => {
      clearTimeout(timer);
      waits?.abort();
      waits = null;
    };
    const begin = async () => {
      stale = document.hidden;
      if (refused || stale || !(await window.PublicKeyCredential.isConditionalMediationAvailable?.().catch(() => false))) return;
      end();
      const mine = waits = new AbortController();
      timer = setTimeout(begin, AGAIN);
      try {
        const reply = await challenge("sign-in", mine.signal);
        if (!reply.ok || reply.redirected) return;
        others?.postMessage("asked");
        const asked = read.get(await reply.json());
        const answer = await navigator.credentials.get({ publicKey: asked, mediation: "conditional", signal: mine.signal });
        if (mine === waits) send(form, answer);
      } catch {
        // Another question was asked, or the browser offers none.
      }
    };
    others?.addEventListener("message", () => { stale = true; });
    addEventListener("visibilitychange", () => { if (stale && !document.hidden) begin(); });
    addEventListener("pageshow", begin);
    addEventListener("pagehide", end);
    return { begin, end, allow: () => { refused = false; } };
  };

  for (const form of forms) {
    const button = form.querySelector("button");
    const status = form.querySelector("[role=status]");
    const purpose = form.dataset.passkey;
    const way = purpose === "add" ? "create" : "get";
    const offered = purpose === "sign-in" ? offer(form) : null;
    let busy = false;
    const again = (words) => {
      status.textContent = words;
      busy = false;
      button.removeAttribute("aria-disabled");
      offered?.begin();
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
      // A browser asks one thing at a time.
      offered?.allow();
      offered?.end();
      try {
        const reply = await challenge(purpose);
        // What the page was for is over: asked anew, it says so, or leads to where one proves who one is.
        if (reply.redirected || (!reply.ok && reply.status !== 429)) {
          location.replace(location.pathname + location.search);
          return;
        }
        if (!reply.ok) {
          again(form.dataset.waitText);
          return;
        }
        send(form, await navigator.credentials[way]({ publicKey: read[way](await reply.json()) }));
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

// Small helps for forms. Every page does its job without them; words come from data attributes.
"use strict";
(() => {
  const all = (selector, action) => document.querySelectorAll(selector).forEach(action);

  // A summary of errors is the first thing to hear and see.
  all("[data-focus]", (box) => box.focus());

  // Text areas grow where the style sheet alone cannot make them.
  if (!CSS.supports("field-sizing", "content")) {
    all("textarea[data-grow]", (area) => {
      const grow = () => {
        if (!area.scrollHeight) return;
        area.style.height = "auto";
        area.style.height = `${area.scrollHeight + 4}px`;
      };
      area.addEventListener("input", grow);
      area.closest("details")?.addEventListener("toggle", grow);
      grow();
    });
  }

  // Show a password, and hide it again before it is sent.
  all("[data-show]", (button) => {
    const field = document.getElementById(button.dataset.show);
    const show = (on) => {
      field.type = on ? "text" : "password";
      button.textContent = on ? button.dataset.hideText : button.dataset.showText;
      button.setAttribute("aria-pressed", String(on));
    };
    button.addEventListener("click", () => show(field.type === "password"));
    field.form.addEventListener("submit", () => show(false));
  });

  // How strong a new password is, in the server's words, once typing pauses.
  all("[data-strength]", (line) => {
    const field = document.getElementById(line.dataset.strength);
    const code = field.form.elements.code;
    const error = document.getElementById(`${field.id}-error`);
    const described = field.getAttribute("aria-describedby");
    const others = described?.split(" ").filter((id) => id && id !== error?.id).join(" ");
    // What was wrong with what was sent before is not said beside it, nor read out where it is not shown.
    const tell = (told) => {
      line.textContent = told;
      if (!error) return;
      error.hidden = Boolean(told);
      field.setAttribute("aria-describedby", told ? others : described);
    };
    let pause;
    let last;
    const ask = async () => {
      const sent = new URLSearchParams({ password: field.value });
      for (const name of ["name", "email"]) sent.set(name, field.form.elements[name]?.value ?? "");
      // Beside a code of an app, or an app that there is, fewer characters are enough.
      if (code) sent.set("beside", "1");
      if (code?.value || "factor" in line.dataset) sent.set("with_factor", "1");
      const mine = last = {};
      try {
        const reply = await fetch("/password-check", { method: "POST", body: sent });
        const told = reply.ok ? (await reply.json()).words : "";
        if (mine === last) tell(told);
      } catch {
        if (mine === last) tell("");
      }
    };
    for (const typed of [field, code]) typed?.addEventListener("input", () => {
      clearTimeout(pause);
      last = undefined;
      if (field.value) pause = setTimeout(ask, 700);
      else tell("");
    });
  });

  // HEC on a home screen stays signed in for longer.
  all("[data-installed]", (field) => {
    if (matchMedia("(display-mode: standalone)").matches) field.value = "1";
  });

  // Print the page.
  all("[data-print]", (button) => button.addEventListener("click", () => window.print()));

  // Copy a token, or lines.
  all("[data-copy]", (button) => {
    const field = document.getElementById(button.dataset.copy);
    button.addEventListener("click", async () => {
      field.select();
      try {
        await navigator.clipboard.writeText(field.value);
      } catch {
        document.execCommand("copy");
      }
      button.textContent = button.dataset.doneText;
      all("[data-copy-status]", (status) => { status.textContent = button.dataset.doneText; });
    });
  });

  // "Today" and "Yesterday" fill in the date rather than load the page anew.
  all("[data-date]", (link) => link.addEventListener("click", (event) => {
    event.preventDefault();
    const field = document.getElementById("date");
    field.value = link.dataset.date;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
    all("[data-date]", (other) => { other.hidden = other === link; });
  }));
  all("[data-from]", (button) => button.addEventListener("click", () => {
    for (const end of ["from", "to"]) button.form.elements[end].value = button.dataset[end];
  }));

  // Their own words are asked of those who were there.
  const voices = document.querySelectorAll("[data-voice]");
  if (voices.length) {
    const present = () => new Set([...document.querySelectorAll('input[name="learner"]:checked')].map((box) => box.value));
    const filled = (set) => [...set.querySelectorAll("textarea, input:checked")].some((field) => field.value);
    const sort = () => {
      const here = present();
      voices.forEach((set) => { set.hidden = here.size > 0 && !here.has(set.dataset.voice) && !filled(set); });
    };
    all('input[name="learner"]', (box) => box.addEventListener("change", sort));
    sort();
  }

  // Photos: what was chosen is shown, added up over several choices, and can be left out again.
  all("[data-photos]", (input) => {
    const list = document.getElementById("photos-previews");
    const status = document.getElementById("photos-status");
    const words = input.dataset;
    let chosen = [];
    const draw = (note) => {
      const held = new DataTransfer();
      chosen.forEach((file) => held.items.add(file));
      input.files = held.files;
      list.querySelectorAll("img").forEach((img) => URL.revokeObjectURL(img.src));
      list.replaceChildren(...chosen.map((file) => {
        const item = document.createElement("li");
        const img = document.createElement("img");
        img.src = URL.createObjectURL(file);
        img.alt = file.name;
        const drop = document.createElement("button");
        drop.type = "button";
        drop.setAttribute("aria-label", `${words.removeText} ${file.name}`);
        const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
        svg.setAttribute("class", "icon");
        svg.setAttribute("aria-hidden", "true");
        const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
        use.setAttribute("href", `${words.icons}#cross`);
        svg.append(use);
        drop.append(svg);
        drop.addEventListener("click", () => {
          chosen = chosen.filter((other) => other !== file);
          draw();
          input.focus();
        });
        item.append(img, drop);
        return item;
      }));
      list.hidden = !chosen.length;
      status.textContent = [chosen.length ? `${words.countText} ${chosen.length}` : "", note].filter(Boolean).join(". ");
    };
    input.addEventListener("change", () => {
      let note = "";
      for (const file of input.files) {
        if (chosen.some((c) => c.name === file.name && c.size === file.size && c.lastModified === file.lastModified)) continue;
        if (file.size > Number(words.megabytes) * 1048576) note = `${words.bigText} ${file.name}`;
        else if (chosen.length >= Number(words.max)) note = words.manyText;
        else chosen.push(file);
      }
      draw(note);
    });
  });

  // Unsaved text is not lost by a stray tap; a form is sent once.
  all("form[data-unsaved]", (form) => {
    let changed = false;
    form.addEventListener("input", () => { changed = true; });
    form.addEventListener("change", () => { changed = true; });
    form.addEventListener("submit", () => { changed = false; });
    addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
  });
  all("form[data-once]", (form) => {
    let sent = false;
    const mark = (on) => {
      sent = on;
      form.querySelectorAll("button:not([type=button])").forEach((button) => {
        if (on) button.setAttribute("aria-disabled", "true");
        else button.removeAttribute("aria-disabled");
      });
    };
    form.addEventListener("submit", (event) => {
      if (sent) event.preventDefault();
      else mark(true);
    });
    addEventListener("pageshow", () => mark(false));
  });
})();

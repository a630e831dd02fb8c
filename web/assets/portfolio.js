// The portfolio page: saves the document under another name before it is ever on the disk.
"use strict";
(function () {
  for (const form of document.querySelectorAll("form[data-rename]")) enhance(form);

  function enhance(form) {
    const field = form.elements.to;
    const button = form.querySelector("button");
    const lowercase = form.elements.lowercase;
    const status = form.querySelector("[aria-live], [role=status]") || form.appendChild(document.createElement("p"));
    status.setAttribute("aria-live", "polite");
    const say = (key, values) => {
      const text = form.dataset["text" + key] || "";
      status.textContent = text.replace(/%(\w+)%/g, (_, name) => String((values || {})[name]));
    };
    const problems = { empty: "Empty", long: "Long", control: "Control" };
    const fail = (problem) => {
      say(form.dataset["text" + problems[problem]] ? problems[problem] : "Empty");
      field.setAttribute("aria-invalid", "true");
      field.focus();
    };

    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (button.getAttribute("aria-disabled") === "true") return;
      const problem = hecRename.check(field.value);
      if (problem) return fail(problem);
      field.removeAttribute("aria-invalid");
      button.setAttribute("aria-disabled", "true");
      say("Working");
      try {
        const { doc, held } = await load(form.dataset.document);
        const keepLowercase = Boolean(lowercase && lowercase.type === "checkbox" && !lowercase.checked);
        const from = form.dataset.nickname || undefined;
        const renamed = hecRename.document(doc, field.value, { keepLowercase, from });
        hecRename.save(doc, renamed.fileName, held);
        say("Done", { count: renamed.changed, name: renamed.fileName, words: renamed.leftovers.join(", ") });
        if (renamed.leftovers.length && form.dataset.textLeft) {
          const words = renamed.leftovers.slice(0, 12).join(", ");
          status.textContent += " " + form.dataset.textLeft.replace("%words%", () => words);
        }
      } catch {
        say("Failed");
      } finally {
        button.removeAttribute("aria-disabled");
      }
    });
  }

  async function load(address) {
    const reply = await fetch(address, { credentials: "same-origin", cache: "no-store" });
    if (!reply.ok) throw new Error("reply " + reply.status);
    const read = hecRename.parse(await reply.text());
    if (!hecRename.isDocument(read.doc)) throw new Error("not a document");
    return read;
  }
})();

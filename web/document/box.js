// The box at the top of the document: previews another name and saves a copy that shows it.
"use strict";
(function () {
  const box = document.getElementById("hec-box");
  if (!box || !hecRename.isDocument(document)) return;

  // Kept before anyone types and apart from the page, so that nothing a browser adds to the page is saved.
  const inert = (root) => {
    const doc = document.implementation.createHTMLDocument("");
    doc.replaceChild(doc.importNode(root, true), doc.documentElement);
    return doc;
  };
  const pristine = inert(document.documentElement);
  hecRename.strip(pristine);

  const part = (id) => document.getElementById("hec-box-" + id);
  const say = (key, values) => box.dataset[key].replace(/%(\w+)%/g, (_, name) => String(values[name]));
  const counted = (key, count, values) => say(key + (count === 1 ? "One" : "Many"), Object.assign({ count }, values));
  const field = part("to");
  const lowercase = part("lowercase");
  const options = (look) => ({ keepLowercase: !lowercase.checked, look });

  function showError(problem) {
    part("error").hidden = !problem;
    part("error").textContent = problem ? box.dataset[problem] : "";
    field.setAttribute("aria-invalid", problem ? "true" : "false");
  }

  // A few words around the first change of a text, as they will read.
  function sample(one) {
    const item = document.createElement("li");
    const first = one.edits[0];
    const from = Math.max(0, first.start - 28);
    const until = Math.min(one.source.length, first.end + 36);
    const name = document.createElement("mark");
    name.textContent = first.text;
    const before = one.source.slice(from, first.start).replace(/^\S*\s/u, from ? "…" : "$&");
    const after = one.source.slice(first.end, until).replace(/\s\S*$/u, until < one.source.length ? "…" : "$&");
    let rest = "";
    let at = first.end;
    for (const edit of one.edits.slice(1)) {
      if (edit.end > first.end + after.length) break;
      rest += one.source.slice(at, edit.start) + edit.text;
      at = edit.end;
    }
    item.append(before, name, rest + after.slice(at - first.end));
    return item;
  }

  function preview() {
    const to = field.value;
    const problem = hecRename.check(to);
    showError(problem === "empty" ? null : problem);
    part("done").textContent = "";
    const found = hecRename.document(pristine, problem ? "" : to, options(true));
    const any = found.changed + found.lowercase;
    part("lower").hidden = !found.lowercase;
    part("lower").querySelector("label").textContent = counted("lower", found.lowercase);
    part("places").textContent = any ? counted("places", found.changed) : box.dataset.placesNone;
    const telling = found.samples.filter((one) => one.source.trim().length > one.edits[0].end - one.edits[0].start);
    part("samples").replaceChildren(...(problem ? [] : telling.slice(0, 3).map(sample)));
    part("file").textContent = problem ? "" : say("file", { name: found.fileName });
    const shown = found.leftovers.slice(0, 12);
    const more = found.leftovers.length - shown.length;
    if (more) shown.push(say("leftMore", { count: more }));
    const words = shown.join(", ");
    part("left").textContent = shown.length ? counted("left", found.leftovers.length, { words }) : "";
  }

  function save() {
    const to = field.value;
    const problem = hecRename.check(to);
    showError(problem);
    if (problem) return field.focus();
    part("done").textContent = box.dataset.saving;
    setTimeout(() => write(to), 40);
  }

  function write(to) {
    try {
      const copy = inert(pristine.documentElement);
      const renamed = hecRename.document(copy, to, options(false));
      hecRename.save(copy, renamed.fileName);
      part("done").textContent = say("saved", { name: renamed.fileName });
    } catch {
      part("done").textContent = box.dataset.failed;
    }
  }

  let waiting = 0;
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(preview, 120);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) save();
  });
  lowercase.addEventListener("change", preview);
  part("save").addEventListener("click", save);
  part("still").hidden = true;
  part("form").hidden = false;
  preview();
})();

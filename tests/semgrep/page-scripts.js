function show(entry, status) {
  // ruleid: markup-from-text
  status.innerHTML = entry.title;
  // ruleid: markup-from-text
  status.insertAdjacentHTML("beforeend", entry.title);
  // ruleid: markup-from-text
  document.write(entry.title);
  // ruleid: markup-from-text
  eval(entry.title);
  // ok: markup-from-text
  status.textContent = entry.title;
  // ok: markup-from-text
  const whole = document.documentElement.outerHTML.length;
  // ok: markup-from-text
  setTimeout(() => show(entry, status), 100);
}

async function keep(draft) {
  // ruleid: kept-in-the-browser
  localStorage.setItem("draft", draft);
  // ruleid: kept-in-the-browser
  window.sessionStorage.draft = draft;
  // ruleid: kept-in-the-browser
  document.cookie = `draft=${draft}`;
  // ok: kept-in-the-browser
  document.title = draft;
  // ruleid: requests-elsewhere
  await fetch("https://example.org/drafts", { method: "POST", body: draft });
  // ruleid: requests-elsewhere
  await fetch("//example.org/drafts", { method: "POST", body: draft });
  // ruleid: requests-elsewhere
  navigator.sendBeacon("/drafts", draft);
  // ok: requests-elsewhere
  await fetch("/entries/draft", { method: "POST", body: draft });
}

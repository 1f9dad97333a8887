// Who else is editing what: asked every ten seconds while the page is seen. It keeps nobody from editing.
(() => {
  const EVERY = 10000;
  const place = document.querySelector("[data-presence]");
  if (!place) return;
  let wasOpen = false;

  const open = () => [...new Set([...document.querySelectorAll(".editing form[data-copy]")].map((form) => form.dataset.copy))];
  const named = (part) => {
    const element = document.getElementById(part);
    const heading = element?.querySelector("h1:not(.visually-hidden), h2") ?? element?.closest(".part-group")?.querySelector("h2");
    return part === "details" ? "the details" : heading?.textContent.trim();
  };
  const list = (names) => (names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${names.at(-1)} are` : `${names[0]} is`);

  const show = (editing) => {
    const sentences = Object.entries(editing).filter(([part]) => named(part)).map(([part, names]) => `${list(names)} editing ${named(part)}.`);
    const text = [...new Set(sentences)].join(" ");
    if (place.textContent !== text) place.textContent = text; // told once to those who listen, not every ten seconds
    for (const mark of document.querySelectorAll(".presence")) if (!editing[mark.dataset.part]) mark.remove();
    for (const [part, names] of Object.entries(editing)) {
      const element = document.getElementById(part);
      if (!element) continue;
      const isOpen = element.matches(".editing");
      const words = `${list(names)} editing this now.${isOpen ? " You can edit anyway: nothing of theirs or yours is overwritten." : ""}`;
      let mark = document.querySelector(`.presence[data-part="${CSS.escape(part)}"]`);
      if (mark && !element.contains(mark)) { mark.remove(); mark = null; }
      if (!mark) {
        mark = Object.assign(document.createElement("p"), { className: "presence" });
        mark.dataset.part = part;
        const before = isOpen ? element.querySelector("form") : element.querySelector(":scope > .prose, :scope > .placeholder, :scope > .row-body > .meta");
        if (before) before.before(mark); else element.append(mark);
      }
      if (mark.textContent !== words) mark.textContent = words;
    }
  };
  const body = () => {
    const sent = new URLSearchParams(open().map((part) => ["part", part]));
    sent.set("csrfmiddlewaretoken", document.cookie.match(/(?:^|; )andon_csrf[^=]*=([^;]+)/)?.[1] ?? "");
    return sent;
  };
  const ask = async () => {
    if (document.visibilityState === "hidden") return;
    const isOpen = open().length > 0;
    const options = { headers: { "HX-Request": "true" }, redirect: "manual" };
    if (isOpen || wasOpen) Object.assign(options, { method: "POST", body: body() });
    wasOpen = isOpen;
    try {
      const response = await fetch(place.dataset.presence, options);
      if (response.ok) show((await response.json()).editing);
    } catch { /* no connection: the form itself says so when it matters */ }
  };

  ask();
  setInterval(ask, EVERY);
  document.addEventListener("visibilitychange", ask);
  let soon = 0;
  document.addEventListener("htmx:afterSettle", () => { // a form came or went: said at once, and once
    clearTimeout(soon);
    if ((open().length > 0) !== wasOpen || open().length) soon = setTimeout(ask, 300);
  });
  addEventListener("pagehide", () => {
    if (!wasOpen) return;
    const left = body();
    left.delete("part");
    navigator.sendBeacon(place.dataset.presence, left);
  });
})();

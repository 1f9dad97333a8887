// Copies on this device of what was typed and is not saved: kept for the person who typed it, offered when he comes
// back, gone once it is saved, at sign-out, or after 30 days.
const copies = (() => {
  const PREFIX = "andon:";
  const DAYS = 30;
  const store = (() => {
    try { localStorage.setItem(`${PREFIX}?`, "1"); localStorage.removeItem(`${PREFIX}?`); return localStorage; } catch { return null; }
  })();
  const keyOf = (form) => [PREFIX.slice(0, -1), form.dataset.writer, form.dataset.of, form.dataset.copy, form.elements.version?.value ?? "0"].join(":");
  const mine = (place) => [PREFIX.slice(0, -1), place.dataset.writer, place.dataset.of, ""].join(":");
  const isTyped = (name) => !["csrfmiddlewaretoken", "version", "which", "autosave"].includes(name) && !name.startsWith("base-");
  const fieldsOf = (form) => {
    const fields = {};
    for (const [name, value] of new FormData(form)) if (isTyped(name) && typeof value === "string") (fields[name] ??= []).push(value.replaceAll("\r\n", "\n"));
    return fields;
  };
  const labelOf = (form) => {
    const heading = form.closest(".part, .part-group")?.querySelector("h1, h2");
    return heading?.textContent.trim() || form.querySelector("label")?.textContent.trim() || "a form";
  };
  const read = (key) => {
    try { return JSON.parse(store.getItem(key)); } catch { return null; }
  };

  // True if the copy is kept; false where this browser keeps nothing, or has no room.
  const write = (form, sent = false) => {
    if (!store || !form.dataset.copy) return false;
    const version = form.elements.version?.value ?? "";
    const bases = Object.fromEntries([...form.querySelectorAll("input[name^='base-']")].map((base) => [base.name, base.value]));
    const copy = { at: Date.now(), version, part: form.dataset.copy, label: labelOf(form), fields: fieldsOf(form), bases, sent };
    try {
      const key = keyOf(form);
      if (form.copyKey && form.copyKey !== key) store.removeItem(form.copyKey);
      store.setItem(key, JSON.stringify(copy));
      form.copyKey = key;
      return true;
    } catch { return false; }
  };
  const drop = (form) => {
    if (store && form.copyKey) store.removeItem(form.copyKey);
    form.copyKey = null;
  };
  const found = (place, part) => {
    if (!store) return [];
    const start = mine(place) + (part ? `${part}:` : "");
    return Object.keys(store).filter((key) => key.startsWith(start)).map((key) => ({ key, ...read(key) }))
      .filter((copy) => copy.fields).sort((a, b) => b.at - a.at);
  };

  const put = (form, copy) => {
    for (const element of form.elements) {
      const values = copy.fields[element.name];
      if (!element.name || !isTyped(element.name)) continue;
      if (element.type === "checkbox" || element.type === "radio") element.checked = values?.includes(element.value) ?? false;
      else if (element.multiple) for (const option of element.options) option.selected = values?.includes(option.value) ?? false;
      else if (values) element.value = values.shift() ?? "";
    }
    // Saved as read at the version at which it was typed: what others saved meanwhile is shown, not overwritten.
    if (copy.version && form.elements.version) form.elements.version.value = copy.version;
    for (const [name, text] of Object.entries(copy.bases ?? {})) if (form.elements[name]) form.elements[name].value = text;
    for (const more of form.querySelectorAll("details.more")) more.open = true;
    form.copyKey = copy.key;
    const field = form.querySelector("textarea, input:not([type=hidden])");
    field?.dispatchEvent(new Event("input", { bubbles: true }));
    field?.focus();
  };

  const when = (at) => new Date(at).toLocaleString([], { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const make = (tag, text, more = {}) => Object.assign(document.createElement(tag), { textContent: text, ...more });
  const button = (text, act) => {
    const made = make("button", text, { type: "button", className: "button small" });
    made.addEventListener("click", act);
    return made;
  };
  const notice = (...lines) => {
    const box = make("div", "", { className: "notice" });
    const body = make("div", "");
    body.append(...lines);
    box.append(body);
    return box;
  };
  const same = (one, other) => JSON.stringify(Object.entries(one).sort()) === JSON.stringify(Object.entries(other).sort());

  // A form that opens: is there something newer of it on this device?
  const offer = (form) => {
    if (!form.dataset.copy || form.offered) return;
    form.offered = true;
    const isRefused = form.parentElement.querySelector(".conflict, .error-summary, [role=alert]");
    for (const copy of found(form, form.dataset.copy)) {
      if (same(copy.fields, fieldsOf(form))) {
        if (!isRefused) store.removeItem(copy.key);
        else form.copyKey = copy.key;
        continue;
      }
      if (isRefused) continue;
      const actions = make("p", "", { className: "actions" });
      const box = notice(make("p", `On this device is what you typed here on ${when(copy.at)}, which was not saved.`), actions);
      actions.append(
        button("Put it back", () => { box.remove(); put(form, copy); }),
        button("Discard it", () => { store.removeItem(copy.key); box.remove(); form.querySelector("textarea, input:not([type=hidden])")?.focus(); }),
      );
      box.dataset.offer = "";
      form.before(box);
      break;
    }
    if (isRefused) write(form); // not saved yet, and nobody need type it again after a closed tab
  };

  // The desk: which parts have something on this device? One click leads to the form, which offers it.
  const list = () => {
    const place = document.querySelector("[data-unsaved]");
    if (!place || !store) return;
    const wasSent = document.referrer.startsWith(`${location.origin}${location.pathname}`);
    for (const copy of found(place)) {
      if (copy.sent && wasSent) { store.removeItem(copy.key); continue; } // its form was taken, and led here
      if (document.querySelector(`form[data-copy="${CSS.escape(copy.part)}"]`)) continue; // offered in its place
      const actions = make("p", "", { className: "actions" });
      const box = notice(make("p", `${copy.label}: what you typed on ${when(copy.at)} is on this device only.`), actions);
      const opener = document.querySelector(copy.part === "details" ? "#details .part-tools a" : `#${CSS.escape(copy.part)} :is(.edit-link, .add-line a, a.button)`);
      if (opener) actions.append(button("Open it", () => { box.remove(); opener.click(); }));
      else box.firstChild.append(...Object.values(copy.fields).flat().filter((text) => text.trim()).map((text) => make("p", text, { className: "diff" })));
      actions.append(button("Discard it", () => { store.removeItem(copy.key); box.remove(); }));
      place.append(box);
    }
  };
  const purge = () => {
    if (!store) return;
    for (const key of Object.keys(store)) {
      if (key.startsWith(PREFIX) && !((read(key)?.at ?? 0) > Date.now() - DAYS * 86400000)) store.removeItem(key);
    }
  };

  purge();
  list();
  return { write, drop, offer, fieldsOf };
})();

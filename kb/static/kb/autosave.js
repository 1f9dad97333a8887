// Saves what is typed, a moment after the last key, and says so beside the button. Whatever goes wrong, the text stays
// in the form and a copy of it on this device until it is saved. Events on the form, for whoever wants to follow:
// "autosaved" after each save.
const autosave = (() => {
  const QUIET = 1500; // milliseconds after the last key
  const LONGEST = 10000; // and at the latest while somebody types on
  const PATIENT = 15000; // for one answer
  const SIGN_IN = "/accounts/login/";
  const savers = new Map(); // form → its state

  const of = (form) => {
    if (!savers.has(form)) savers.set(form, { typed: 0, saved: 0, flight: null, unsure: null, timer: 0, first: 0, wait: 2000, stopped: false, ever: false });
    return savers.get(form);
  };
  const isDirty = (form) => { const state = savers.get(form); return Boolean(state) && state.typed > state.saved; };

  const tell = (form, text, { failed = false, link = null } = {}) => {
    const place = form.querySelector("[data-save-state]");
    if (!place) return;
    place.replaceChildren(document.createTextNode(text));
    place.classList.toggle("failed", failed);
    if (link) place.append(" ", link);
  };
  const kept = (form) => (copies.write(form) ? "kept on this device." : "this browser keeps no copy, so leave this page open.");
  const signIn = (address) => Object.assign(document.createElement("a"), { href: address || SIGN_IN, target: "_blank", textContent: "Sign in in a new tab" });
  const saveButton = (text, form) => {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "link-button", textContent: text });
    button.addEventListener("click", () => form.requestSubmit());
    return button;
  };

  const later = (form, wait) => {
    const state = of(form);
    clearTimeout(state.timer);
    state.timer = setTimeout(() => send(form), wait);
  };
  const snapshot = (form) => {
    const body = new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
    body.set("autosave", "1");
    return body;
  };

  const isPassing = (status) => status === 0 || status === 408 || status === 429 || status >= 500;

  // One request at a time. What was sent and never answered is sent again first: the server knows it again.
  const send = (form, { leaving = false } = {}) => {
    const state = of(form);
    clearTimeout(state.timer);
    if (!form.isConnected) { savers.delete(form); return Promise.resolve(); }
    if (state.flight || state.stopped || !isDirty(form)) return state.flight ?? Promise.resolve();
    const going = state.unsure ?? { body: snapshot(form), typed: state.typed };
    const slow = setTimeout(() => tell(form, "Saving …"), 600);
    state.first = 0;
    state.flight = post(form, going.body, leaving).then((answer) => {
      clearTimeout(slow);
      state.flight = null;
      state.unsure = isPassing(answer.status) ? going : null;
      return settle(form, going, answer);
    });
    return state.flight;
  };
  const post = async (form, body, leaving) => {
    const current = document.cookie.match(/(?:^|; )andon_csrf[^=]*=([^;]+)/)?.[1];
    if (!current) return { status: 401, headers: new Headers(), sentence: "" }; // all cookies gone: signed out
    body.set("csrfmiddlewaretoken", current);
    const headers = { "HX-Request": "true", "X-Writer": form.dataset.writer };
    const keepalive = leaving && String(body).length < 60000;
    try {
      const response = await fetch(form.action, { method: "POST", body, headers, redirect: "manual", keepalive, signal: AbortSignal.timeout(PATIENT) });
      if (response.type === "opaqueredirect") return { status: 401, headers: new Headers(), sentence: "" };
      const isText = response.headers.get("Content-Type")?.startsWith("text/plain");
      return { status: response.status, headers: response.headers, sentence: isText ? await response.text() : "" };
    } catch { return { status: 0, headers: new Headers(), sentence: "" }; }
  };

  const settle = (form, going, { status, headers, sentence }) => {
    if (!form.isConnected) return;
    const state = of(form);
    if (status === 204) return saved(form, going, headers);
    if (isPassing(status)) {
      const reason = status ? "something broke on our side" : "no connection";
      tell(form, `Not saved yet: ${reason}; ${kept(form)}`, { failed: true });
      later(form, state.wait = Math.min(state.wait * 2, 30000));
    } else if (status === 401) {
      tell(form, `Not saved: ${sentence.startsWith("Somebody") ? sentence.toLowerCase().replace(".", ";") : "you are signed out;"} ${kept(form)}`, { failed: true, link: signIn(headers.get("X-Sign-In")) });
      later(form, 15000);
    } else if (status === 422) {
      tell(form, `Not saved yet: ${sentence} Your text is ${kept(form)}`, { failed: true });
      if (state.typed > going.typed) later(form, QUIET); // else the next key tries again
    } else {
      state.stopped = true;
      if (status === 409) tell(form, `Not saved: ${sentence} Yours is ${kept(form)}`, { failed: true, link: saveButton("Show both", form) });
      else tell(form, `Not saved: this is no longer yours to change; your text is ${kept(form)}`, { failed: true });
    }
  };
  const saved = (form, going, headers) => {
    const state = of(form);
    Object.assign(state, { saved: going.typed, wait: 2000, ever: true });
    const version = headers.get("X-Part-Version");
    if (version && form.elements.version) form.elements.version.value = version;
    for (const [name, value] of going.body) {
      const base = form.elements[`base-${name}`];
      if (base && headers.has("X-Saved-At")) base.value = value;
    }
    const at = new Date(headers.get("X-Kept-At") ?? headers.get("X-Saved-At")).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    tell(form, headers.has("X-Kept-At") ? `Kept ${at}, not live until you save` : `Saved ${at}`);
    if (isDirty(form)) { copies.write(form); return later(form, QUIET); }
    copies.drop(form);
    const cancel = form.querySelector("[data-cancel]");
    if (cancel) cancel.textContent = "Close";
    form.dispatchEvent(new CustomEvent("autosaved", { bubbles: true }));
  };

  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form[data-copy]");
    if (!form) return;
    const state = of(form);
    state.typed += 1;
    clearTimeout(state.copying);
    state.copying = setTimeout(() => { if (form.isConnected && isDirty(form)) copies.write(form); }, 300);
    if (!form.matches("[data-autosave]") || !event.target.matches("textarea, input[type=text], input:not([type])")) return;
    state.first ||= Date.now();
    later(form, Math.max(0, Math.min(QUIET, state.first + LONGEST - Date.now())));
  });

  // A save by hand waits for the one that is on its way, so that it names the right version.
  const busy = (form) => {
    const state = savers.get(form);
    clearTimeout(state?.timer);
    return state?.flight ?? (state?.unsure ? send(form) : null);
  };
  document.addEventListener("htmx:confirm", (event) => {
    const form = event.detail.elt;
    const flight = form instanceof HTMLFormElement && busy(form);
    if (!flight) return;
    event.preventDefault();
    flight.then(() => { clearTimeout(of(form).timer); event.detail.issueRequest(); });
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-copy]:not([hx-post])")) return;
    const flight = busy(form);
    if (flight) {
      event.preventDefault();
      flight.then(() => { of(form).unsure = null; form.requestSubmit(event.submitter); });
    } else if (isDirty(form)) {
      copies.write(form, true);
      savers.delete(form);
    }
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = event.detail.elt;
    if (form instanceof HTMLFormElement && form.dataset.copy && isDirty(form)) copies.write(form);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.requestConfig?.elt; // after a swap the event comes from elsewhere
    if (!(form instanceof HTMLFormElement) || !form.dataset.copy) return;
    if (event.detail.successful && event.detail.xhr.getResponseHeader("X-Saved-At")) {
      savers.delete(form);
      copies.drop(form);
    } else if (!event.detail.successful && isDirty(form) && form.isConnected) {
      copies.write(form);
      if (form.matches("[data-autosave]") && !(event.detail.xhr?.status in { 409: 1, 422: 1 })) later(form, 5000);
    }
  });

  // Close, after something was saved by itself, saves the rest first; Cancel means that nothing shall stay.
  document.addEventListener("click", (event) => {
    const form = event.target.closest?.("[data-cancel]")?.closest("form[data-copy]");
    if (!form || event.ctrlKey || event.metaKey) return;
    const state = of(form);
    clearTimeout(state.timer);
    if ((state.ever && isDirty(form) && !state.stopped) || state.flight) {
      event.preventDefault();
      event.stopPropagation();
      (state.flight ?? Promise.resolve()).then(() => send(form)).then(() => {
        if (!isDirty(form)) form.querySelector("[data-cancel]")?.click();
      });
      return;
    }
    clearTimeout(state.copying);
    savers.delete(form);
    copies.drop(form);
  }, true);

  // Back at the page, or back on the network: try again. Leaving: the copy first, then what still goes out.
  const again = () => { for (const form of savers.keys()) if (isDirty(form) && form.matches("[data-autosave]")) send(form); };
  addEventListener("online", again);
  addEventListener("focus", again);
  document.addEventListener("visibilitychange", () => {
    for (const form of savers.keys()) {
      if (!form.isConnected || !isDirty(form)) continue;
      if (document.visibilityState === "hidden") copies.write(form);
      if (form.matches("[data-autosave]")) send(form, { leaving: document.visibilityState === "hidden" });
    }
  });
  addEventListener("pagehide", () => { for (const form of savers.keys()) if (form.isConnected && isDirty(form)) copies.write(form); });

  const ready = (place) => { for (const form of place.querySelectorAll("form[data-copy]")) copies.offer(form); };
  ready(document);
  document.addEventListener("htmx:afterSettle", () => {
    for (const form of savers.keys()) if (!form.isConnected) savers.delete(form);
    ready(document);
  });
  return { isDirty };
})();

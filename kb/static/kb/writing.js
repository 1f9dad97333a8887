// The writing desk: nothing here is needed to write. It makes saving by keyboard quick, and keeps what was typed.
const say = (text) => {
  const place = document.getElementById("announcer");
  if (place) place.textContent = text;
};
const clock = (when) => new Date(when).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

// The proof of origin is read from its cookie at each request: signing in again in another tab changes it.
const proof = () => document.cookie.match(/(?:^|; )andon_csrf[^=]*=([^;]+)/)?.[1];
document.addEventListener("htmx:configRequest", (event) => {
  const current = proof();
  if (current && event.detail.parameters.csrfmiddlewaretoken) event.detail.parameters.csrfmiddlewaretoken = current;
});

// Refusals come as forms: with their errors (422), with both versions (409, 428, 400). They are shown, not dropped.
const shown = new Set([400, 409, 413, 415, 422, 428, 507]);
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (!shown.has(xhr.status) || !xhr.getResponseHeader("Content-Type")?.startsWith("text/html")) return;
  event.detail.shouldSwap = true;
  event.detail.isError = false;
});

// Everything else that goes wrong leaves the form as it is, and says so beside its button.
const complain = (form, text, address) => {
  const place = form?.querySelector("[data-save-state]") ?? document.querySelector("[data-save-state]");
  if (!place) return;
  place.replaceChildren(document.createTextNode(text));
  place.classList.add("failed");
  if (address) {
    const link = Object.assign(document.createElement("a"), { href: address, target: "_blank", textContent: "Sign in" });
    place.append(" ", link);
  }
};
document.addEventListener("htmx:responseError", (event) => {
  const { xhr, elt } = event.detail;
  if (elt.closest("[data-coach]")) return; // nothing of the text is at stake there
  const form = elt.closest("form");
  if (xhr.status === 401) complain(form, xhr.responseText, xhr.getResponseHeader("X-Sign-In"));
  else if (xhr.status === 403 || xhr.status === 404) complain(form, "Not saved: this is no longer yours to change. Your text is still here.");
  else complain(form, "Not saved: something broke on our side. Your text is still here; try again in a minute.");
});
for (const kind of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(kind, (event) => {
  if (event.detail.elt.closest("[data-coach]")) return;
  complain(event.detail.elt.closest("form"), "Not saved: no connection. Your text is still here; save again when it is back.");
});

document.addEventListener("htmx:afterRequest", (event) => {
  const at = event.detail.xhr?.getResponseHeader("X-Saved-At");
  if (!at || !event.detail.successful) return;
  const text = `Saved ${clock(at)}`;
  for (const place of document.querySelectorAll(".contents [data-save-state]")) place.textContent = text;
  say(text);
});

// After a swap the keyboard goes where the work goes on: the first mistake, the first empty field, or the edit link.
const firstField = "input:not([type=hidden], [type=checkbox], [type=radio], [type=date]), textarea, select";
document.addEventListener("htmx:afterSettle", (event) => {
  // An element swapped by itself is the settled one; an outer swap reports its new elements one by one.
  const part = event.detail.elt;
  if (!(part instanceof HTMLElement)) return;
  ready(part);
  const alarm = part.matches(".editing") ? part.querySelector(".conflict, .error-summary, .notice[role=alert]") : null;
  if (alarm) { alarm.tabIndex = -1; alarm.focus(); return; }
  if (part.matches(".editing, .quick-entry") && !part.contains(document.activeElement)) part.querySelector(firstField)?.focus();
});

// The contents tell how many rows there are, also after one came or went.
document.addEventListener("htmx:afterSettle", () => {
  for (const count of document.querySelectorAll(".contents .count")) {
    const group = document.getElementById(count.closest("a").hash.slice(1));
    if (group) count.textContent = group.querySelectorAll(".desk-rows > [id]:not(.removed-row, .alone), .key-times > tbody > tr").length;
  }
});

// Ctrl or Cmd + Enter saves, Escape leaves a form that holds nothing new; Enter saves where one line is wanted.
const touched = new WeakSet();
document.addEventListener("input", (event) => {
  const form = event.target.closest("form");
  if (form) touched.add(form);
  if (event.target.matches("[data-counter]")) count(event.target);
});
document.addEventListener("autosaved", (event) => touched.delete(event.target));
document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("form[data-save], form[data-save-page]");
  if (!form || event.isComposing) return;
  const oneLine = event.target.matches("[data-one-line], [data-one-line-save]") && !event.shiftKey;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey || oneLine)) {
    if (form.matches("[data-save-page]")) return;
    event.preventDefault();
    form.requestSubmit();
  } else if (event.key === "Escape" && !event.defaultPrevented) {
    if (touched.has(form)) complain(form, "Escape leaves only an untouched form. Save it, or choose Cancel.");
    else form.querySelector("[data-cancel]")?.click();
  }
});

// Whoever types the next row while the last one is being saved finds it in the new form, at the same place.
const words = (form) => Object.fromEntries(["line"].map((name) => [name, form.elements[name]?.value ?? ""]));
const sent = new WeakMap();
let ahead = null;
document.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.detail.elt;
  if (!form.matches(".quick-entry")) return;
  sent.set(form, words(form));
  form.again = false;
});
document.addEventListener("submit", (event) => {
  if (sent.has(event.target)) event.target.again = true; // Enter once more, before the answer to the first came
}, true);
document.addEventListener("htmx:beforeSwap", (event) => {
  const form = event.detail.requestConfig?.elt;
  const was = form && sent.get(form);
  if (!was || !event.detail.xhr.getResponseHeader("X-Saved-At")) return;
  const now = words(form);
  const field = form.contains(document.activeElement) ? document.activeElement.name : "";
  ahead = now.line !== was.line ? { now, was, field, again: form.again } : null;
});
document.addEventListener("htmx:afterSettle", () => {
  const form = ahead && document.getElementById("new-entry");
  if (!form || !form.elements.line) return;
  for (const name of ["line"]) if (ahead.now[name] !== ahead.was[name]) form.elements[name].value = ahead.now[name];
  if (ahead.field && form.elements[ahead.field]) form.elements[ahead.field].focus();
  const { again } = ahead;
  ahead = null;
  if (again) form.requestSubmit();
});

// The keyboard never falls out of the line in which rows are written, whatever was swapped around it.
document.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.successful || !event.detail.requestConfig?.elt.matches?.(".quick-entry")) return;
  for (const wait of [50, 500]) setTimeout(() => {
    if (document.activeElement === document.body) document.querySelector("#new-entry [name=line]")?.focus();
  }, wait);
});

// How many characters are left of a short text.
const count = (field) => {
  const most = Number(field.getAttribute("maxlength"));
  if (!most) return;
  let place = field.parentElement.querySelector(".counter");
  if (!place) {
    place = Object.assign(document.createElement("p"), { className: "counter field-hint" });
    place.setAttribute("aria-live", "polite");
    field.after(place);
  }
  const left = most - field.value.length;
  place.textContent = left < most / 3 ? `${left} characters left of ${most}` : `${most} characters at most`;
};

// Names separated by commas: the browser's list completes the last one.
document.addEventListener("input", (event) => {
  const input = event.target;
  if (!input.matches("input[data-names]") || !input.list) return;
  input.names ??= [...input.list.options].map((option) => option.value);
  const before = input.value.slice(0, input.value.lastIndexOf(",") + 1);
  const lead = before && `${before} `;
  if (input.lead === lead) return;
  input.lead = lead;
  input.list.replaceChildren(...input.names.map((name) => Object.assign(document.createElement("option"), { value: lead + name })));
});

// Cancel inside a row that is only being added closes the form in place.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-cancel]");
  if (!link || link.hasAttribute("hx-get") || event.ctrlKey || event.metaKey) return;
  const form = link.closest("form");
  if (!form || document.querySelector("[data-desk]") === null) return;
  form.removeAttribute("data-guard");
});

// A page that holds a form for sending again takes the proof of origin that is valid now.
document.addEventListener("submit", (event) => {
  const field = event.target.matches("form[data-resend]") && event.target.querySelector("[name=csrfmiddlewaretoken]");
  if (field && proof()) field.value = proof();
});

const ready = (root) => {
  for (const field of root.querySelectorAll("[data-counter]")) count(field);
};
ready(document);

// What every page gains from a script: nothing here is needed to read or to write.
const html = document.documentElement;
const remember = (name, value) => {
  const age = value ? 31536000 : 0;
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${name}=${value}; path=/; max-age=${age}; samesite=lax${secure}`;
};

// Theme: the server reads the cookie, so the next page comes in the right colours at once.
document.querySelector("[data-theme-form]")?.addEventListener("submit", (event) => {
  const chosen = event.submitter?.value;
  if (!chosen) return;
  event.preventDefault();
  const theme = chosen === "system" ? "" : chosen;
  remember("theme", theme);
  if (theme) html.dataset.theme = theme; else delete html.dataset.theme;
  for (const button of event.target.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button === event.submitter));
});

// On a phone the navigation scrolls: show where one is.
const here = document.querySelector(".site-nav [aria-current]");
if (here) here.parentElement.scrollLeft = here.offsetLeft - here.parentElement.clientWidth / 3;

// A menu closes when one leaves it.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  html.classList.add("tips-off");
  const menu = document.activeElement?.closest("details[data-menu][open]");
  if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
});
for (const kind of ["pointermove", "focusin"]) document.addEventListener(kind, () => html.classList.remove("tips-off"), { passive: true });

// Copying the address of a part.
document.addEventListener("click", async (event) => {
  const anchor = event.target.closest(".copy-anchor");
  if (!anchor || event.metaKey || event.ctrlKey || !navigator.clipboard) return;
  event.preventDefault();
  history.replaceState(null, "", anchor.hash);
  try { await navigator.clipboard.writeText(anchor.href); } catch { location.hash = anchor.hash; return; }
  anchor.classList.add("copied");
  announce("Address copied");
  setTimeout(() => anchor.classList.remove("copied"), 1500);
});
const announce = (text) => {
  const place = document.getElementById("announcer");
  if (place) place.textContent = text;
};

// The contents follow the reader.
const contents = document.querySelector(".contents");
if (contents) {
  const links = new Map([...contents.querySelectorAll("a")].map((link) => [link.hash.slice(1), link]));
  const sections = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean);
  let scheduled = false;
  const follow = () => {
    scheduled = false;
    const line = innerHeight / 4;
    const atEnd = scrollY > 0 && innerHeight + scrollY >= html.scrollHeight - 4;
    const passed = sections.filter((section) => section.getBoundingClientRect().top < line);
    const current = atEnd ? sections.at(-1) : passed.at(-1);
    for (const [id, link] of links) link.toggleAttribute("data-current", id === current?.id);
  };
  addEventListener("scroll", () => { if (!scheduled) { scheduled = true; requestAnimationFrame(follow); } }, { passive: true });
  follow();
}

// A refused form begins with what was wrong, for the keyboard and for those who listen.
if (!document.querySelector("[autofocus]")) document.querySelector("main .error-summary")?.focus();

// Signing out leaves nothing of what was typed on this device.
document.addEventListener("submit", (event) => {
  if (!event.target.action.endsWith("/accounts/logout/")) return;
  try { for (const key of Object.keys(localStorage)) if (key.startsWith("andon:")) localStorage.removeItem(key); } catch { /* no storage, no copies */ }
});

// A form marked data-guard asks before typed text is left behind.
const unsaved = new Set();
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-guard]");
  if (form) unsaved.add(form);
});
document.addEventListener("submit", (event) => unsaved.delete(event.target));
document.addEventListener("autosaved", (event) => unsaved.delete(event.target));
document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) unsaved.delete(event.detail.elt.closest("form")); });
addEventListener("beforeunload", (event) => {
  if ([...unsaved].some((form) => form.isConnected)) event.preventDefault();
});

// Keyboard: / ? j k Enter (single keys can be switched off) and Ctrl or Cmd + K.
const root = document.documentElement;
const shortcuts = document.getElementById("shortcuts");
const palette = document.getElementById("palette");
const typing = (target) => target.closest("input, textarea, select, [contenteditable]");

// Walking a list: the link itself gets the focus, so Enter, Tab and screen readers simply work.
const stops = () => [...document.querySelectorAll(".entries .entry-title a, .rows .row-link")];
const walk = (step) => {
  const links = stops();
  if (!links.length) return;
  const at = links.indexOf(document.activeElement);
  const next = links[at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + step, 0), links.length - 1)];
  next.focus({ focusVisible: true });
  next.scrollIntoView({ block: "nearest" });
};
const mark = () => {
  for (const item of document.querySelectorAll(".entry.is-current, .row.is-current")) item.classList.remove("is-current");
  if (stops().includes(document.activeElement)) document.activeElement.closest(".entry, .row").classList.add("is-current");
};
document.addEventListener("focusin", mark);
document.addEventListener("focusout", mark);

const focusSearch = () => {
  const box = document.querySelector("main [data-search-box]") ?? document.querySelector("[data-search-box]");
  box?.focus();
  box?.select();
};
const single = { "/": focusSearch, "?": () => shortcuts?.showModal(), j: () => walk(1), k: () => walk(-1) };

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.defaultPrevented) return;
  if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
    if (typing(event.target)?.matches("textarea")) return;
    event.preventDefault();
    openPalette();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || root.dataset.keys === "off") return;
  if (typing(event.target) || document.querySelector("dialog[open]")) return;
  const action = single[event.key];
  if (action) { event.preventDefault(); action(); }
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open='shortcuts']");
  if (opener && shortcuts) { event.preventDefault(); shortcuts.showModal(); }
  if (event.target.matches("dialog.sheet")) event.target.close();
});

// The palette: the places this page knows, filtered as one types; anything else is a search.
const places = () => {
  const seen = new Map();
  for (const link of document.querySelectorAll(".site-nav a, .site-tools a, .contents a, [data-palette]")) {
    const label = (link.dataset.palette || link.textContent).trim();
    if (label && !seen.has(link.href)) seen.set(link.href, { label, href: link.href, group: link.closest(".contents") ? "on this page" : "" });
  }
  return [...seen.values()];
};
const show = (text) => {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = places().filter((place) => words.every((word) => place.label.toLowerCase().includes(word))).slice(0, 8);
  const reference = text.trim().toUpperCase();
  if (/^(PM|L|CM)-\d+$/.test(reference)) found.unshift({ label: reference, href: `/${reference}/`, group: "open" });
  if (text.trim()) found.push({ label: `Search for “${text.trim()}”`, href: `/search/?q=${encodeURIComponent(text.trim())}`, group: "search" });
  const list = palette.querySelector("ul");
  list.replaceChildren(...found.map((place, index) => {
    const link = Object.assign(document.createElement("a"), { href: place.href, textContent: place.label });
    const group = Object.assign(document.createElement("span"), { className: "count", textContent: place.group });
    link.append(group);
    link.toggleAttribute("data-active", index === 0);
    const item = document.createElement("li");
    item.append(link);
    return item;
  }));
};
const openPalette = () => {
  if (!palette || palette.open) return;
  const input = palette.querySelector("input");
  input.value = "";
  show("");
  palette.showModal();
  input.focus();
};
palette?.addEventListener("input", (event) => show(event.target.value));
palette?.addEventListener("keydown", (event) => {
  const links = [...palette.querySelectorAll("li a")];
  const at = links.findIndex((link) => link.hasAttribute("data-active"));
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && links.length) {
    event.preventDefault();
    links[at]?.removeAttribute("data-active");
    links[(at + step + links.length) % links.length].setAttribute("data-active", "");
  } else if (event.key === "Enter" && links[at] && event.target.matches("input")) {
    event.preventDefault();
    palette.close();
    links[at].click();
  }
});

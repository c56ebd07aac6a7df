"use strict";
// All text is set by textContent, so that nothing in a tweet is parsed as markup.

const make = (name, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
};
const isolate = (text) => make("bdi", { textContent: text });
const counted = (count, singular, plural) => `${count.toLocaleString("en")} ${count === 1 ? singular : plural}`;

// --- Theme: stored only in the open page ---

const THEMES = ["system", "light", "dark"];
const theme = document.getElementById("theme");
theme.hidden = false;
theme.addEventListener("click", () => {
  const root = document.documentElement;
  const next = THEMES[(THEMES.indexOf(root.dataset.theme || "system") + 1) % THEMES.length];
  if (next === "system") delete root.dataset.theme;
  else root.dataset.theme = next;
  theme.textContent = `Theme: ${next}`;
});

// --- Current entry of the contents ---

const links = new Map([...document.querySelectorAll("#contents ol a")].map((link) => [link.hash.slice(1), link]));
const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    for (const link of links.values()) link.removeAttribute("aria-current");
    links.get(entry.target.dataset.entry).setAttribute("aria-current", "true");
  }
}, { rootMargin: "-15% 0px -75% 0px" });
for (const id of links.keys()) {
  const section = document.getElementById(id).closest("article, details");
  section.dataset.entry = id;
  watcher.observe(section);
}

// --- Printing: open all details ---

let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")];
  for (const details of closed) details.open = true;
});
addEventListener("afterprint", () => {
  for (const details of closed) details.open = false;
});

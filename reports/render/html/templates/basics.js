"use strict";
// All text goes through textContent: nothing that a tweet says is ever read as markup.

const make = (name, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
};
const own = (text) => make("bdi", { textContent: text });
const say = (count, one, several) => `${count.toLocaleString("en")} ${count === 1 ? one : several}`;

// --- Theme: kept in the page only ---

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

// --- Where the reader is ---

const links = new Map([...document.querySelectorAll("#contents ol a")].map((link) => [link.hash.slice(1), link]));
const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    for (const link of links.values()) link.removeAttribute("aria-current");
    links.get(entry.target.dataset.place).setAttribute("aria-current", "true");
  }
}, { rootMargin: "-15% 0px -75% 0px" });
for (const id of links.keys()) {
  const place = document.getElementById(id).closest("article, section");
  place.dataset.place = id;
  watcher.observe(place);
}

// --- Printing: everything open ---

let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")];
  for (const details of closed) details.open = true;
});
addEventListener("afterprint", () => {
  for (const details of closed) details.open = false;
});

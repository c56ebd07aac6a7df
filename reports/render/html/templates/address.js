// --- The address: `#anchor?table.method=ita&table.hide=t` opens a section and keeps the filters of tables ---

const FORMS = [...document.querySelectorAll("form[data-filter]")];

function parsedAddress() {
  const [anchor, query] = location.hash.slice(1).split("?", 2);
  return [anchor, query ?? null];
}

function filtersAsText() {
  const filters = new URLSearchParams();
  for (const form of FORMS) {
    const { method, hide, mixed } = filterOfTable(form);
    if (method) filters.set(`${form.dataset.filter}.method`, method);
    for (const view of hide) filters.append(`${form.dataset.filter}.hide`, view);
    if (mixed) filters.set(`${form.dataset.filter}.mixed`, "1");
  }
  return filters.toString();
}

function setFilters(query) {
  const filters = new URLSearchParams(query);
  for (const form of FORMS) {
    const get = (name) => filters.getAll(`${form.dataset.filter}.${name}`);
    form.elements.method.value = get("method")[0] ?? "";
    form.elements.mixed.checked = get("mixed").length > 0;
    for (const box of form.querySelectorAll("[name=view]")) box.checked = !get("hide").includes(box.value);
    applyFilter(form);
    form.closest("article").querySelectorAll("table.sheet").forEach(sort);
  }
}

// Changes only the fragment, which is allowed in files too.
function remember(anchor) {
  const filters = filtersAsText();
  history.replaceState(null, "", `#${anchor}${filters && `?${filters}`}`);
}

function reveal(anchor) {
  const element = document.getElementById(anchor);
  if (element === null) return;
  for (let box = element.closest("details"); box !== null; box = box.parentElement.closest("details")) box.open = true;
  element.scrollIntoView();
}

function follow() {
  const [anchor, query] = parsedAddress();
  if (query !== null) setFilters(query);
  else if (anchor) remember(anchor);
  if (anchor) reveal(anchor);
}

for (const form of FORMS) form.addEventListener("input", () => remember(parsedAddress()[0]));
addEventListener("hashchange", follow);
addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  if (link !== null) reveal(link.hash.slice(1)); // the address may not change
  const fold = event.target.closest("summary")?.parentElement;
  if (fold?.id && !fold.open) remember(fold.id); // a section that is opened can be linked to
});
follow();

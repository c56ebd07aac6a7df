// --- Sorting ---

const COLLATOR = new Intl.Collator("en", { numeric: true });

function compare(column, down, mixed) {
  const key = (row) => row.cells[column].dataset.key;
  const numbers = columnIsNumber(column);
  return (a, b) => {
    const late = (row) => (!mixed && row.classList.contains("unfinished") ? 1 : 0);
    if (late(a) !== late(b)) return late(a) - late(b);
    if (!numbers(a)) {
      const order = COLLATOR.compare(a.cells[column].textContent, b.cells[column].textContent);
      return down ? -order : order;
    }
    const [x, y] = [key(a), key(b)];
    if (x === undefined || y === undefined) return (x === undefined) - (y === undefined); // cells without a number last in both directions
    return down ? y - x : x - y;
  };
}

const columnIsNumber = (column) => (row) => row.cells[column].classList.contains("number");

function sort(table) {
  const heads = [...table.tHead.rows[0].cells];
  const column = heads.findIndex((head) => head.ariaSort === "ascending" || head.ariaSort === "descending");
  const rows = [...table.tBodies[0].rows];
  const mixed = table.closest("article")?.querySelector("[name=mixed]")?.checked ?? false;
  if (column >= 0) rows.sort(compare(column, heads[column].ariaSort === "descending", mixed));
  table.tBodies[0].append(...rows);
}

for (const table of document.querySelectorAll("table.sheet")) {
  for (const head of table.tHead.rows[0].cells) {
    const button = make("button", { type: "button" }, ...head.childNodes);
    head.append(button);
    head.ariaSort = "none";
    button.addEventListener("click", () => {
      const number = head.classList.contains("number");
      const next = head.ariaSort === "none" ? (number ? "descending" : "ascending")
        : head.ariaSort === "ascending" ? "descending" : "ascending";
      for (const other of table.tHead.rows[0].cells) other.ariaSort = "none";
      head.ariaSort = next;
      sort(table);
    });
  }
}

// --- Filtering the rows of a table's sheets ---

function filterOfTable(form) {
  return {
    method: form.elements.method.value.trim().toLowerCase(),
    hide: [...form.querySelectorAll("[name=view]:not(:checked)")].map((box) => box.value),
    mixed: form.elements.mixed.checked,
  };
}

function applyFilter(form) {
  const article = form.closest("article");
  const { method, hide } = filterOfTable(form);
  for (const row of article.querySelectorAll("[data-method]")) {
    row.hidden = !row.dataset.method.toLowerCase().includes(method) || hide.includes(row.dataset.view);
  }
  const rows = [...article.querySelector("table.sheet").tBodies[0].rows];
  const visible = rows.filter((row) => !row.hidden).length;
  form.querySelector("output").textContent = visible === rows.length ? "" : `${visible} of ${counted(rows.length, "row", "rows")}`;
}

for (const form of document.querySelectorAll("form[data-filter]")) {
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", (event) => {
    if (event.target.name === "mixed") form.closest("article").querySelectorAll("table.sheet").forEach(sort);
    else applyFilter(form);
  });
}

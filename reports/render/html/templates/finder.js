// --- Finding tweets ---

const DATA = JSON.parse(document.getElementById("data").textContent);
const BATCH = 20;

function haystack(tweet) {
  const spans = tweet.a.flatMap((answer) => answer[0]).concat(tweet.g);
  const entities = new Set(spans.map((span) => `${tweet.w.slice(span[0], span[1]).join(" ")} ${span[2]}`));
  return [tweet.w.join(" "), ...entities, ...Object.values(tweet.texts).flat()].join("\n").toLowerCase();
}

function select(name, label, options) {
  const box = make("select", { name });
  for (const [value, text] of options) box.append(make("option", { value, textContent: text }));
  return make("label", {}, `${label} `, box);
}

function caseForm(data) {
  const form = make("form", { className: "controls" });
  const answers = [["", "\u2013"], ...data.systems.map((system, number) => [String(number), `${system[0]} (${system[1]})`])];
  const lengths = data.lengths.map(([low, high]) => [`${low}-${high ?? ""}`, high === null ? `${low} and more` : `${low}\u2013${high}`]);
  form.append(make("label", {}, "Search ", make("input", { type: "search", name: "text", placeholder: "words, answers", autocomplete: "off" })));
  form.append(select("type", "Entity type", [["", "any"], ...data.types.map((type) => [type, type])]));
  form.append(select("length", "Words", [["", "any"], ...lengths]));
  for (const [name, words] of Object.entries(FLAGS)) {
    if (data.cases.some((tweet) => tweet.flags[name] !== null)) {
      form.append(select(name, { pictured: "Picture", ocr: "Text", related: "Related" }[name], [["", "any"], ["true", words[0]], ["false", words[1]]]));
    }
  }
  form.append(select("a", "A right", answers), select("b", "B wrong", answers));
  if (pairs(data).length) {
    for (const [name, text] of [["helped", "Image helped"], ["misled", "Image misled"]]) {
      form.append(make("button", { type: "button", name, textContent: text, ariaPressed: "false", title: PRESETS[name] }));
    }
  }
  form.append(make("button", { type: "reset", textContent: "Clear" }), make("output", { ariaLive: "polite" }));
  return form;
}

const PRESETS = {
  helped: "a method is right with the tweet's picture and wrong without it; of method A if one is selected",
  misled: "a method is wrong with the tweet's picture and right without it; of method A if one is selected",
};

// Pairs of the answers of a method, with its own picture and without, as numbers of systems.
function pairs(data) {
  const at = (method, view) => data.systems.findIndex((system) => system[0] === method && system[1] === view);
  const methods = [...new Set(data.systems.map((system) => system[0]))];
  return methods.map((method) => [at(method, "it"), at(method, "t")]).filter(([it, t]) => it >= 0 && t >= 0);
}

function answersOfPreset(preset, tweet, data, a) {
  const method = a === "" ? null : data.systems[a][0];
  const right = (number) => tweet.a[number][1];
  const selected = pairs(data).filter(([it]) => method === null || data.systems[it][0] === method);
  return selected.filter(([it, t]) => (preset === "helped" ? right(it) && !right(t) : !right(it) && right(t))).flat();
}

// Numbers of the answers to highlight in a tweet, or null for a tweet that the filter excludes.
function answersToHighlight(tweet, data, filter) {
  if (!tweet.hay.includes(filter.text)) return null;
  if (filter.type && ![...tweet.g, ...tweet.a.flatMap((answer) => answer[0])].some((span) => span[2] === filter.type)) return null;
  if (filter.length) {
    const [low, high] = filter.length.split("-");
    if (tweet.w.length < Number(low) || (high && tweet.w.length > Number(high))) return null;
  }
  if (Object.keys(FLAGS).some((name) => filter[name] && String(tweet.flags[name]) !== filter[name])) return null;
  if (filter.preset) {
    const matches = answersOfPreset(filter.preset, tweet, data, filter.a);
    return matches.length ? new Set(matches) : null;
  }
  if (filter.a !== "" && !tweet.a[filter.a][1]) return null;
  if (filter.b !== "" && tweet.a[filter.b][1]) return null;
  return new Set([filter.a, filter.b].filter((number) => number !== "").map(Number));
}

function filterOf(form) {
  const value = (name) => form.elements[name]?.value ?? "";
  const names = ["type", "length", "pictured", "ocr", "related", "a", "b"];
  const preset = form.querySelector("button[aria-pressed=true]")?.name ?? "";
  return { ...Object.fromEntries(names.map((name) => [name, value(name)])), text: value("text").trim().toLowerCase(), preset };
}

function showCases(box) {
  const data = DATA[box.dataset.cases];
  const form = caseForm(data);
  const list = make("ol");
  const more = make("button", { type: "button", className: "more", textContent: "Show more" });
  let matches = [];
  for (const tweet of data.cases) tweet.hay = haystack(tweet);

  const grow = () => {
    const first = list.children.length;
    list.append(...matches.slice(first, first + BATCH).map(([tweet, highlighted]) => caseElement(tweet, data, highlighted)));
    more.hidden = list.children.length >= matches.length;
    return list.children[first];
  };
  const update = () => {
    const filter = filterOf(form);
    matches = data.cases.map((tweet) => [tweet, answersToHighlight(tweet, data, filter)]).filter(([, highlighted]) => highlighted !== null);
    form.querySelector("output").textContent = `${matches.length} of ${counted(data.cases.length, "tweet", "tweets")}`;
    list.replaceChildren();
    grow();
  };
  const press = (pressed) => {
    for (const button of form.querySelectorAll("button[aria-pressed]")) {
      button.ariaPressed = String(button === pressed && button.ariaPressed !== "true");
    }
  };
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", update);
  form.addEventListener("change", update); // some browsers send only one of the two events for a selection
  form.addEventListener("reset", () => { press(null); setTimeout(update); });
  form.addEventListener("click", (event) => {
    if (event.target.ariaPressed === null) return;
    press(event.target);
    update();
  });
  more.addEventListener("click", () => { const next = grow(); if (next) { next.tabIndex = -1; next.focus(); } });
  box.replaceChildren(form, list, more);
  update();
}

// A list is created when it comes close to the viewport, since a page may have dozens.
const near = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    near.unobserve(entry.target);
    showCases(entry.target);
  }
}, { rootMargin: "800px" });
for (const box of document.querySelectorAll("[data-cases]")) near.observe(box);

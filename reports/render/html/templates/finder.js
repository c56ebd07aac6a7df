// --- Finding tweets ---

const DATA = JSON.parse(document.getElementById("data").textContent);
const BATCH = 20;

function haystack(one) {
  const spans = one.a.flatMap((answer) => answer[0]).concat(one.g);
  const told = new Set(spans.map((span) => `${one.w.slice(span[0], span[1]).join(" ")} ${span[2]}`));
  return [one.w.join(" "), ...told, ...Object.values(one.texts).flat()].join("\n").toLowerCase();
}

function select(name, label, options) {
  const box = make("select", { name });
  for (const [value, text] of options) box.append(make("option", { value, textContent: text }));
  return make("label", {}, `${label} `, box);
}

function caseForm(data) {
  const form = make("form", { className: "controls" });
  const answers = [["", "\u2013"], ...data.places.map((place, number) => [String(number), `${place[0]} (${place[1]})`])];
  const lengths = data.lengths.map(([low, high]) => [`${low}-${high ?? ""}`, high === null ? `${low} and more` : `${low}\u2013${high}`]);
  form.append(make("label", {}, "Search ", make("input", { type: "search", name: "text", placeholder: "words, answers", autocomplete: "off" })));
  form.append(select("type", "Entity type", [["", "any"], ...data.types.map((type) => [type, type])]));
  form.append(select("length", "Words", [["", "any"], ...lengths]));
  for (const [name, words] of Object.entries(FLAGS)) {
    if (data.cases.some((one) => one.flags[name] !== null)) {
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
  helped: "a method is right with the tweet's picture and wrong without it; of the method A where one is chosen",
  misled: "a method is wrong with the tweet's picture and right without it; of the method A where one is chosen",
};

// Places of the same method with its own picture and without, as pairs of numbers.
function pairs(data) {
  const at = (method, view) => data.places.findIndex((place) => place[0] === method && place[1] === view);
  const methods = [...new Set(data.places.map((place) => place[0]))];
  return methods.map((method) => [at(method, "it"), at(method, "t")]).filter(([it, t]) => it >= 0 && t >= 0);
}

function foundBy(preset, one, data, a) {
  const method = a === "" ? null : data.places[a][0];
  const right = (number) => one.a[number][1];
  const asked = pairs(data).filter(([it]) => method === null || data.places[it][0] === method);
  return asked.filter(([it, t]) => (preset === "helped" ? right(it) && !right(t) : !right(it) && right(t))).flat();
}

// Numbers of the answers that a case is shown for, or null when it is not shown.
function chosenIn(one, data, wanted) {
  if (!one.hay.includes(wanted.text)) return null;
  if (wanted.type && ![...one.g, ...one.a.flatMap((answer) => answer[0])].some((span) => span[2] === wanted.type)) return null;
  if (wanted.length) {
    const [low, high] = wanted.length.split("-");
    if (one.w.length < Number(low) || (high && one.w.length > Number(high))) return null;
  }
  if (Object.keys(FLAGS).some((name) => wanted[name] && String(one.flags[name]) !== wanted[name])) return null;
  if (wanted.preset) {
    const found = foundBy(wanted.preset, one, data, wanted.a);
    return found.length ? new Set(found) : null;
  }
  if (wanted.a !== "" && !one.a[wanted.a][1]) return null;
  if (wanted.b !== "" && one.a[wanted.b][1]) return null;
  return new Set([wanted.a, wanted.b].filter((number) => number !== "").map(Number));
}

function wantedOf(form) {
  const value = (name) => form.elements[name]?.value ?? "";
  const names = ["type", "length", "pictured", "ocr", "related", "a", "b"];
  const preset = form.querySelector("button[aria-pressed=true]")?.name ?? "";
  return { ...Object.fromEntries(names.map((name) => [name, value(name)])), text: value("text").trim().toLowerCase(), preset };
}

function showCases(place) {
  const data = DATA[place.dataset.cases];
  const form = caseForm(data);
  const list = make("ol");
  const more = make("button", { type: "button", className: "more", textContent: "Show more" });
  let found = [];
  for (const one of data.cases) one.hay = haystack(one);

  const grow = () => {
    const first = list.children.length;
    list.append(...found.slice(first, first + BATCH).map(([one, chosen]) => caseElement(one, data, chosen)));
    more.hidden = list.children.length >= found.length;
    return list.children[first];
  };
  const update = () => {
    const wanted = wantedOf(form);
    found = data.cases.map((one) => [one, chosenIn(one, data, wanted)]).filter(([, chosen]) => chosen !== null);
    form.querySelector("output").textContent = `${found.length} of ${say(data.cases.length, "tweet", "tweets")}`;
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
  form.addEventListener("change", update); // not every browser sends both for a choice
  form.addEventListener("reset", () => { press(null); setTimeout(update); });
  form.addEventListener("click", (event) => {
    if (event.target.ariaPressed === null) return;
    press(event.target);
    update();
  });
  more.addEventListener("click", () => { const next = grow(); if (next) { next.tabIndex = -1; next.focus(); } });
  place.replaceChildren(form, list, more);
  update();
}

// A list is made when the reader comes near it: a page may hold dozens.
const near = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    near.unobserve(entry.target);
    showCases(entry.target);
  }
}, { rootMargin: "800px" });
for (const place of document.querySelectorAll("[data-cases]")) near.observe(place);

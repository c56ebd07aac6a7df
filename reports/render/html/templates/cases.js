// --- A tweet with all answers ---

const LONGEST = 60; // characters of a word that are shown

const cutText = (text) => (text.length > 400 ? text.slice(0, 400) + "\u2026" : text);
const cut = (word) => (word.length > LONGEST ? [...word.slice(0, LONGEST)].slice(0, -1).join("") + "\u2026" : word);

function wordElement(word) {
  const element = own(cut(word));
  if (word.length > LONGEST) element.title = word.slice(0, 500);
  return element;
}

function wordsOf(words, span) {
  const line = document.createDocumentFragment();
  for (let place = span[0]; place < span[1]; place += 1) line.append(place > span[0] ? " " : "", wordElement(words[place] ?? ""));
  return line;
}

function tweet(one) {
  const line = make("p", { className: "words", dir: "auto" });
  const starts = new Map(one.g.map((span) => [span[0], span]));
  for (let place = 0; place < one.w.length; ) {
    const span = starts.get(place);
    if (place > 0) line.append(" ");
    if (span === undefined) line.append(wordElement(one.w[place]));
    else line.append(make("span", { className: "entity" }, wordsOf(one.w, span), make("small", {}, own(span[2]))));
    place = span === undefined ? place + 1 : Math.max(span[1], place + 1);
  }
  return line;
}

const same = (a, b) => a[0] === b[0] && a[1] === b[1] && a[2] === b[2];

function answerRow(one, number, place, chosen) {
  const [spans, right, often, seeds] = one.a[number];
  const told = make("td");
  for (const span of spans) {
    const extra = !one.g.some((gold) => same(gold, span));
    told.append(make("span", { className: extra ? "span extra" : "span" }, wordsOf(one.w, span), make("small", {}, own(span[2]))), " ");
  }
  for (const gold of one.g) {
    if (!spans.some((span) => same(span, gold))) {
      told.append(make("span", { className: "missed" }, "not ", wordsOf(one.w, gold), " ", make("small", {}, own(gold[2]))), " ");
    }
  }
  if (!told.hasChildNodes()) told.append("no entity");
  const mark = make("td", { className: right ? "right" : "wrong", textContent: right ? "\u2713 right" : "\u2717 wrong" });
  const row = make("tr", { className: chosen ? "chosen" : "" }, mark, make("th", { scope: "row" }, own(place[0])), make("td", {}, own(place[1])));
  row.append(make("td", { className: "number", textContent: seeds > 1 ? `right in ${often}/${seeds} seeds` : "" }), told);
  return row;
}

const FLAGS = {
  pictured: ["has a picture", "has no picture"],
  ocr: ["text was read in the picture", "no text was read in the picture"],
  related: ["picture related", "picture unrelated"],
};

function caseElement(one, data, chosen) {
  const item = make("li", { className: "case" });
  const said = make("div", {}, tweet(one));
  const flags = Object.entries(FLAGS).filter(([name]) => one.flags[name] !== null).map(([name, words]) => words[one.flags[name] ? 0 : 1]);
  if (flags.length) said.append(make("p", { className: "read", textContent: flags.join(" \u00b7 ") }));
  for (const [source, texts] of Object.entries(one.texts)) {
    const line = make("p", { className: "read" }, own(source), ": ");
    texts.forEach((text, place) => line.append(place ? " / " : "", make("bdi", { textContent: cutText(text) })));
    said.append(line);
  }
  item.append(said);
  const pictures = make("div", { className: "pictures" });
  for (const [method, address] of one.looks) {
    const caption = make("figcaption", {}, "where ", own(method), " looks");
    pictures.append(make("figure", {}, make("img", { src: address, alt: "", loading: "lazy" }), caption));
  }
  if (one.image !== null && Object.hasOwn(data.pictures, one.image)) {
    pictures.append(make("img", { src: data.pictures[one.image], alt: "picture of the tweet", loading: "lazy" }));
  }
  if (pictures.hasChildNodes()) item.append(pictures);
  const body = make("tbody");
  data.places.forEach((place, number) => body.append(answerRow(one, number, place, chosen.has(number))));
  const table = make("table", { className: "answers" }, body);
  item.append(make("div", { className: "scroll", tabIndex: 0, role: "region", ariaLabel: "answers" }, table));
  return item;
}


// --- A tweet with all answers ---

const LONGEST = 60; // shown characters of a word

const cutText = (text) => (text.length > 400 ? text.slice(0, 400) + "\u2026" : text);
const cut = (word) => (word.length > LONGEST ? [...word.slice(0, LONGEST)].slice(0, -1).join("") + "\u2026" : word);

function wordElement(word) {
  const element = isolate(cut(word));
  if (word.length > LONGEST) element.title = word.slice(0, 500);
  return element;
}

function wordsOf(words, span) {
  const line = document.createDocumentFragment();
  for (let index = span[0]; index < span[1]; index += 1) line.append(index > span[0] ? " " : "", wordElement(words[index] ?? ""));
  return line;
}

function tweetElement(tweet) {
  const line = make("p", { className: "words", dir: "auto" });
  const starts = new Map(tweet.g.map((span) => [span[0], span]));
  for (let index = 0; index < tweet.w.length; ) {
    const span = starts.get(index);
    if (index > 0) line.append(" ");
    if (span === undefined) line.append(wordElement(tweet.w[index]));
    else line.append(make("span", { className: "entity" }, wordsOf(tweet.w, span), make("small", {}, isolate(span[2]))));
    index = span === undefined ? index + 1 : Math.max(span[1], index + 1);
  }
  return line;
}

const same = (a, b) => a[0] === b[0] && a[1] === b[1] && a[2] === b[2];

function answerRow(tweet, number, system, highlighted) {
  const [spans, correct, correctSeeds, seeds] = tweet.a[number];
  const answer = make("td");
  for (const span of spans) {
    const extra = !tweet.g.some((gold) => same(gold, span));
    answer.append(make("span", { className: extra ? "span extra" : "span" }, wordsOf(tweet.w, span), make("small", {}, isolate(span[2]))), " ");
  }
  for (const gold of tweet.g) {
    if (!spans.some((span) => same(span, gold))) {
      answer.append(make("span", { className: "missed" }, "not ", wordsOf(tweet.w, gold), " ", make("small", {}, isolate(gold[2]))), " ");
    }
  }
  if (!answer.hasChildNodes()) answer.append("no entity");
  const mark = make("td", { className: correct ? "right" : "wrong", textContent: correct ? "\u2713 right" : "\u2717 wrong" });
  const row = make("tr", { className: highlighted ? "chosen" : "" }, mark, make("th", { scope: "row" }, isolate(system[0])), make("td", {}, isolate(system[1])));
  row.append(make("td", { className: "number", textContent: seeds > 1 ? `right in ${correctSeeds}/${seeds} seeds` : "" }), answer);
  return row;
}

const FLAGS = {
  pictured: ["has a picture", "has no picture"],
  ocr: ["text was read in the picture", "no text was read in the picture"],
  related: ["picture related", "picture unrelated"],
};

function caseElement(tweet, data, highlighted) {
  const item = make("li", { className: "case" });
  const description = make("div", {}, tweetElement(tweet));
  const flags = Object.entries(FLAGS).filter(([name]) => tweet.flags[name] !== null).map(([name, words]) => words[tweet.flags[name] ? 0 : 1]);
  if (flags.length) description.append(make("p", { className: "read", textContent: flags.join(" \u00b7 ") }));
  for (const [source, texts] of Object.entries(tweet.texts)) {
    const line = make("p", { className: "read" }, isolate(source), ": ");
    texts.forEach((text, index) => line.append(index ? " / " : "", make("bdi", { textContent: cutText(text) })));
    description.append(line);
  }
  for (const [source, lines, remarks] of tweet.papers) {
    const line = make("p", { className: "read" }, isolate(source), " \u00b7 ");
    lines.forEach(([system, labels], index) => line.append(index ? " \u00b7 " : "", isolate(system), ": ", isolate(labels)));
    remarks.forEach((remark, index) => line.append(index || lines.length ? "; " : "", isolate(remark)));
    description.append(line);
  }
  item.append(description);
  const pictures = make("div", { className: "pictures" });
  for (const [method, address] of tweet.attention) {
    const caption = make("figcaption", {}, "where ", isolate(method), " looks");
    pictures.append(make("figure", {}, make("img", { src: address, alt: "", loading: "lazy" }), caption));
  }
  for (const image of tweet.images.filter((name) => Object.hasOwn(data.pictures, name))) {
    pictures.append(make("img", { src: data.pictures[image], alt: "picture of the tweet", loading: "lazy" }));
  }
  if (pictures.hasChildNodes()) item.append(pictures);
  const body = make("tbody");
  data.systems.forEach((system, number) => body.append(answerRow(tweet, number, system, highlighted.has(number))));
  const table = make("table", { className: "answers" }, body);
  item.append(make("div", { className: "scroll", tabIndex: 0, role: "group", ariaLabel: "answers" }, table));
  return item;
}


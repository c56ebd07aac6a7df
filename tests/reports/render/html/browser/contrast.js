// Texts whose contrast with the nearest painted background is below 4.5, as WCAG 2 defines it.
const pixel = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const rgb = (colours) => {
  pixel.clearRect(0, 0, 1, 1);
  for (const colour of colours) {
    pixel.fillStyle = colour;
    pixel.fillRect(0, 0, 1, 1);
  }
  return [...pixel.getImageData(0, 0, 1, 1).data].slice(0, 3);
};
const light = (colour) => {
  const [r, g, b] = colour.map((part) => part / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = (element) => {
  const found = [];
  for (let one = element; one !== null; one = one.parentElement) found.unshift(getComputedStyle(one).backgroundColor);
  return found;
};
const low = new Set();
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
  const element = node.parentElement;
  if (!node.data.trim() || element.closest("script, style, noscript") || !element.checkVisibility()) continue;
  const style = getComputedStyle(element);
  const painted = behind(element);
  const [a, b] = [light(rgb([...painted, element.closest("svg") ? style.fill : style.color])), light(rgb(painted))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) low.add(`${element.tagName} ${node.data.trim().slice(0, 30)}: ${ratio.toFixed(2)}`);
}
return [...low];

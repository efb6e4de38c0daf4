// What is wrong with the layout of the current page, as a list of sentences. All details are open.
for (const details of document.querySelectorAll("details")) details.open = true;
const found = [];
const width = document.documentElement.clientWidth;
const name = (element) => `${element.localName}${element.id ? "#" + element.id : ""}.${element.className} “${element.textContent.trim().slice(0, 40)}”`;
const over = document.documentElement.scrollWidth - width;
if (over > 0.5) found.push(`it scrolls sideways by ${over} px`);
const header = document.querySelector("header").getBoundingClientRect().height;
if (header > window.innerHeight / 3) found.push(`its header has ${header} of ${window.innerHeight} px`);
// Programs and tables scroll by themselves (WCAG 1.4.10 leaves them their two dimensions); what is in them is not measured.
const scrolls = (element) => element.parentElement?.closest("pre[tabindex], .scroll[tabindex]");
const hidden = (element) => element.closest(".unseen, .skip, noscript") || !element.checkVisibility();
for (const element of document.body.querySelectorAll("*")) {
  if (hidden(element) || scrolls(element)) continue;
  const box = element.getBoundingClientRect();
  if (box.width > 0 && (box.left < -0.5 || box.right > width + 0.5)) found.push(`outside of the screen: ${name(element)}`);
}
// A label stands above its value, and an outline is seen (WCAG 2.2, 1.4.11).
for (const label of document.querySelectorAll(".asked dt")) {
  const value = label.nextElementSibling.getBoundingClientRect();
  if (label.getBoundingClientRect().bottom > value.top + 1) found.push(`the label is not above its value: ${name(label)}`);
}
const light = (colour) => {
  const parts = colour.match(/[\d.]+/g).slice(0, 3).map((part) => part / 255);
  const [r, g, b] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const sheet = light(getComputedStyle(document.querySelector(".sheet")).backgroundColor);
for (const outlined of document.querySelectorAll(".sheet .button, .ways a, input:not([type=hidden], .unseen)")) {
  const line = light(getComputedStyle(outlined).borderTopColor);
  const contrast = (Math.max(line, sheet) + 0.05) / (Math.min(line, sheet) + 0.05);
  if (contrast < 3) found.push(`an outline of ${contrast.toFixed(2)}:1: ${name(outlined)}`);
}
const block = (node) => {
  let element = node.parentElement;
  while (/^(inline|contents)$/.test(getComputedStyle(element).display)) element = element.parentElement;
  return element;
};
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (texts.nextNode()) {
  const node = texts.currentNode;
  if (hidden(node.parentElement) || node.parentElement.closest("pre[tabindex], .scroll[tabindex]") || /^(script|style)$/.test(node.parentElement.localName)) continue;
  const box = block(node).getBoundingClientRect();
  // A line may break at a space, and after a dash or a slash.
  for (const word of node.data.matchAll(/[^\s\-‐–—/]+/g)) {
    const range = document.createRange();
    range.setStart(node, word.index);
    range.setEnd(node, word.index + word[0].length);
    const parts = [...range.getClientRects()].filter((part) => part.width > 0);
    if (parts.some((part) => Math.abs(part.top - parts[0].top) > part.height / 2)) found.push(`“${word[0]}” is broken`);
    if (parts.some((part) => part.left < box.left - 1 || part.right > box.right + 1)) found.push(`“${word[0]}” leaves its box`);
  }
}
return [...new Set(found)];

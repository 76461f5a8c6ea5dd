// Elements from data. Text only ever becomes text nodes and links are only ever http(s), so no
// title, note or address of a list can become markup or script.

const SVG = "http://www.w3.org/2000/svg";

export function h(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

export function isWeb(url) {
  return /^https?:\/\//i.test(url);
}

export function outward(url, ...children) {
  if (!isWeb(url)) return h("span", { dir: "auto" }, ...children);
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer", dir: "auto" }, ...children);
}

export function hostOf(url) {
  try {
    return isWeb(url) ? new URL(url).hostname.replace(/^www\./, "") : "";
  } catch {
    return "";
  }
}

// spans count characters (code points), as Python does.
export function marked(text, spans = []) {
  const characters = Array.from(text);
  const nodes = [];
  let at = 0;
  for (const [start, end] of spans) {
    nodes.push(characters.slice(at, start).join(""), h("mark", {}, characters.slice(start, end).join("")));
    at = end;
  }
  nodes.push(characters.slice(at).join(""));
  return nodes;
}

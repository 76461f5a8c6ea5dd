// The map of the collection: to pan and zoom, to light up answers, to lasso a list; and the same as
// a list for those who do not see it.

import { h, outward } from "./dom.js";
import { listNames } from "./filters.js";
import { decode, plane, tops } from "./plane.js";
import { level, resultList } from "./results.js";
import { language, t } from "./say.js";
import * as source from "./source.js";

const LEVELS = ["", "beginner", "intermediate", "advanced"];
const HUES = 12;
const REST = 110; // milliseconds that a pointer rests before its point is asked for
const STEP = 60; // pixels that an arrow key moves

export async function loadMap(signal) {
  return decode(await source.mapPoints(signal));
}

const nameOf = (region) => region.names[language] || region.names.en || region.names.zh || "";

export function mapView(points, state, acts) {
  const canvas = h("canvas", { class: "map", role: "img", tabindex: 0, "aria-label": t("mapLabel", { n: points.n, m: points.regions.filter((r) => r.depth === 1).length }) });
  const overlay = h("canvas", { class: "mapnames", "aria-hidden": "true" });
  const card = h("div", { class: "peek", hidden: true });
  const chosen = h("section", { class: "chosen", "aria-live": "polite" });
  const drawing = plane(canvas, overlay, points, { nameOf, colours: () => palette(points, state.by, canvas) });
  const sheet = h("div", { class: "sheet" }, canvas, overlay, card, handles(drawing));
  const lasso = h("button", { type: "button", class: "chip", "aria-pressed": "false", onclick: () => lasso.setAttribute("aria-pressed", String(lasso.getAttribute("aria-pressed") !== "true")) }, t("mapLasso"));
  behave(canvas, overlay, drawing, {
    lassoing: () => lasso.getAttribute("aria-pressed") === "true",
    peek: (i, pinned) => peek(card, i, points, drawing, canvas, acts, pinned),
    hide: () => { if (!card.dataset.pinned && !card.matches(":hover")) card.hidden = true; },
    caught: (inside) => { lasso.setAttribute("aria-pressed", "false"); drawing.light(inside); list(chosen, inside, acts); },
  });
  new ResizeObserver(drawing.later).observe(sheet);
  if (state.q) lightUp(drawing, chosen, state.q, acts);
  return [
    h("div", { class: "maphead" }, h("h2", {}, t("mapTitle")), switcher(state, acts, lasso)),
    h("p", { class: "hint" }, t("mapText")),
    sheet, legend(points, state), chosen, asList(points, drawing, acts),
  ];
}

const BY = { topic: "mapTopic", level: "mapLevel", list: "mapOfList" };

function switcher(state, acts, lasso) {
  const option = (by) => h("button", { type: "button", class: "chip", "aria-pressed": String(state.by === by), onclick: () => acts.colour(by) }, t(BY[by]));
  return h("div", { class: "group", role: "group", "aria-label": t("mapBy") }, h("span", { class: "name", "aria-hidden": "true" }, t("mapBy")), Object.keys(BY).map(option), lasso);
}

function handles(drawing) {
  const handle = (sign, name, act) => h("button", { type: "button", class: "handle", "aria-label": t(name), onclick: act }, sign);
  return h("div", { class: "handles" }, handle("+", "mapNearer", () => drawing.zoom(1.6)), handle("−", "mapFarther", () => drawing.zoom(1 / 1.6)), handle("⤢", "mapWhole", () => drawing.to(0.5, 0.5, 1)));
}

function palette(points, by, element) {
  const style = getComputedStyle(element);
  const read = (name) => style.getPropertyValue(name).trim();
  const packed = (colour, alpha = 255) => {
    const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
    return ((alpha << 24) | (b << 16) | (g << 8) | r) >>> 0;
  };
  const hues = Array.from({ length: HUES }, (_, i) => read(`--t${i}`));
  const shades = LEVELS.map((name) => packed(read(`--${name || "unknown"}`), name ? 255 : 110));
  const own = hues.map((hue) => packed(hue)), top = tops(points.regions);
  const of = {
    topic: (i) => own[top[points.region[i]] % HUES],
    level: (i) => shades[points.level[i] & 3],
    list: (i) => own[points.list[i] % HUES],
  }[by] || ((i) => own[top[points.region[i]] % HUES]);
  return { of, dim: packed(read("--line"), 190), lit: packed(read("--accent")), paper: read("--raised"), font: style.fontFamily,
    ink: read("--ink") };
}

function behave(canvas, overlay, drawing, { lassoing, peek, hide, caught }) {
  const held = new Map();
  let moved = 0, line = null, resting = 0;
  const at = (event) => [event.offsetX, event.offsetY];
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    held.set(event.pointerId, at(event));
    moved = 0;
    if (lassoing()) line = [at(event)];
  });
  canvas.addEventListener("pointermove", (event) => {
    clearTimeout(resting);
    const before = held.get(event.pointerId), now = at(event);
    if (!before) {
      const i = drawing.nearest(...now);
      canvas.style.cursor = lassoing() ? "crosshair" : i < 0 ? "grab" : "pointer";
      resting = setTimeout(() => (i < 0 ? hide() : peek(i, false)), REST);
      return;
    }
    moved += Math.abs(now[0] - before[0]) + Math.abs(now[1] - before[1]);
    if (line) {
      line.push(now);
      trace(overlay, line, drawing);
    } else if (held.size === 2) {
      const other = [...held.entries()].find(([id]) => id !== event.pointerId)[1];
      drawing.zoom(Math.hypot(now[0] - other[0], now[1] - other[1]) / Math.max(1, Math.hypot(before[0] - other[0], before[1] - other[1])), ...other);
    } else drawing.pan(now[0] - before[0], now[1] - before[1]);
    held.set(event.pointerId, now);
  });
  const ended = (event) => {
    if (!held.delete(event.pointerId)) return;
    if (line) {
      const drawn = line;
      line = null;
      drawing.later();
      if (drawn.length > 2) caught(drawing.inside(drawn));
    } else if (moved < 5 && event.type === "pointerup") {
      const i = drawing.nearest(...at(event));
      if (i >= 0) peek(i, true);
    }
  };
  canvas.addEventListener("pointerup", ended);
  canvas.addEventListener("pointercancel", ended);
  canvas.addEventListener("pointerleave", () => { clearTimeout(resting); hide(); });
  canvas.addEventListener("dblclick", (event) => drawing.zoom(2, ...at(event)));
  canvas.addEventListener("wheel", (event) => { event.preventDefault(); drawing.zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.06 : 0.0016)), ...at(event)); }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    const act = { ArrowLeft: () => drawing.pan(STEP, 0), ArrowRight: () => drawing.pan(-STEP, 0), ArrowUp: () => drawing.pan(0, STEP), ArrowDown: () => drawing.pan(0, -STEP),
      "+": () => drawing.zoom(1.4), "=": () => drawing.zoom(1.4), "-": () => drawing.zoom(1 / 1.4), 0: () => drawing.to(0.5, 0.5, 1) }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });
}

function trace(overlay, line, drawing) {
  drawing.draw();
  const context = overlay.getContext("2d");
  context.beginPath();
  line.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.closePath();
  context.strokeStyle = getComputedStyle(overlay).getPropertyValue("--accent");
  context.lineWidth = 2;
  context.stroke();
}

async function peek(card, i, points, drawing, canvas, acts, pinned) {
  if (card.dataset.pinned && !pinned) return;
  const [{ results: [one] }] = [await source.mapResources([i])];
  if (!one) return;
  if (pinned) card.dataset.pinned = "yes";
  const close = h("button", { type: "button", class: "act", onclick: () => { delete card.dataset.pinned; card.hidden = true; } }, t("close"));
  card.replaceChildren(h("p", { class: "title" }, outward(one.url, one.title)),
    h("p", { class: "meta" }, [level(one.level, one.level_confidence), one.kind ? t(one.kind) : null, listNames(points.lists)[points.list[i]] || null].filter(Boolean).map((fact) => h("span", { class: "fact" }, fact))),
    h("button", { type: "button", class: "act", onclick: () => acts.similar(one) }, t("similar")), ...(pinned ? [close] : []));
  const [x, y] = drawing.toScreen(points.x[i] / 65535, points.y[i] / 65535);
  card.hidden = false;
  card.style.insetInlineStart = `${x}px`;
  card.style.insetBlockStart = `${y}px`;
  card.classList.toggle("left", x > canvas.clientWidth * 0.62);
  card.classList.toggle("up", y > canvas.clientHeight * 0.6);
}

async function lightUp(drawing, chosen, q, acts) {
  const { points, results } = await source.mapFind(q);
  drawing.light(points);
  show(chosen, results, points.length, acts);
}

async function list(chosen, inside, acts) {
  if (!inside.length) return chosen.replaceChildren();
  const { results } = await source.mapResources(inside.slice(0, 200));
  show(chosen, results, inside.length, acts);
}

function show(chosen, results, n, acts) {
  chosen.replaceChildren(h("div", { class: "maphead" }, h("p", { class: "lead" }, t("mapChosen", { n })),
    h("button", { type: "button", class: "plain", onclick: () => saved(results) }, t("mapSave"))), resultList(results, acts));
}

// A Markdown list as anybody keeps one: what was chosen here is readable everywhere.
function saved(results) {
  const plain = (text) => text.replace(/([\\[\]])/g, "\\$1").replace(/\s+/g, " ");
  const text = `# ${t("mapListTitle")}\n\n${results.map((r) => `- [${plain(r.title)}](${r.url.replace(/[()\s]/g, encodeURIComponent)})${r.author ? ` (${plain(r.author)})` : ""}`).join("\n")}\n`;
  const link = h("a", { href: URL.createObjectURL(new Blob([text], { type: "text/markdown" })), download: "nextread-list.md" });
  link.click();
  URL.revokeObjectURL(link.href);
}

function legend(points, state) {
  const entry = (colour, name, count) => h("li", {}, h("span", { class: `key ${colour}`, "aria-hidden": "true" }), h("span", { dir: "auto" }, `${name} `), h("span", { class: "count" }, String(count)));
  const counted = (values) => { const counts = []; for (const value of values) counts[value] = (counts[value] || 0) + 1; return counts; };
  if (state.by === "level") {
    const counts = counted(points.level.map((value) => value & 3));
    return h("ul", { class: "legend" }, [1, 2, 3].map((i) => entry(`l-${LEVELS[i]}`, t(LEVELS[i]), counts[i] || 0)), entry("l-unknown", t("mapUnknown"), counts[0] || 0));
  }
  if (state.by === "list") {
    const counts = counted(points.list);
    const order = listNames(points.lists).map((name, i) => [name, i]).sort((a, b) => (counts[b[1]] || 0) - (counts[a[1]] || 0)).slice(0, HUES);
    return h("ul", { class: "legend" }, order.map(([name, i]) => entry(`t${i % HUES}`, name, counts[i] || 0)));
  }
  return h("ul", { class: "legend" }, points.regions.map((region, i) => (region.depth === 1 ? entry(`t${i % HUES}`, nameOf(region) || "—", region.count) : null)));
}

// Regions as nested lists; what a region holds is asked for when it is opened.
function asList(points, drawing, acts) {
  const within = points.regions.map(() => []), members = points.regions.map(() => []);
  points.regions.forEach((region, i) => { if (region.parent >= 0) within[region.parent].push(i); });
  for (let i = 0; i < points.n; i++) members[points.region[i]]?.push(i);
  const branch = (i) => {
    const region = points.regions[i];
    const inner = h("div", {});
    const open = async (event) => {
      event.stopPropagation();
      if (!event.target.open || inner.childElementCount) return;
      inner.append(h("button", { type: "button", class: "act", onclick: () => { drawing.to(region.x, region.y, [1, 2.4, 5, 10][region.depth]); scrollTo({ top: 0, behavior: "smooth" }); } }, t("mapShow")), ...within[i].map(branch));
      if (!members[i].length) return;
      const { results } = await source.mapResources(members[i].slice(0, 200));
      inner.append(h("ul", {}, results.map((one) => h("li", {}, outward(one.url, one.title), " ", h("button", { type: "button", class: "act", onclick: () => acts.similar(one) }, t("similar"))))));
    };
    return h("details", { ontoggle: open }, h("summary", { dir: "auto" }, `${nameOf(region) || "—"} (${region.count})`), inner);
  };
  return h("details", { class: "aslist" }, h("summary", {}, t("mapList")), points.regions.map((region, i) => (region.depth === 1 ? branch(i) : null)));
}

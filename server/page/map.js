// The map of the collection, and the same as a list for those who do not see it.

import { h, outward, svg } from "./dom.js";
import { t } from "./say.js";
import { level } from "./results.js";

const WIDTH = 960, HEIGHT = 620, EDGE = 44;
const LEVELS = ["beginner", "intermediate", "advanced"];

export function mapView(found, state, acts) {
  const card = h("div", { class: "peek", hidden: true });
  const dots = found.points.map((point) => dot(point, state, card, acts));
  const label = t("mapLabel", { n: found.points.length, m: found.topics.length });
  const drawing = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "map", role: "img", "aria-label": label },
    svg("g", { class: "dots" }, dots), svg("g", { class: "names", "aria-hidden": "true" }, state.by === "level" ? [] : names(found.topics)));
  drawing.addEventListener("pointerleave", () => hide(card));
  return [
    h("div", { class: "maphead" }, h("p", { class: "lead" }, t("mapText", { by: t(state.by === "level" ? "mapLevel" : "mapTopic") })), switcher(state, acts)),
    h("div", { class: "sheet" }, drawing, card),
    legend(found, state),
    asList(found, acts),
  ];
}

const place = (point) => [EDGE + point.x * (WIDTH - 2 * EDGE), HEIGHT - EDGE - point.y * (HEIGHT - 2 * EDGE)];

function dot(point, state, card, acts) {
  const [cx, cy] = place(point);
  const colour = state.by === "level" ? `l-${point.level || "unknown"}` : `t${point.topic}`;
  return svg("circle", { cx, cy, r: 7, class: `dot ${colour}`, "data-id": point.id,
    onpointerenter: () => peek(card, point, cx, cy, acts), onclick: () => peek(card, point, cx, cy, acts, true) });
}

function peek(card, point, cx, cy, acts, pinned = false) {
  if (card.dataset.pinned && !pinned) return;
  if (pinned) card.dataset.pinned = "yes";
  card.replaceChildren(h("p", { class: "title" }, outward(point.url, point.title)),
    h("p", { class: "meta" }, [level(point.level), point.kind ? t(point.kind) : null].filter(Boolean).map((fact) => h("span", { class: "fact" }, fact))),
    h("button", { type: "button", class: "act", onclick: () => acts.similar(point) }, t("similar")));
  card.hidden = false;
  card.style.insetInlineStart = `${(cx / WIDTH) * 100}%`;
  card.style.insetBlockStart = `${(cy / HEIGHT) * 100}%`;
  card.classList.toggle("left", cx > WIDTH * 0.62);
  card.classList.toggle("up", cy > HEIGHT * 0.6);
}

function hide(card) {
  if (!card.matches(":hover") && !card.dataset.pinned) card.hidden = true;
}

// Names are moved down until they touch none that stands already.
function names(topics) {
  const taken = [];
  return topics.map((topic, number) => ({ ...topic, number })).filter((topic) => topic.name).map((topic) => {
    let [x, y] = place(topic);
    const half = topic.name.length * 5.5;
    x = Math.min(WIDTH - half - 8, Math.max(half + 8, x));
    while (taken.some((other) => Math.abs(other[1] - y) < 22 && Math.abs(other[0] - x) < other[2] + half)) y += 8;
    taken.push([x, y, half]);
    return svg("text", { x, y, class: `topic t${topic.number}`, "text-anchor": "middle" }, topic.name);
  });
}

function switcher(state, acts) {
  const option = (by, name) => h("button", { type: "button", class: "chip", "aria-pressed": String(state.by === by), onclick: () => acts.colour(by) }, t(name));
  return h("div", { class: "group", role: "group", "aria-label": t("mapBy") }, h("span", { class: "name", "aria-hidden": "true" }, t("mapBy")), option("topic", "mapTopic"), option("level", "mapLevel"));
}

function legend(found, state) {
  const entry = (colour, name, count) => h("li", {}, h("span", { class: `key ${colour}`, "aria-hidden": "true" }), `${name} `, h("span", { class: "count" }, String(count)));
  if (state.by !== "level") return h("ul", { class: "legend" }, found.topics.map((topic, i) => entry(`t${i}`, topic.name || "—", topic.count)));
  const count = (name) => found.points.filter((point) => (point.level || "unknown") === name).length;
  return h("ul", { class: "legend" }, LEVELS.map((name) => entry(`l-${name}`, t(name), count(name))), entry("l-unknown", t("mapUnknown"), count("unknown")));
}

function asList(found, acts) {
  return h("details", { class: "aslist" }, h("summary", {}, t("mapList")),
    found.topics.map((topic, i) => h("section", {}, h("h3", { dir: "auto" }, topic.name || "—"),
      h("ul", {}, found.points.filter((point) => point.topic === i).map((point) =>
        h("li", {}, outward(point.url, point.title), " ", h("button", { type: "button", class: "act", onclick: () => acts.similar(point) }, t("similar"))))))));
}

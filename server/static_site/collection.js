// What is known of every resource: columns for filters and points, records by place, marks.

import { holding, piece, plan, Problem } from "./pieces.js";
import { t } from "./say.js";

const LEVELS = ["beginner", "intermediate", "advanced"];
const KEPT = "nextread_marks";
const ENDS = { like: ["dislike"], dislike: ["like"], read: ["later", "started"], later: ["started"], started: ["later"] };

export const marks = () => JSON.parse(localStorage.getItem(KEPT) || "{}");

export function keep(id, how) {
  const all = marks();
  const left = how === "clear" ? [] : [...(all[id] || []).filter((m) => m !== how && !(ENDS[how] || []).includes(m)), how];
  localStorage.setItem(KEPT, JSON.stringify({ ...all, [id]: left }));
  return left;
}

// The places of all that is marked, with the marks; what this export no longer has is left out.
export async function marked() {
  const all = Object.entries(marks()).filter(([, hows]) => hows.length);
  const found = await Promise.all(all.map(async ([id, hows]) => [await placeOf(id), hows]));
  return new Map(found.filter(([place]) => place !== undefined));
}

export async function placeOf(id) {
  const places = await holding("ids", id);
  return Object.hasOwn(places, id) ? places[id] : undefined;
}

export async function known(id) {
  const place = await placeOf(id);
  if (place === undefined) throw new Problem(t("unknownHere"), "", 404);
  return place;
}

export async function records(places) {
  const { block } = await plan();
  const blocks = await Promise.all(places.map((place) => piece(`records/${Math.floor(place / block)}`)));
  const own = marks();
  return places.map((place, i) => ({ parts: {}, ...blocks[i][place % block] })).map((one) => ({ ...one, marks: own[one.id] || [] }));
}

export async function columns() {
  const [all, { kinds }] = await Promise.all([piece("columns"), piece("asking")]);
  const name = (column) => (place) => all.names[column][all[column][place] - 1] ?? null;
  const listed = (place) => all.lists[place].map((number) => all.names.lists[number]);
  return { count: all.rating.length, level: name("level"), kind: name("kind"), language: name("language"), lists: listed, listNames: all.names.lists,
    rating: (place) => all.rating[place] / 100 || null, published: (place) => all.published[place] || null,
    ratingSure: (place) => all.rated[place] / 100, difficulty: (place) => all.difficulty[place] / 10, sure: (place) => all.sure[place] / 100,
    likely: (place) => kinds[all.likely[place] - 1] ?? null, beside: (place) => all.beside[place] / 100 };
}

// How many each value of a filter would leave, given the others.
export async function counts(passes) {
  const c = await columns();
  const count = (but, values) => {
    const found = {};
    for (let place = 0; place < c.count; place += 1) if (passes(place, but)) for (const value of values(place)) if (value) found[value] = (found[value] || 0) + 1;
    return Object.fromEntries(Object.entries(found).sort((a, b) => b[1] - a[1]));
  };
  const levels = count("level", (place) => [c.level(place)]);
  return { levels: Object.fromEntries(LEVELS.filter((l) => levels[l]).map((l) => [l, levels[l]])), kinds: count("kind", (place) => [c.kind(place)]),
    languages: count("lang", (place) => [c.language(place)]), lists: count("list", c.lists) };
}

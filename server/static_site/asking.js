// A question to places, as search/ask has it: words find candidates and so does what they mean; vectors
// of the best of them (pseudo-relevance feedback, Rocchio 1971) bring what says the same in other
// words; what the question asks for and curators say speaks for some. Numbers are the engine's own.

import { columns as known } from "./collection.js";
import { analysed, matches, postings } from "./lexicon.js";
import { meaning } from "./meaning.js";
import { mixture, nearest, unit } from "./nearness.js";
import { piece, plan } from "./pieces.js";

const FEEDBACK = 3, MOVED = 0.25; // the best matches of words, and their weight beside the question's own vector

// The k best places for a question that was understood, with the parts of their scores.
export async function ranked(query, allowed, k) {
  const [told, columns, { queryTokens }] = await Promise.all([piece("asking"), known(), analysed()]);
  const wanted = queryTokens(query.topic);
  const [words, own] = await Promise.all([matches(wanted), meaning(wanted)]);
  const best = [...words.keys()].filter((place) => words[place] > 0).sort((a, b) => words[b] - words[a] || a - b).slice(0, FEEDBACK);
  if (!best.length) return [];
  const shared = unit(await mixture(best.map((place) => [place, 1])));
  const toward = unit(unit(own).map((x, d) => x + MOVED * shared[d]));
  const [worth, half] = told.lexical, several = new Set(wanted).size;
  const lexical = (worth * several) / (several + half) / words[best[0]];
  const priors = priorsOf(query, columns, told);
  const gains = words.map((points, place) => lexical * points + priors.reduce((sum, [, points]) => sum + points(place), 0));
  const near = await nearest(toward, { gains, allowed, worth: told.worth, k });
  return near.map(({ place, near: like }) => ({ place, parts: { dense: told.worth * (like - told.chance), lexical: lexical * words[place],
    ...Object.fromEntries(priors.map(([name, points]) => [name, points(place)])) } }));
}

// Whether nothing is about a question: the best match of its words knows too little of them.
export async function isLittle(query) {
  const [told, { queryTokens }, { count }] = await Promise.all([piece("asking"), analysed(), plan()]);
  const wanted = queryTokens(query.topic), [words, held] = await Promise.all([matches(wanted), postings(wanted)]);
  const rarity = (token) => { const n = held.get(token)?.places.length || 0; return Math.log1p((count - n + 0.5) / (n + 0.5)); };
  const ideal = 100 * told.saturated * wanted.reduce((sum, token) => sum + rarity(token), 0);
  return words.reduce((most, one) => Math.max(most, one), 0) < ideal * told.little[/[\u3400-\u9fff]/.test(query.topic) ? "zh" : "other"];
}

// What speaks for a place beside what it says, as search/rank/priors.py has it: [name, points of a place].
function priorsOf(query, columns, told) {
  const { weights } = told, learning = query.intent === "learning" && !query.kinds.length;
  const asked = (name) => name in query.cues;
  const off = (place) => 1 - Math.abs(columns.difficulty(place) - told.levels.indexOf(query.level) - 1);
  const fits = dated(query), fresh = asked("fresh") ? newest(columns) : null;
  return [
    ["stars", (place) => (columns.rating(place) ? (columns.rating(place) - told.meanStars) / (5 - told.meanStars) : 0) * columns.ratingSure(place)],
    ["lists", (place) => Math.min(1, Math.log2(columns.lists(place).length || 1) / 3)],
    query.level && ["level", (place) => (columns.difficulty(place) ? off(place) * columns.sure(place) : 0)],
    asked("kinds") && ["kind", byKind(columns, served(query.kinds, told.akin))],
    !query.kinds.length && ["usual kind", byKind(columns, told.usual[query.intent || "any"])],
    learning && ["teaches", (place) => (columns.difficulty(place) ? 0 : -1)],
    asked("languages") && ["language", (place) => (query.languages.includes((columns.language(place) || "").split("-")[0]) ? 1 : 0)],
    (asked("after") || asked("before")) && ["date", (place) => fits(columns.published(place))],
    fresh && ["fresh", fresh],
  ].filter(Boolean).map(([name, points]) => [name, (place) => weights[name] * points(place)]);
}

function served(kinds, akin) {
  const worth = {};
  for (const kind of kinds) for (const [other, share] of [[kind, 1], ...Object.entries(akin[kind] || {})]) worth[other] = Math.max(share, worth[other] || 0);
  return worth;
}

// What has no kind counts as what stands beside it, as far as that is sure.
function byKind(columns, worth) {
  return (place) => {
    const kind = columns.kind(place);
    return kind ? worth[kind] || 0 : (worth[columns.likely(place)] || 0) * columns.beside(place);
  };
}

const end = (date) => date.padEnd(10, "~"); // after every day that a date of less precision may mean

// 1 for what surely lies in the dates asked for, -1 for what cannot, 0 for what may.
function dated({ after, before }) {
  return (date) => {
    if (!date) return 0;
    if ((after && end(date) < after) || (before && date >= before)) return -1;
    return (!after || date >= after) && (!before || end(date) < before) ? 1 : 0;
  };
}

function newest(columns) {
  const year = (place) => { const date = columns.published(place); return date ? Number(date.slice(0, 4)) + Number(date.slice(5, 7) || 0) / 12 : null; };
  const all = Array.from({ length: columns.count }, (_, place) => year(place)).filter(Boolean);
  const first = all.reduce((least, one) => Math.min(least, one), Infinity), span = Math.max(1, all.reduce((most, one) => Math.max(most, one), 0) - first);
  return (place) => (year(place) ? (year(place) - first) / span : 0);
}

// Where answers come from in an exported site: an index of its own, loaded in pieces as questions
// need them. Words find candidates; vectors of the best of them (pseudo-relevance feedback, Rocchio
// 1971) bring what says the same in other words. Scores are sums of their parts, as everywhere.

import * as collection from "./collection.js";
import { direction, nearest } from "./nearness.js";
import { holding, piece, plan } from "./pieces.js";
import { analyzer } from "./tokens.js";

export { Problem } from "./pieces.js";

export const features = { path: false, recommend: false, new: false, tools: false, unread: true };

const FEEDBACK = 3, NEAR = 0.6, STARS = 0.1;
let reader = null;

async function analysed() {
  const tables = await piece("analyzer");
  return (reader ??= analyzer(tables));
}

export async function search(asked) {
  const began = performance.now();
  const [{ queryTokens }, passes] = await Promise.all([analysed(), collection.filter(asked), collection.columns()]);
  const wanted = queryTokens(asked.q);
  const results = await shown(await ranked(wanted, passes, asked.k || 20), new Set(wanted));
  return { query: { text: asked.q, topic: asked.q, cues: {} }, took_ms: performance.now() - began, results, facets: await collection.counts(passes) };
}

// The k best places of what has or is like what has the wanted words, with the parts of their scores.
async function ranked(wanted, passes, k) {
  const [words, columns] = await Promise.all([lexical(wanted), collection.columns()]);
  const best = [...words.keys()].filter((place) => words[place] > 0).sort((a, b) => words[b] - words[a] || a - b).slice(0, FEEDBACK);
  if (!best.length) return [];
  const most = words[best[0]], stars = (place) => (columns.rating(place) ? (STARS * (columns.rating(place) - 3.3)) / 1.7 : 0);
  const gains = words.map((points, place) => points / most + stars(place));
  const near = await nearest(await direction(best.map((place) => [place, 1])), { gains, allowed: passes, worth: NEAR, k });
  return near.map(({ place, near: like }) => ({ place, parts: { lexical: words[place] / most, dense: NEAR * like, stars: stars(place) } }));
}

async function lexical(wanted) {
  const words = new Float32Array((await plan()).count);
  for (const [token, found] of await Promise.all(wanted.map(async (one) => [one, await holding("words", one)]))) {
    const [gaps, points] = Object.hasOwn(found, token) ? found[token] : [[], []];
    let place = 0;
    gaps.forEach((gap, i) => { words[place += gap] += points[i]; });
  }
  return words;
}

async function shown(scored, wanted = new Set()) {
  const [found, { spans }] = await Promise.all([collection.records(scored.map(({ place }) => place)), analysed()]);
  return found.map((resource, i) => {
    const parts = Object.fromEntries(Object.entries(scored[i].parts).filter(([, points]) => points));
    const score = Object.values(parts).reduce((sum, points) => sum + points, 0);
    return { ...resource, rank: i + 1, score, parts, matches: { title: spans(resource.title, wanted), snippet: spans(resource.snippet, wanted) } };
  });
}

export const facets = () => piece("facets");

export async function similar(ids) {
  const [liked, { count }] = await Promise.all([Promise.all(ids.map(collection.known)), plan()]);
  const asked = { gains: new Float32Array(count), allowed: (place) => !liked.includes(place), worth: 1, k: 12 };
  const near = await nearest(await direction(liked.map((place) => [place, 1])), asked);
  return { results: await shown(near.map(({ place, near: like }) => ({ place, parts: { dense: like } }))) };
}

export async function resource(id) {
  const [found] = await collection.records([await collection.known(id)]);
  return { resource: found };
}

export const mapPoints = () => piece("map");

export async function mapResources(at) {
  const { places } = await mapPoints();
  const found = await collection.records(at.map((point) => places[point]).filter((place) => place !== undefined));
  return { results: found.map((one) => ({ ...one, snippet: "" })) };
}

export async function mapFind(q) {
  const [{ queryTokens }, { places }] = await Promise.all([analysed(), mapPoints()]);
  const wanted = queryTokens(q), found = await ranked(wanted, () => true, 100);
  const pointOf = new Map(places.map((place, point) => [place, point]));
  return { points: found.map(({ place }) => pointOf.get(place)).filter((point) => point !== undefined), results: await shown(found.slice(0, 20), new Set(wanted)) };
}

export const mark = async (id, how) => ({ id, marks: collection.keep(id, how) });

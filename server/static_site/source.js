// Where answers come from in an exported site: an index of its own, loaded in pieces as questions
// need them. Scores are sums of their parts, as everywhere.

import { isLittle, ranked } from "./asking.js";
import * as collection from "./collection.js";
import { alike, liking } from "./likeness.js";
import { stepsOf } from "./path.js";
import { analysed } from "./lexicon.js";
import { filter, reading } from "./narrowing.js";
import { piece } from "./pieces.js";
import { reasons } from "./reasons.js";
import { understood } from "./understanding.js";

export { Problem } from "./pieces.js";

export const features = { path: true, recommend: true, new: false, tools: false, unread: true, narrow: true, since: false };

const NEIGHBOURS = 3; // what is shown at most where nothing is about a question
const READ = 5; // records looked through for each answer where something is asked to the letter

export async function search(asked) {
  const began = performance.now(), k = asked.k || 20;
  const flags = { level: asked.level, kinds: asked.kind, languages: asked.lang, after: asked.after, before: asked.before };
  const said = await understood(asked.q, flags), query = { ...said, authors: [...(asked.author || []), ...said.authors] };
  let answer = await answered(asked, query, k);
  // Where nothing says the quoted words to the letter they are words like any others.
  const loose = { ...query, exact: [], unsaid: query.exact, operators: query.operators.filter(({ field }) => field !== "exact") };
  if (query.exact.length && !answer.found.length) answer = await answered(asked, loose, k);
  const { queryTokens } = await analysed();
  const results = await shown(answer.found, new Set(queryTokens(query.topic)));
  return { query: answer.query, took_ms: performance.now() - began, results, little: answer.little && results.length > 0, facets: await collection.counts(answer.passes) };
}

async function answered(asked, query, k) {
  const passes = await filter(asked, query), narrow = query.exact.length || query.without.length || query.authors.length;
  // A filter asks what there is of a sort, however near it comes.
  const little = !narrow && !isNarrowed(asked, query) && await isLittle(query);
  const found = await ranked(query, passes, little ? NEIGHBOURS : narrow ? READ * k : k);
  return { query, passes, little, found: narrow ? await read(found, query, k) : found };
}

async function read(found, query, k) {
  const [fits, records] = await Promise.all([reading(query), collection.records(found.map(({ place }) => place))]);
  return found.filter((_, i) => fits(records[i])).slice(0, k);
}

const isNarrowed = (asked, query) => [asked.kind, asked.lang, asked.list, asked.site, query.sites, query.lists].some((one) => one?.length) ||
  Boolean(asked.after || asked.before || asked.max_minutes || asked.min_stars);

async function shown(scored, wanted = new Set()) {
  const [found, { spans }] = await Promise.all([collection.records(scored.map(({ place }) => place)), analysed()]);
  return found.map((resource, i) => {
    const parts = Object.fromEntries(Object.entries(scored[i].parts).filter(([, points]) => points));
    const score = Object.values(parts).reduce((sum, points) => sum + points, 0);
    const because = scored[i].why ? { why: scored[i].why } : {};
    return { ...resource, ...because, rank: i + 1, score, parts, matches: { title: spans(resource.title, wanted), snippet: spans(resource.snippet, wanted) } };
  });
}

export const facets = () => piece("facets");

export async function similar(ids) {
  const liked = await Promise.all(ids.map(collection.known));
  const found = await alike(liked.map((place) => [place, 1 / liked.length]), (place) => !liked.includes(place), 12);
  const why = await reasons(await collection.records(found.map(({ place }) => place)), await collection.records(liked));
  return { results: await shown(found.map((one, i) => ({ ...one, why: why[i] }))) };
}

export async function path(asked) {
  const found = await stepsOf(asked);
  return { results: (await shown(found)).map((one, i) => ({ ...one, step: found[i].step })) };
}

export async function recommend() {
  return { results: await shown(await liking(20)) };
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
  const query = await understood(q), found = await ranked(query, await filter({}, query), 100), wanted = queryTokens(query.topic);
  const pointOf = new Map(places.map((place, point) => [place, point]));
  return { points: found.map(({ place }) => pointOf.get(place)).filter((point) => point !== undefined), results: await shown(found.slice(0, 20), new Set(wanted)) };
}

export const mark = async (id, how) => ({ id, marks: collection.keep(id, how) });

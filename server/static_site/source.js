// Where answers come from in an exported site: an index of its own, loaded with the first question.
// Words find candidates; vectors of the best of them (pseudo-relevance feedback, Rocchio 1971)
// bring what says the same in other words. Scores are sums of their parts, as everywhere.

import { analyzer } from "./tokens.js";

export const features = { path: false, recommend: false, new: false, tools: false, unread: true };

const FEEDBACK = 3, NEAR = 0.6, STARS = 0.1;
let loading = null, drawn = null;

export class Problem extends Error {}

function index() {
  loading ??= load().catch((error) => { loading = null; throw error; });
  return loading;
}

async function load() {
  const [data, tables, binary] = await Promise.all([fetched("data.json"), fetched("tables.json"), fetch("./vectors.bin").then((r) => r.arrayBuffer())]);
  const vectors = new Int8Array(binary);
  const dim = vectors.length / Math.max(1, data.resources.length);
  return { ...data, vectors, dim, analyzer: analyzer(tables), places: new Map(data.resources.map((r, i) => [r.id, i])) };
}

async function fetched(name) {
  const response = await fetch(`./${name}`);
  if (!response.ok) throw new Problem(`${name}: ${response.status}`);
  return response.json();
}

const kept = () => JSON.parse(localStorage.getItem("nextread_marks") || "{}");

export async function search(asked) {
  const began = performance.now();
  const all = await index();
  const wanted = all.analyzer.queryTokens(asked.q);
  const words = lexical(all, wanted);
  const near = feedback(all, words);
  const most = Math.max(...words, 1e-9);
  const scored = all.resources.map((resource, i) => ({ i, parts: parts(resource, words[i] / most, near?.[i] ?? 0) }));
  const shown = scored.filter(({ i }) => near && passes(all.resources[i], asked));
  const results = ranked(all, shown, asked.k || 20, new Set(wanted));
  return { query: { text: asked.q, topic: asked.q, cues: {} }, took_ms: performance.now() - began, results, facets: counts(all, asked) };
}

function lexical(all, wanted) {
  const words = new Float32Array(all.resources.length);
  for (const token of wanted) {
    const postings = Object.hasOwn(all.postings, token) ? all.postings[token] : [];
    for (let i = 0; i < postings.length; i += 2) words[postings[i]] += postings[i + 1];
  }
  return words;
}

function feedback(all, words) {
  const best = [...words.keys()].filter((i) => words[i] > 0).sort((a, b) => words[b] - words[a]).slice(0, FEEDBACK);
  return best.length ? cosines(all, best) : null;
}

function cosines({ vectors, dim, resources }, liked) {
  const mean = new Float32Array(dim);
  for (const i of liked) for (let d = 0; d < dim; d += 1) mean[d] += vectors[i * dim + d];
  const length = Math.hypot(...mean) * 127 || 1;
  return resources.map((_, i) => {
    let sum = 0;
    for (let d = 0; d < dim; d += 1) sum += vectors[i * dim + d] * mean[d];
    return sum / length;
  });
}

function parts(resource, words, near) {
  const found = { lexical: words, dense: NEAR * near, stars: resource.rating ? (STARS * (resource.rating - 3.3)) / 1.7 : 0 };
  return Object.fromEntries(Object.entries(found).filter(([, points]) => points));
}

function ranked(all, scored, k, wanted) {
  const marks = kept();
  const total = (p) => Object.values(p).reduce((sum, points) => sum + points, 0);
  return scored.map((one) => ({ ...one, score: total(one.parts) })).sort((a, b) => b.score - a.score || a.i - b.i).slice(0, k)
    .map(({ i, parts: p, score }, rank) => {
      const resource = all.resources[i];
      const matches = { title: all.analyzer.spans(resource.title, wanted), snippet: all.analyzer.spans(resource.snippet, wanted) };
      return { ...resource, rank: rank + 1, score, parts: p, marks: marks[resource.id] || [], matches };
    });
}

const LEVELS = ["beginner", "intermediate", "advanced"];
const TESTS = {
  level: (r, asked) => !asked.level || r.level === asked.level,
  kind: (r, asked) => !asked.kind?.length || asked.kind.includes(r.kind),
  lang: (r, asked) => !asked.lang?.length || asked.lang.includes(r.language),
  list: (r, asked) => !asked.list?.length || r.lists.some((one) => asked.list.includes(one.list)),
  after: (r, asked) => !asked.after || (r.published && r.published.padEnd(10, "~") >= asked.after),
  before: (r, asked) => !asked.before || (r.published && r.published < asked.before),
  unread: (r, asked) => !asked.unread || !(kept()[r.id] || []).some((how) => !["later", "started"].includes(how)),
};

const passes = (resource, asked, but = "") => Object.entries(TESTS).every(([name, test]) => name === but || test(resource, asked));

function counts(all, asked) {
  const count = (but, values) => {
    const found = {};
    for (const r of all.resources) if (passes(r, asked, but)) for (const value of values(r)) if (value) found[value] = (found[value] || 0) + 1;
    return Object.fromEntries(Object.entries(found).sort((a, b) => b[1] - a[1]));
  };
  const levels = count("level", (r) => [r.level]);
  return { levels: Object.fromEntries(LEVELS.filter((l) => levels[l]).map((l) => [l, levels[l]])), kinds: count("kind", (r) => [r.kind]),
    languages: count("lang", (r) => [r.language]), lists: count("list", (r) => [...new Set(r.lists.map((one) => one.list))]) };
}

export async function facets() {
  return fetched("facets.json");
}

export async function similar(ids) {
  const all = await index();
  const liked = ids.map((id) => all.places.get(id)).filter((i) => i !== undefined);
  const near = cosines(all, liked);
  const scored = all.resources.map((_, i) => ({ i, parts: { dense: near[i] } })).filter(({ i }) => !liked.includes(i));
  return { results: ranked(all, scored, 12, new Set()) };
}

export async function resource(key) {
  const all = await index();
  const found = all.resources[all.places.get(key)];
  if (!found) throw new Problem(key);
  return { resource: { ...found, marks: kept()[found.id] || [] } };
}

export const mapPoints = () => (drawn ??= fetched("map.json"));

export async function mapResources(at) {
  const [all, { ordinals }] = await Promise.all([index(), mapPoints()]);
  return { results: at.map((point) => all.resources[ordinals[point]]).filter(Boolean).map((r) => ({ ...r, parts: {}, snippet: "", marks: kept()[r.id] || [] })) };
}

export async function mapFind(q) {
  const [all, { ordinals }, { results }] = await Promise.all([index(), mapPoints(), search({ q, k: 100 })]);
  const pointOf = new Map(ordinals.map((ordinal, point) => [ordinal, point]));
  return { points: results.map((r) => pointOf.get(all.places.get(r.id))).filter((point) => point !== undefined), results: results.slice(0, 20) };
}

export async function mark(id, how) {
  const ends = { like: ["dislike"], dislike: ["like"], read: ["later", "started"], later: ["started"], started: ["later"] };
  const all = kept();
  const left = how === "clear" ? [] : [...(all[id] || []).filter((m) => m !== how && !(ends[how] || []).includes(m)), how];
  localStorage.setItem("nextread_marks", JSON.stringify({ ...all, [id]: left }));
  return { id, marks: left };
}

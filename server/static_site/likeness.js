// How like a set of examples all else is, as search/recommend/likeness.py has it: what sets them
// apart from the collection (a linear discriminant), words of titles, kinds. Numbers and weights are
// its own, told by the export. And what a reader would like next, by the marks kept in this browser.

import { columns, marked, records } from "./collection.js";
import { analysed, postings } from "./lexicon.js";
import { mixture, nearest, vectorsOf } from "./nearness.js";
import { numbers, piece, plan } from "./pieces.js";
import { t } from "./say.js";

const LOOKED_AT = 36; // candidates whose titles are compared word by word
const GUESS = 0.75; // what BM25 of a title's words is worth of what its words will be, until then
const ROUNDS = 24; // of conjugate gradients
const NEWEST = 50; // marks that train

// The k places most like the examples, [place, weight], the positive weights of which sum to 1.
export async function alike(examples, allowed, k) {
  const [c, told, { count }] = await Promise.all([columns(), piece("likeness"), plan()]);
  const liked = await records(examples.map(([place]) => place));
  const worths = kinds(told, liked.map((one, i) => [one.kind, examples[i][1]]));
  const words = await titles(examples, liked, count);
  const gains = Float32Array.from({ length: count }, (_, place) => (worths[c.kind(place)] || 0) + GUESS * told.weights.words * words.guess[place]);
  const toward = await interest(await mixture(examples), told);
  const near = await nearest(toward, { gains, allowed, worth: told.scale, k: LOOKED_AT, sure: LOOKED_AT });
  const found = await records(near.map(({ place }) => place));
  const scored = near.map(({ place, near: like }, i) => ({ place, title: found[i].title, kind: found[i].kind,
    parts: { dense: told.scale * like, words: told.weights.words * words.overlap(found[i]), kind: worths[found[i].kind] || 0 } }));
  return distinct(scored.map((one) => ({ ...one, score: total(one.parts) })).sort((a, b) => b.score - a.score || a.place - b.place), liked.filter((_, i) => !allowed(examples[i][0])), await analysed()).slice(0, k);
}

const total = (parts) => Object.values(parts).reduce((sum, points) => sum + points, 0);

// What is like what was marked and has not been read; what stands highest where nothing was liked.
export async function liking(k) {
  const [own, told] = await Promise.all([marked(), piece("likeness")]);
  const allowed = (place) => !own.has(place) || own.get(place).includes("later");
  const weights = weighed([...own].slice(-NEWEST), told.marked);
  if (!weights.some(([, weight]) => weight > 0)) return highest(allowed, k);
  const found = await alike(weights, allowed, k);
  for (const one of found) if (own.has(one.place)) one.parts.later = told.saved;
  return explained(found, weights.filter(([, weight]) => weight > 0), own);
}

// The strongest mark of each; the positive ones sum to 1, the negative to -1 at most.
function weighed(own, worth) {
  const strongest = own.map(([place, hows]) => [place, hows.map((how) => worth[how] || 0).reduce((most, w) => (Math.abs(w) > Math.abs(most) ? w : most), 0)]).filter(([, w]) => w);
  const liked = strongest.reduce((sum, [, w]) => sum + Math.max(0, w), 0), disliked = -strongest.reduce((sum, [, w]) => sum + Math.min(0, w), 0);
  return strongest.map(([place, w]) => [place, w > 0 ? w / liked : w / Math.max(disliked, liked)]);
}

async function explained(found, liked, own) {
  const [theirs, ours, named] = await Promise.all([vectorsOf(found.map(({ place }) => place)), vectorsOf(liked.map(([place]) => place)), records(liked.map(([place]) => place))]);
  const near = (a, b) => a.reduce((sum, x, d) => sum + x * b[d], 0);
  return found.map((one, i) => {
    const likes = ours.map((vector) => near(vector, theirs[i]));
    return { ...one, why: own.has(one.place) ? t("whyLater") : t("whyLike", { title: named[likes.indexOf(Math.max(...likes))].title }) };
  });
}

async function highest(allowed, k) {
  const first = (await piece("first")).filter(([place]) => allowed(place)).slice(0, k);
  const found = await records(first.map(([place]) => place));
  return first.map(([place, parts], i) => ({ place, parts, why: agreed(found[i]) }));
}

function agreed({ lists, rating, rating_confidence: sure, kind }) {
  if (lists.length > 1) return t("inLists", { n: lists.length });
  if (rating >= 4 && sure === 1) return t("stars", { n: Math.round(rating) });
  return kind ? t("whyStart", { kind: t(kind) }) : t("whyStartAny");
}

// The direction x for which rounded covariance · x = mixture, in spreads of the collection along it.
async function interest(mixed, told) {
  const above = await numbers("covariance");
  const raw = solved((vector) => times(told, above, vector), mixed);
  const along = raw.reduce((sum, x, d) => sum + x * told.mean[d], 0);
  const image = times(told, above, raw);
  const second = told.variance * raw.reduce((sum, x, d) => sum + x * (image[d] - told.trust * x), 0);
  const spread = told.narrower * Math.sqrt(Math.max(1e-12, second - along * along));
  return Float32Array.from(raw, (x) => x / spread);
}

// A symmetric matrix, told by its diagonal and what lies above it, times a vector.
function times({ diagonal, unit }, above, vector) {
  const image = diagonal.map((x, d) => x * vector[d]), dim = diagonal.length;
  for (let row = 0, at = 0; row < dim; row += 1) for (let column = row + 1; column < dim; column += 1, at += 1) {
    const x = above[at] * unit;
    image[row] += x * vector[column];
    image[column] += x * vector[row];
  }
  return image;
}

// Conjugate gradients (Hestenes and Stiefel 1952).
function solved(image, wanted) {
  const dot = (a, b) => a.reduce((sum, x, d) => sum + x * b[d], 0);
  let x = Array.from(wanted, () => 0), left = [...wanted], way = [...wanted], size = dot(left, left);
  for (let round = 0; round < ROUNDS && size > 1e-12; round += 1) {
    const pushed = image(way), step = size / dot(way, pushed);
    x = x.map((one, d) => one + step * way[d]);
    left = left.map((one, d) => one - step * pushed[d]);
    const next = dot(left, left);
    way = left.map((one, d) => one + (next / size) * way[d]);
    size = next;
  }
  return x;
}

// What each kind is worth: experts' choice, then the examples' own.
function kinds({ expert, trusted, other, weights }, examples) {
  const all = examples.reduce((sum, [, weight]) => sum + Math.abs(weight), 0) || 1;
  const others = other * examples.reduce((sum, [kind, weight]) => sum + (kind ? weight : 0), 0);
  const own = (name) => examples.reduce((sum, [kind, weight]) => sum + (kind === name ? (1 - other) * weight : 0), 0);
  return Object.fromEntries(Object.entries(expert).map(([name, chosen]) =>
    [name, (weights.kind * (trusted * chosen + (examples.length * (own(name) + others)) / all)) / (trusted + examples.length)]));
}

// Words of titles by squared rarity: a guess for every place, and the overlap with one whose title is known.
async function titles(examples, liked, count) {
  const { tokens } = await analysed();
  const said = liked.map((one) => [...new Set(tokens(one.title))]);
  const held = await postings(said.flat());
  const rarity = (token) => Math.log1p((count - held.get(token).places.length + 0.5) / (held.get(token).places.length + 0.5));
  const wanted = new Map(), guess = new Float32Array(count);
  said.forEach((words, i) => {
    const [place, weight] = examples[i], own = new Float32Array(count);
    for (const token of words.filter((one) => held.has(one))) {
      wanted.set(token, (wanted.get(token) || 0) + (weight * rarity(token) ** 2) / (liked[i].length || 1));
      held.get(token).places.forEach((there, at) => { own[there] += held.get(token).points[at]; });
    }
    if (own[place]) own.forEach((points, there) => { if (points) guess[there] += weight * Math.min(1, points / own[place]); });
  });
  const overlap = ({ title, length }) => [...new Set(tokens(title))].reduce((sum, token) => sum + (wanted.has(token) ? wanted.get(token) * rarity(token) ** 2 : 0), 0) / (length || 1);
  return { guess, overlap };
}

// Without those whose title has the words of an earlier one or of a liked one: a copy.
function distinct(scored, liked, { tokens }) {
  const key = (title) => [...new Set(tokens(title))].sort().join(" ");
  const seen = new Set(liked.map((one) => key(one.title)));
  return scored.filter(({ title }) => {
    const words = key(title), again = words && seen.has(words);
    seen.add(words);
    return !again;
  });
}

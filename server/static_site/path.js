// A learning path, as search/recommend/path.py draws it, over what the browser has: works that teach
// and whose title names the topic and little else; something short to begin with, one main work, then what
// adds most (facility location); easy before hard. Numbers and sentences are its own, told by the
// export. Not there: sections and what they are called, curators' numbering, other names of a topic.

import { ranked } from "./asking.js";
import { columns, marked, records } from "./collection.js";
import { analysed, postings } from "./lexicon.js";
import { unit, vectorsOf } from "./nearness.js";
import { piece, plan } from "./pieces.js";
import { language } from "./say.js";
import { understood } from "./understanding.js";

const LOOKED_AT = 60; // answers that are looked through
const ON = 0.7; // share of a title from which it is on the topic
const OTHER = 4; // what a word weighs that the topic does not have
const PARTS = /\s*[:：|｜—–?？!！()（）[\]【】]\s*|\s-\s|\.\s|\sby\s+[A-Z].*$/;

export async function stepsOf({ topic, steps, level, hours }) {
  const [told, pool] = await Promise.all([piece("path"), works(topic)]);
  const [low, high] = told.reach[level || "any"];
  const suiting = pool.filter((each) => low <= each.level && each.level <= high);
  const order = ordered(await chosen(suiting, Number(steps) || 7, Number(hours) || Infinity, told), told, await analysed());
  const why = reasons(order, order.length < (Number(steps) || 7) && !Number(hours), told[language], await analysed());
  return order.map(({ place, parts }, i) => ({ place, parts, step: i + 1, why: why[i] }));
}

async function works(topic) {
  const [c, told, own, reader] = await Promise.all([columns(), piece("path"), marked(), analysed()]);
  const read = (place) => (own.get(place) || []).some((how) => how !== "later" && how !== "started");
  const teaches = (place) => c.level(place) && !told.untaught.includes(c.kind(place)) && !read(place);
  const wanted = reader.queryTokens(topic);
  const found = await ranked({ ...await understood(topic), topic }, teaches, LOOKED_AT);
  if (!found.length) return [];
  const [shown, names, { mean }] = await Promise.all([records(found.map(({ place }) => place)), naming(wanted, told, reader), piece("likeness")]);
  const scores = found.map(({ parts }) => Object.values(parts).reduce((sum, points) => sum + points, 0));
  const middle = [...scores].sort((a, b) => a - b)[scores.length >> 1], span = Math.max(1e-6, scores[0] - middle);
  const native = /[\u3400-\u9fff]/.test(topic) ? "zh" : "en", titles = new Set();
  const on = found.map((one, i) => ({ ...one, ...shown[i], parts: one.parts, scope: names(shown[i]), score: scores[i] }))
    .filter(({ scope, title }) => { const again = titles.has(title); titles.add(title); return scope && !again; });
  const wholly = on.some(({ scope }) => scope >= ON) ? on.filter(({ scope }) => scope >= ON) : on;
  const first = wholly.filter((one) => !(told.deep.includes(one.kind) && one.lists.length < told.agreed));
  const pool = first.length ? first : wholly;
  const vectors = await vectorsOf(pool.map(({ place }) => place));
  return pool.map((one, i) => ({ ...one, level: told.levels.indexOf(one.level) + 1, card: unit(vectors[i].map((x, d) => x - mean[d])),
    general: one.scope > 0.99, foreign: Boolean(one.language) && one.language !== native,
    worth: (one.score - middle) / span + (told.teaches[one.kind] || 0) + told.scope * one.scope + (one.language === native ? told.native : 0) }));
}

// The topic's share of the telling words of a title or of a part of it, as search/recommend/scope.py
// has it; how common words are that the topic does not have is not known here.
async function naming(wanted, told, { tokens }) {
  const [held, { count }] = await Promise.all([postings(wanted), plan()]);
  const rarity = (token) => { const n = held.get(token)?.places.length || 0; return Math.log1p((count - n + 0.5) / (n + 0.5)); };
  const weights = new Map(wanted.map((token) => [token, Math.max(0.1, rarity(token))])), how = new Set(told.how);
  const all = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  const has = (had) => [...weights].reduce((sum, [token, weight]) => sum + (had.has(token) ? weight : 0), 0) / all;
  const telling = (token) => Math.min(told.most, Math.max(told.least, rarity(token)));
  const share = (part, above) => {
    const had = new Set(tokens(part));
    if (has(had) < told.half || has(new Set([...had, ...above])) < told.named) return 0;
    const others = tokens(told.howInChinese.reduce((text, word) => text.replaceAll(word, " "), part)).filter((token) => !how.has(token) && !weights.has(token));
    const on = [...had].filter((token) => weights.has(token)).reduce((sum, token) => sum + telling(token), 0);
    return on / (on + OTHER * new Set(others).size);
  };
  return ({ title, headings }) => Math.max(...[title, ...title.split(PARTS)].filter(Boolean).map((part) => share(part, headings.flatMap(tokens))));
}

async function chosen(pool, steps, hours, told) {
  const read = [...await marked()].filter(([, hows]) => hows.includes("read")).map(([place]) => place);
  const { mean } = await piece("likeness");
  const known = (await vectorsOf(read)).map((vector) => unit(vector.map((x, d) => x - mean[d])));
  const covered = pool.map((each) => Math.max(0, ...known.map((card) => dot(each.card, card))));
  const most = Math.max(...pool.map((each) => each.worth)), least = Math.min(most, told.worth * most), path = [];
  for (let left = hours; path.length < steps;) {
    const open = pool.map((_, row) => row).filter((row) => pool[row].worth >= least && hoursOf(pool[row], told) <= left && fits(pool[row], path, told));
    const preferred = inOrder(pool, open, path, told);
    if (!preferred.length) break;
    const best = preferred.map((row) => [gain(pool, row, path, covered, told), row]).sort((a, b) => b[0] - a[0] || a[1] - b[1])[0][1];
    path.push(pool[best]);
    left -= hoursOf(pool[best], told);
    pool.forEach((each, row) => { covered[row] = Math.max(covered[row], like(each, pool[best])); });
  }
  return path;
}

const dot = (a, b) => a.reduce((sum, x, d) => sum + x * b[d], 0);
const like = (a, b) => Math.max(0, dot(a.card, b.card));
const hoursOf = (each, { usual, short }) => each.hours || (each.minutes ? each.minutes / 60 : usual[each.kind] || short);

function fits(each, path, told) {
  if (path.some((other) => other === each || dot(each.card, other.card) > told.same)) return false;
  const among = (kinds) => path.filter((other) => kinds.includes(other.kind)).length;
  if (told.long.includes(each.kind)) return among(told.long) < told.mostLong;
  if (told.deep.includes(each.kind)) return among(told.deep) < told.mostDeep;
  return each.level > 1 || path.filter((other) => other.level === 1 && !told.long.includes(other.kind)).length < told.mostEasy;
}

// Of rows those in the language asked in that say what no step says yet; while steps are few, others
// in it, then foreign ones; these throughout where nothing else is.
function inOrder(pool, rows, path, told) {
  const apart = (row) => !path.some((other) => alike(pool[row], other, told));
  const own = rows.filter((row) => !pool[row].foreign), few = path.length < told.few;
  if (own.some(apart)) return own.filter(apart);
  if (own.length && few) return own;
  return few || pool.every(({ foreign }) => foreign) ? rows.filter(apart) : [];
}

// Whether two steps would say much the same.
function alike(one, other, told) {
  const depth = depthOf(one, told);
  return one.level === other.level && depth === depthOf(other, told) && (depth === 1 || Boolean(one.kind && other.kind && one.general && other.general));
}

const depthOf = ({ kind }, { long, deep }) => (deep.includes(kind) ? 2 : long.includes(kind) ? 1 : 0);

function gain(pool, row, path, covered, told) {
  const each = pool[row], worths = pool.map((other) => Math.max(0, other.worth)), long = told.long.includes(each.kind);
  const fresh = pool.reduce((sum, other, at) => sum + Math.max(0, like(other, each) - covered[at]) * worths[at], 0);
  const brought = each.worth * (1 - 0.5 * covered[row]) + fresh / Math.max(1e-6, worths.reduce((sum, worth) => sum + worth, 0)) + (path.some((other) => other.level === each.level) ? 0 : told.new);
  if (!path.length) return brought - 0.5 * (each.level - 1) - 0.5 * long - 0.5 * told.deep.includes(each.kind);
  return brought + told.new * (each.lists.length >= told.en.agreed) + told.new * (long && !path.some((other) => told.long.includes(other.kind)));
}

// Easy before hard; on one level what a curator says comes first, then the short before the long.
function ordered(path, told, { tokens }) {
  const later = (each) => (each === path[0] && !told.long.includes(each.kind) ? 0 : 1);
  const leans = (each, on) => { const had = new Set(tokens(each.requires || "")), taught = tokens(on.title); return taught.length > 0 && taught.every((token) => had.has(token)); };
  const order = [];
  for (const each of [...path].sort((a, b) => a.level - b.level || later(a) - later(b) || depthOf(a, told) - depthOf(b, told))) {
    let at = order.length;
    while (at && order[at - 1].level === each.level && leans(order[at - 1], each) && !leans(each, order[at - 1])) at -= 1;
    order.splice(at, 0, each);
  }
  return order;
}

// Why each step is there, as path_reasons.py says it, in the reader's language.
function reasons(path, ended, said, { tokens }) {
  const told = path.map((step, at) => {
    const why = placeOf(path, at, said);
    if (step.requires && step.requires.length <= said.longest) why.push(required(path.slice(0, at), step.requires, said, tokens));
    if (step.language !== said.own && ["en", "zh"].includes(step.language)) why.push(said[step.language]);
    if (step.lists.length >= said.agreed) why.push(filled(said.lists, step.lists.length));
    else if (step.rating_confidence === 1 && step.rating >= 4) why.push(filled(said.stars, Math.round(step.rating)));
    if (step.hours >= 1) why.push(filled(said.hours, Math.round(step.hours)));
    else if (step.minutes) why.push(filled(said.minutes, Math.max(1, Math.round(step.minutes))));
    return why;
  });
  if (ended && told.length) told.at(-1).push(said.ended);
  return told.map((why) => why.join(said.joint));
}

const filled = (said, ...values) => said.replace(/\{(\d)\}/g, (_, i) => values[i]);

// How hard a step is beside what came before, and what one does with it.
function placeOf(path, at, said) {
  const { level, kind } = path[at], before = path.slice(0, at);
  const harder = at > 0 && level > Math.max(...before.map((other) => other.level));
  const place = at === 0 ? [said[`start ${level}`]] : harder ? [said[`harder ${level}`]] : [];
  const had = before.some((other) => other.kind === kind);
  const how = said[`${had ? (harder ? "further" : "more") : "first"} ${kind}`];
  return how ? [...place, how] : place.length ? place : [said[`other ${level}`]];
}

function required(before, wanted, said, tokens) {
  const words = tokens(wanted), at = before.findIndex(({ title }) => tokens(title).some((token) => words.includes(token)));
  return at < 0 ? filled(said.requires, wanted) : filled(said.covered, wanted, at + 1);
}

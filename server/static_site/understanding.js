// What a question asks for, as search/ask/understand.py and operators.py have it: its topic, its
// operators, and the level, kind, language and dates its words say. The tables are told by the export.

import { analysed } from "./lexicon.js";
import { piece } from "./pieces.js";

const READ = 2000; // characters of a question that are read
const TRIMMED = /^(?:\s|的|[,，。!！:：;；、-])+|(?:\s|的|[,，。!！:：;；、-])+$/gu;
const says = (text) => /[\p{L}\p{N}]/u.test(text);
const spaced = (text) => text.split(/\s+/u).filter(Boolean).join(" ");
const each = (values) => [...new Set(values)];
const compiled = new Map();

function regular(pattern) {
  if (!compiled.has(pattern)) compiled.set(pattern, new RegExp(pattern, "giu"));
  return compiled.get(pattern);
}

const found = (pattern, text) => [...text.matchAll(regular(pattern))].filter((match) => match[0]);

// flags are what filters say, by field; what they say is not sought in the words.
export async function understood(text, flags = {}) {
  const [told, { simplified }] = await Promise.all([piece("asking"), analysed()]);
  const { rest, operators } = split(text.trim(), told);
  const shown = tidy(rest).slice(0, READ);
  const alike = simplified(Array.from(shown, (c) => (c.toLowerCase().length === c.length ? c.toLowerCase() : c)).join(""));
  const values = (field) => each(operators.filter((one) => one.field === field).map((one) => one.value));
  const spans = outside(cuesOf(alike, told), shown, values("exact"));
  const used = spans.filter((cue) => !flags[cue.field]?.length);
  const said = (field) => each(used.filter((cue) => cue.field === field).map((cue) => cue.value));
  const first = (field) => flags[field] || (spans.find((cue) => cue.field === field)?.value ?? null);
  const intent = Object.keys(told.intents).find((name) => told.intents[name].some((pattern) => found(pattern, alike).length));
  return {
    text: text.trim(), topic: topicOf(rest, shown, spans, told), level: first("level"), operators,
    kinds: flags.kinds?.length ? flags.kinds : said("kinds"), languages: flags.languages?.length ? flags.languages : said("languages"),
    after: first("after"), before: first("before"), exact: values("exact"), without: values("without"),
    sites: values("sites"), authors: values("authors"), lists: values("lists"), cues: wordsOf(shown, used),
    intent: intent ?? (flags.level || said("level").length ? "learning" : null),
  };
}

function split(text, told) {
  if (text.length > told.typed) return { rest: text, operators: [] };
  const all = [...text.matchAll(regular(told.operators))].map((match) => [match, operatorOf(match, told)]).filter(([, operator]) => operator);
  let rest = text;
  for (const [match, { field, value }] of all.toReversed()) rest = rest.slice(0, match.index) + (field === "exact" ? value : " ") + rest.slice(match.index + match[0].length);
  const operators = all.map(([, operator]) => operator);
  rest = operators.length ? spaced(rest) : text;
  if (operators.length && !says(rest)) rest = operators.filter(({ field }) => field !== "without").map(({ value }) => value).join(" ");
  return rest ? { rest, operators } : { rest: text, operators: [] };
}

function operatorOf({ 0: said, groups }, told) {
  const keyed = told.fields[(groups.key || "").toLowerCase()];
  for (const [letter, field] of [["k", keyed], ["n", "without"], ["e", "exact"]]) {
    const written = valueOf(groups, letter, told);
    if (written === null || !field) continue;
    const value = field === "sites" ? hostNamed(written) : written;
    return value ? { field, value, said: said.trim() } : null;
  }
  return null;
}

function valueOf(groups, letter, told) {
  for (const quote of "abcd") {
    const quoted = groups[letter + quote];
    if (quoted !== undefined) return says(quoted) ? spaced(quoted) : null;
  }
  const bare = (groups[`${letter}bare`] || "").replace(/[.,;!?。，、；！？)）]+$/u, "");
  if (!/\p{L}/u.test(bare)) return null;
  // A command's -m and -O2, or -site:…, which is no operator.
  if (letter === "n" && ((bare.length < told.shortest && /^[\x00-\x7f]*$/.test(bare)) || /[:：]/.test(bare))) return null;
  return bare;
}

// The host that arxiv.org, www.arxiv.org or an address names; null where it names none.
export function hostNamed(name) {
  const bare = name.trim().replace(/^\w+:\/\//, "").split("/")[0].split(":")[0].toLowerCase();
  return /^[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)+$/u.test(bare) ? bare.replace(/^www\./, "") : null;
}

const tidy = (text) => spaced(text.normalize("NFKC").replace(/[\p{C}\p{Z}]/gu, " "));

function cuesOf(alike, told) {
  const all = [];
  const add = (field, value, match, kept = false) => all.push({ field, value, start: match.index, end: match.index + match[0].length, kept });
  for (const [field, table] of Object.entries(told.cues)) for (const [value, patterns] of Object.entries(table)) for (const pattern of patterns) {
    for (const match of found(pattern, alike)) add(field, value, match, field === "kinds" && found(told.kept, match[0]).length > 0);
  }
  // In a whole question a year is part of what is asked.
  if (!alike.endsWith("?")) for (const [field, patterns] of Object.entries(told.dates)) for (const pattern of patterns) for (const match of found(pattern, alike)) {
    for (const [bound, date] of bounds(field, match.groups)) add(bound, date, match);
  }
  for (const match of found(told.fresh, alike)) add("fresh", "yes", match);
  all.sort((a, b) => a.start - a.end - (b.start - b.end) || a.start - b.start || (a.field < b.field ? -1 : a.field > b.field ? 1 : 0));
  const apart = [];
  const clash = (a, b) => a.start < b.end && b.start < a.end && !(a.start === b.start && a.end === b.end && a.field !== b.field);
  for (const cue of all) if (!apart.some((other) => clash(cue, other))) apart.push(cue);
  return apart.sort((a, b) => a.start - b.start || a.end - b.end);
}

// after is inclusive, before exclusive: in 2023 is after 2023, before 2024.
function bounds(field, { year, month }) {
  if (field === "during") return [["after", year], ["before", String(Number(year) + 1)]];
  return [[field, month >= 1 && month <= 12 ? `${year}-${month.padStart(2, "0")}` : year]];
}

// What was quoted is meant to the letter and says no level.
function outside(spans, shown, exact) {
  const quoted = exact.map(tidy).flatMap((words) => [...places(shown, words)].map((start) => [start, start + words.length]));
  return spans.filter((cue) => !quoted.some(([start, end]) => cue.start < end && start < cue.end));
}

function* places(text, words) {
  for (let at = text.indexOf(words); words && at >= 0; at = text.indexOf(words, at + words.length)) yield at;
}

// What is left when cues and frames are taken out; as asked where that is all or nothing.
function topicOf(written, shown, spans, told) {
  let bare = shown;
  const cut = new Map(spans.filter(({ kept }) => !kept).map(({ start, end }) => [`${start} ${end}`, [start, end]]));
  for (const [start, end] of [...cut.values()].toReversed()) bare = `${bare.slice(0, start)} ${bare.slice(end)}`;
  const unframed = told.frames.reduce((text, frame) => text.replace(regular(frame), " "), bare);
  for (const candidate of [spaced(unframed), spaced(bare)]) {
    if (candidate === shown) return written;
    const topic = trimmed(candidate);
    if (says(topic)) return topic;
  }
  return written;
}

const trimmed = (text) => text.replace(TRIMMED, "").replace(/\s+(?:of|on|about|to|for|with|in|an?|the)$/u, "").replace(/^(?:of|on|about|to|that|an?|the)\s+/iu, "");

function wordsOf(shown, used) {
  const words = {};
  for (const { field, start, end } of used) (words[field] ??= []).push(shown.slice(start, end).trim());
  return Object.fromEntries(Object.entries(words).map(([field, parts]) => [field, each(parts).join(", ")]));
}

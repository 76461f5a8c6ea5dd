// Filters in one line that unfolds: what narrows this question, and what its answers could be
// narrowed to. Counts are of the best answers, not of the collection.

import { h } from "./dom.js";
import { languageName, t } from "./say.js";
import { features } from "./source.js";

const LEVELS = ["beginner", "intermediate", "advanced"];
const SHOWN = 12;
const LISTS = 8;
const NONE = { level: "", kind: [], lang: [], list: [], site: [], author: [], after: "", before: "", since: "", max_minutes: "", min_stars: "", unread: false };

let opened = false;
let wanted = "";

let called = new Map();

// As short as tells lists apart: their own names, with their owners' where two are called so.
export function listNames(lists) {
  const parts = lists.map((name) => name.replace(/\.(md|rst|html|org|opml)$/, "").split("__"));
  const own = parts.map((each) => each.at(-1));
  return parts.map((each, i) => (own.indexOf(own[i]) === own.lastIndexOf(own[i]) ? own[i] : each.join("/")));
}

const listName = (name) => called.get(name) ?? listNames([name])[0];

export function filterBar(state, answer, changed) {
  const counts = answer.among ?? answer.facets;
  const lists = Object.keys(answer.facets.lists), names = listNames(lists);
  called = new Map(lists.map((name, i) => [name, names[i]]));
  const unfold = h("details", { class: "more", open: opened, ontoggle: (event) => { opened = event.target.open; } },
    h("summary", { "data-key": "filters" }, t("filters")),
    levels(state, counts, changed),
    chips(t("kinds"), "kind", counts.kinds, state, changed, t),
    chips(t("languages"), "lang", counts.languages, state, changed, languageName),
    listChooser(state, counts.lists, lists, changed),
    fields(state, changed));
  return h("section", { class: "filters", "aria-label": t("filters") }, narrowed(state, answer.query, changed), unfold);
}

export function active(state) {
  return Object.keys(NONE).some((name) => (Array.isArray(state[name]) ? state[name].length : state[name]));
}

// What narrows the question, by filters and in its own words: one chip each, that takes it away.
export function narrowed(state, query, changed) {
  const each = (name, shown) => state[name].map((value) => [shown(value), { [name]: state[name].filter((other) => other !== value) }]);
  const one = (name, label) => (state[name] ? [[`${label}: ${state[name]}`, { [name]: "" }]] : []);
  const said = (query?.operators || []).map((operator) => [operator.said, { q: without(state.q, operator.said) }]);
  const all = [
    ...said,
    ...(state.level ? [[t(state.level), { level: "" }]] : []),
    ...each("kind", t), ...each("lang", languageName), ...each("list", listName), ...each("site", (host) => host), ...each("author", (name) => name),
    ...one("after", t("from")), ...one("before", t("until")), ...one("since", t("since")), ...one("max_minutes", t("maxMinutes")), ...one("min_stars", t("minStars")),
    ...(state.unread ? [[t("unread"), { unread: false }]] : []),
  ];
  if (!all.length) return null;
  return h("div", { class: "group narrowed", role: "group", "aria-label": t("narrowedTo") },
    all.map(([label, change]) => h("button", { type: "button", class: "chip taken", "aria-label": t("takeAway", { what: label }), onclick: () => changed(change) },
      h("span", { dir: "auto" }, label), h("span", { class: "cross", "aria-hidden": "true" }, "×"))),
    active(state) ? h("button", { type: "button", class: "act clear", onclick: () => changed({ ...NONE }) }, t("clear")) : null);
}

function without(question, said) {
  return question.replace(said, " ").replace(/\s+/g, " ").trim();
}

function group(name, ...content) {
  return h("div", { class: "group", role: "group", "aria-label": name }, h("span", { class: "name", "aria-hidden": "true" }, name), h("div", { class: "choices" }, content.flat()));
}

function levels(state, counts, changed) {
  return group(t("level"), LEVELS.map((name) => {
    const all = counts.levels[name] || 0;
    const given = counts.levels_given ? counts.levels_given[name] || 0 : all;
    const shown = given < all ? `${given ? `${given} + ` : ""}~${all - given}` : String(all);
    return chip(t(name), shown, state.level === name, `level:${name}`, () => changed({ level: state.level === name ? "" : name }), given < all ? t("levelCounts", { n: given, m: all - given }) : null);
  }));
}

function chips(title, field, counts, state, changed, shown) {
  const names = [...new Set([...state[field], ...Object.keys(counts)])].slice(0, SHOWN);
  if (names.length < 2 && !state[field].length) return null;
  return group(title, names.map((name) => toggle(field, name, counts[name], state, changed, shown)));
}

function toggle(field, name, count, state, changed, shown) {
  const on = state[field].includes(name);
  const next = on ? state[field].filter((other) => other !== name) : [...state[field], name];
  return chip(shown(name), String(count || 0), on, `${field}:${name}`, () => changed({ [field]: next }), shown(name) === name ? null : name);
}

function listChooser(state, counts, names, changed) {
  if (names.length < 2) return null;
  const among = [...new Set([...state.list, ...Object.keys(counts), ...names])];
  const found = h("span", { class: "group found" });
  const show = () => {
    const fitting = among.filter((name) => name.toLowerCase().includes(wanted.trim().toLowerCase()));
    found.replaceChildren(...fitting.slice(0, LISTS).map((name) => toggle("list", name, counts[name], state, changed, listName)),
      ...(fitting.length > LISTS ? [h("span", { class: "name" }, t("andMore", { n: fitting.length - LISTS }))] : []));
  };
  const box = names.length > LISTS ? h("input", { type: "search", class: "listbox", placeholder: t("findList", { n: names.length }), "aria-label": t("findList", { n: names.length }), value: wanted, "data-key": "lists",
    oninput: (event) => { wanted = event.target.value; show(); } }) : null;
  if (!box) wanted = "";
  show();
  return group(t("lists"), found, box);
}

function chip(label, count, on, key, act, title = null) {
  return h("button", { type: "button", class: "chip", "aria-pressed": String(on), "data-key": key, title, onclick: act },
    h("span", { dir: "auto" }, label), count === null ? null : h("span", { class: "count" }, count));
}

function fields(state, changed) {
  const field = (name, label, placeholder, more = {}) => h("label", { class: "date" }, h("span", { class: "name" }, label),
    h("input", { type: "text", size: 8, maxlength: 60, placeholder, value: state[name], "data-key": `field:${name}`,
      onchange: (event) => { if (event.target.checkValidity()) changed({ [name]: event.target.value.trim() }); }, ...more }));
  const many = (name, label, placeholder) => field(name, label, placeholder, { value: "", maxlength: 200,
    onchange: (event) => { const value = event.target.value.trim(); if (value) changed({ [name]: [...new Set([...state[name], value])] }); } });
  const day = { pattern: "\\d{4}(-\\d{2}(-\\d{2})?)?", inputmode: "numeric" };
  const asked = !features.narrow ? [] : [
    ...(features.since ? [field("since", t("since"), "7d", { pattern: "\\d{1,4}[dwmy]|\\d{4}(-\\d{2}(-\\d{2})?)?" })] : []),
    field("max_minutes", t("maxMinutes"), "30", { pattern: "[1-9]\\d{0,4}", inputmode: "numeric" }),
    field("min_stars", t("minStars"), "4", { pattern: "[1-5]", inputmode: "numeric" }),
    many("site", t("site"), "arxiv.org"), many("author", t("author"), ""),
  ];
  return h("div", { class: "group fields" }, field("after", t("from"), "2023", day), field("before", t("until"), "2023", day), ...asked,
    features.unread ? chip(t("unread"), null, state.unread, "unread", () => changed({ unread: !state.unread })) : null);
}

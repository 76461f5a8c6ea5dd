// Filters as chips with what each would leave.

import { h } from "./dom.js";
import { languageName, t } from "./say.js";
import { features } from "./source.js";

const LEVELS = ["beginner", "intermediate", "advanced"];

let opened = false;

export function filterBar(state, facets, changed) {
  const main = [
    levels(state, facets.levels, changed),
    chips(t("languages"), "lang", facets.languages, state, changed, languageName),
    chips(t("kinds"), "kind", facets.kinds, state, changed, t),
  ];
  const rest = [
    Object.keys(facets.lists).length > 1 ? chips(t("lists"), "list", facets.lists, state, changed, (name) => name.replace(/\.(md|rst|html)$/, "")) : null,
    dates(state, changed),
  ];
  const used = Boolean(state.list.length || state.after || state.before || state.unread);
  return h("section", { class: "filters", "aria-label": t("filters") }, main,
    h("details", { class: "more", open: used || opened, ontoggle: (event) => { opened = event.target.open; } }, h("summary", {}, t("more")), rest),
    active(state) ? h("button", { type: "button", class: "act clear", onclick: () => changed({ level: "", kind: [], lang: [], list: [], after: "", before: "", unread: false }) }, t("clear")) : null);
}

export function active(state) {
  return Boolean(state.level || state.kind.length || state.lang.length || state.list.length || state.after || state.before || state.unread);
}

function group(name, content) {
  return h("div", { class: "group", role: "group", "aria-label": name }, h("span", { class: "name", "aria-hidden": "true" }, name), content);
}

function levels(state, counts, changed) {
  return group(t("level"), LEVELS.map((name) =>
    chip(t(name), counts[name] || 0, state.level === name, `level:${name}`, () => changed({ level: state.level === name ? "" : name }))));
}

function chips(title, field, counts, state, changed, shown) {
  const names = [...new Set([...state[field], ...Object.keys(counts)])].slice(0, 12);
  if (names.length < 2 && !state[field].length) return null;
  return group(title, names.map((name) => {
    const on = state[field].includes(name);
    const next = on ? state[field].filter((other) => other !== name) : [...state[field], name];
    return chip(shown(name), counts[name] || 0, on, `${field}:${name}`, () => changed({ [field]: next }));
  }));
}

function chip(label, count, on, key, act) {
  return h("button", { type: "button", class: "chip", "aria-pressed": String(on), "data-key": key, onclick: act },
    h("span", { dir: "auto" }, label), count === null ? null : h("span", { class: "count" }, String(count)));
}

function dates(state, changed) {
  const field = (name, label) => h("label", { class: "date" }, h("span", { class: "name" }, label),
    h("input", { type: "text", inputmode: "numeric", size: 7, maxlength: 10, placeholder: "2023", pattern: "\\d{4}(-\\d{2}(-\\d{2})?)?", value: state[name], "data-key": `date:${name}`,
      onchange: (event) => { if (event.target.checkValidity()) changed({ [name]: event.target.value }); } }));
  return h("div", { class: "group" }, field("after", t("from")), field("before", t("until")),
    features.unread ? chip(t("unread"), null, state.unread, "unread", () => changed({ unread: !state.unread })) : null);
}

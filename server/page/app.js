// The page's one state machine: what the address says is what is shown.

import { h } from "./dom.js";
import { filterBar, narrowed } from "./filters.js";
import { loadMap, mapView } from "./map.js";
import { byLevel, resultList } from "./results.js";
import { language, remember, speak, t } from "./say.js";
import * as source from "./source.js";
import { toolsView } from "./tools.js";
import * as views from "./views.js";

const VIEWS = ["search", "path", "map", "new", "recommend", "tools"].filter((name) => ["search", "map"].includes(name) || source.features[name]);
const PAUSE = 140; // milliseconds after a key before asking
const $ = (id) => document.getElementById(id);
const root = document.documentElement;
const box = $("q");

let state = read();
let running = new AbortController();
let timer = 0;
let leaving = [];
let mapped = null;

function read() {
  const p = new URLSearchParams(location.search);
  const view = p.get("view");
  return { view: view === "like" || VIEWS.includes(view) ? view : "search", q: p.get("q") || "", level: p.get("level") || "",
    kind: p.getAll("kind"), lang: p.getAll("lang"), list: p.getAll("list"), site: p.getAll("site"), author: p.getAll("author"),
    since: p.get("since") || "", max_minutes: p.get("max_minutes") || "", min_stars: p.get("min_stars") || "", after: p.get("after") || "", before: p.get("before") || "",
    unread: p.get("unread") === "true", topic: p.get("topic") || "", steps: p.get("steps") || "7", hours: p.get("hours") || "", id: p.get("id") || "",
    url: p.get("url") || "", title: p.get("title") || "", by: p.get("by") || "topic" };
}

const BOX = { path: { ask: "askPath", act: "goPath" }, map: { ask: "askMap", act: "goMap" } };
const FIELDS = { search: ["q", "level", "kind", "lang", "list", "site", "author", "after", "before", "since", "max_minutes", "min_stars", "unread"], path: ["topic", "steps", "level", "hours"], map: ["q", "by"], like: ["id", "url", "title"] };

function address(of = state) {
  const p = new URLSearchParams();
  if (of.view !== "search") p.set("view", of.view);
  for (const field of FIELDS[of.view] || []) {
    for (const value of [of[field]].flat()) if (value && !(field === "steps" && value === "7") && !(field === "by" && value === "topic")) p.append(field, value);
  }
  return p.size ? `?${p}` : location.pathname;
}

function go(change, { push = true } = {}) {
  state = { ...state, ...change };
  const where = address();
  if (push && where !== (location.search || location.pathname)) history.pushState(null, "", where);
  else history.replaceState(null, "", where);
  show();
}

// quiet: what the page shows anyway is only for those who hear it.
function say(text, { quiet = false } = {}) {
  $("status").textContent = text;
  $("status").classList.toggle("hidden", quiet);
}

function put(...content) {
  const focused = document.activeElement?.dataset?.key;
  $("view").replaceChildren(...content.flat().filter(Boolean));
  if (focused) $("view").querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

const acts = {
  similar: (result) => { go({ view: "like", id: result.id, url: "", title: "" }); scrollTo(0, 0); $("main").focus({ preventScroll: true }); },
  colour: (by) => go({ by }, { push: false }),
  mark: async (result, how, on) => {
    try {
      let marked = await source.mark(result.id, on ? "clear" : how);
      // Clearing takes all marks away; the others are put back.
      for (const other of on ? (result.marks || []).filter((m) => m !== how) : []) marked = await source.mark(result.id, other);
      const name = t(how === "like" ? "likeMark" : how);
      say(on ? t("unmarked", { title: result.title }) : t("markedAs", { how: name, title: result.title }));
      return marked.marks;
    } catch (error) {
      say(error.message);
      return null;
    }
  },
};

async function show() {
  running.abort();
  running = new AbortController();
  leaving.splice(0).forEach((leave) => leave());
  const { signal } = running;
  chrome();
  if (!["search"].includes(state.view)) say(t("loading"));
  try {
    await SHOW[state.view](signal);
  } catch (error) {
    if (signal.aborted) return;
    say(error.title || t("errorTitle"), { quiet: true });
    put(views.failed(error, show));
  } finally {
    if (!signal.aborted) $("main").removeAttribute("aria-busy");
  }
}

const SHOW = {
  async search(signal) {
    if (!state.q.trim()) {
      say("");
      const facets = await source.facets(signal);
      const count = Object.values(facets.lists).reduce((most, n) => Math.max(most, n), 0);
      const all = Object.values(facets.languages).reduce((sum, n) => sum + n, 0);
      if (!signal.aborted) put(views.start(Math.max(count, all), language, (q) => { box.value = q; go({ q }); }));
      return;
    }
    $("main").setAttribute("aria-busy", "true");
    if (!$("view").querySelector(".result")) put(views.waiting());
    const asked = Object.fromEntries(FIELDS.search.map((field) => [field, state[field]]));
    const answer = await source.search({ ...asked, k: 20 }, signal);
    if (signal.aborted) return;
    const n = answer.results.length;
    const shown = answer.little ? "little" : ["foundNone", "foundOne"][n] || "found";
    say(t(shown, { n, ms: Math.max(1, Math.round(answer.took_ms)) }), { quiet: answer.little || !n });
    const change = (changed) => { if ("q" in changed) box.value = changed.q; go(changed); };
    // Where nothing is found there is nothing to filter: only what narrowed it can be taken away.
    const filters = n && !answer.little ? filterBar(state, answer, change) : narrowed(state, answer.query, change);
    const level = answer.little ? "" : answer.query.level;
    put(filters, answer.little ? null : views.understood(answer.query), h("h2", answer.little ? {} : { class: "hidden" }, t(answer.little ? "little" : "results")),
      answer.little && n ? h("p", { class: "lead" }, t("nearest")) : null,
      !n ? views.empty("emptyTitle", "emptyText") : level ? byLevel(answer.results, level, acts) : resultList(answer.results, acts),
      source.features.new && n && !answer.little ? views.feedLink(state.q.trim()) : null);
  },
  async path(signal) {
    const form = views.pathForm(state, (change) => go(change));
    const head = [h("h2", {}, t("pathTitle")), form];
    if (!state.topic) {
      say("");
      put(head, h("p", { class: "lead" }, t("pathIntro")));
      return;
    }
    put(head, views.waiting());
    const { results } = await source.path({ topic: state.topic, steps: state.steps, level: state.level, hours: state.hours }, signal);
    if (signal.aborted) return;
    say(results.length ? t("pathFound", { n: results.length }) : "", { quiet: true });
    put(head, results.length ? views.path(results, acts) : views.empty("pathEmpty"));
  },
  async map(signal) {
    mapped ??= await loadMap(signal);
    if (signal.aborted) return;
    say(t("mapReady", { n: mapped.n }), { quiet: true });
    put(mapView(mapped, state, acts));
  },
  new: (signal) => listing("newTitle", "newEmpty", source.latest(signal), signal, () => views.feedLink()),
  recommend: (signal) => listing("recommendTitle", "recommendEmpty", source.recommend(signal), signal,
    (results) => (results.some((one) => "dense" in one.parts) ? null : h("p", { class: "lead" }, t("recommendStart")))),
  async like(signal) {
    put(views.waiting());
    const { head, results } = state.id ? await likeKnown(state.id, signal) : await likePage(signal);
    if (signal.aborted) return;
    say("");
    put(head, h("h2", { class: "hidden" }, t("results")), results.length ? resultList(results, acts) : views.empty("emptyTitle"));
  },
  async tools() {
    say("");
    put(h("h2", {}, t("toolsTitle")), toolsView((leave) => leaving.push(leave)));
  },
};

async function listing(title, nothing, asked, signal, beside) {
  put(h("h2", {}, t(title)), views.waiting());
  const { results } = await asked;
  if (signal.aborted) return;
  say("");
  put(h("h2", {}, t(title)), results.length ? beside(results) : null, results.length ? resultList(results, acts) : h("p", { class: "lead" }, t(nothing)));
}

async function likeKnown(key, signal) {
  const [{ resource }, { results }] = await Promise.all([source.resource(key, signal), source.similar([key], signal)]);
  return { head: views.similarHead(resource), results };
}

async function likePage(signal) {
  try {
    return await likeKnown(state.url, signal);
  } catch (error) {
    if (error.status !== 404) throw error;
  }
  const { url, title } = state;
  const head = views.unknownPage(url, title, async (button) => {
    button.disabled = true;
    try {
      await source.add(url, title);
      button.textContent = t("likeAdded");
    } catch (error) {
      button.textContent = error.message;
    }
  });
  const q = title || url;
  return { head, results: (await source.search({ q: q.slice(0, 2000), k: 12 }, signal)).results };
}

function chrome() {
  root.lang = language === "zh" ? "zh-CN" : "en";
  document.title = [state.q || state.topic || (state.view === "search" ? "" : t(state.view)), "nextread"].filter(Boolean).join(" · ");
  $("nav").setAttribute("aria-label", t("nav"));
  $("nav").replaceChildren(...VIEWS.map((view) => h("a", { href: address({ ...state, view }), "aria-current": state.view === view ? "page" : null,
    onclick: (event) => { if (event.metaKey || event.ctrlKey || event.shiftKey) return; event.preventDefault(); go({ ...asking(view, box.value), view }); } }, t(view))));
  document.querySelector(".skip").textContent = t("skip");
  const { ask, act } = BOX[state.view] || { ask: "ask", act: "go" };
  document.querySelector("label[for=q]").textContent = t(ask);
  box.placeholder = t(ask);
  $("form").querySelector("button").textContent = t(act);
  $("hint").hidden = state.view !== "search" || Boolean(state.q.trim());
  $("hint").firstChild.textContent = t("askHint");
  $("hint").querySelector(".keys").textContent = ` · ${t("keys")}`;
  $("theme").setAttribute("aria-label", t("theme"));
  Object.assign($("ui"), { textContent: t("toLanguage"), lang: language === "zh" ? "en" : "zh-CN" });
  $("ui").setAttribute("aria-label", t("toLanguageLabel"));
  document.querySelector(".foot p").textContent = t("footer");
}

function isDark() {
  return (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
}

function step(by) {
  const links = [...$("view").querySelectorAll(".result h3 a, .step h3 a")];
  if (!links.length) return false;
  const at = links.indexOf(document.activeElement);
  if (at < 0 && document.activeElement !== box && document.activeElement !== document.body && document.activeElement !== $("main")) return false;
  const next = at + by;
  if (next < 0) box.focus();
  else links[Math.min(next, links.length - 1)].focus();
  return true;
}

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const typing = event.target !== box && event.target.matches?.("input, select, textarea");
  if (event.key === "/" && !typing && event.target !== box) {
    event.preventDefault();
    box.focus();
    box.select();
  } else if (event.key === "ArrowDown" && !typing) step(1) && event.preventDefault();
  else if (event.key === "ArrowUp" && !typing && event.target !== box) step(-1) && event.preventDefault();
  else if (event.key === "Escape" && event.target !== box && !typing) box.focus();
}

function typed(event) {
  if (event.isComposing) return;
  clearTimeout(timer);
  const next = meant(box.value);
  timer = setTimeout(() => go(next, { push: state.view !== next.view }), next.view === "search" ? PAUSE : 4 * PAUSE);
}

// The box asks what the tab is about: on Path it draws a path, on the map it lights up answers.
function meant(text) {
  const view = state.view in BOX ? state.view : "search";
  return { ...asking(view, text), view };
}

const asking = (view, text) => (view === "path" ? { topic: text } : view in FIELDS && view !== "like" ? { q: text } : {});
const asked = () => (state.view === "path" ? state.topic : state.q);

root.classList.add("js");
const theme = /(?:^|; )nextread_theme=(light|dark)/.exec(document.cookie)?.[1];
if (theme) root.dataset.theme = theme;
box.addEventListener("input", typed);
box.addEventListener("compositionend", typed);
$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(timer);
  go(meant(box.value));
});
$("theme").addEventListener("click", () => {
  root.dataset.theme = isDark() ? "light" : "dark";
  remember("nextread_theme", root.dataset.theme);
});
$("ui").addEventListener("click", (event) => {
  event.preventDefault();
  speak(language === "zh" ? "en" : "zh");
  show();
});
document.querySelector(".wordmark a").addEventListener("click", (event) => {
  event.preventDefault();
  box.value = "";
  go({ view: "search", q: "", topic: "" });
});
addEventListener("keydown", pressed);
addEventListener("popstate", () => {
  state = read();
  box.value = asked();
  show();
});
box.value = asked();
show();

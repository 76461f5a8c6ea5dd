// One result and lists of them: title, facts, snippet, why, marks.

import { h, hostOf, marked, outward } from "./dom.js";
import { has, languageName, t } from "./say.js";

const LEVELS = ["beginner", "intermediate", "advanced"];
const ASIDE = /^[(（]([^()（）]{1,40})[)）]$/; // a note that only tells a form: (PDF)
const MARKS = [["started", "started"], ["read", "read"], ["like", "likeMark"], ["later", "later"], ["dislike", "dislike"]];

export function resultList(results, acts, { numbered = false } = {}) {
  return h("ol", { class: numbered ? "results numbered" : "results" },
    results.map((result) => h("li", { class: "result" }, card(result, acts))));
}

// Where a level was asked for: that level first, then the nearest; each in the order of the answer.
export function byLevel(results, asked, acts) {
  const far = (name) => (name ? Math.abs(LEVELS.indexOf(name) - LEVELS.indexOf(asked)) : LEVELS.length);
  const names = [...LEVELS, null].sort((a, b) => far(a) - far(b));
  return names.flatMap((name) => {
    const held = results.filter((result) => (result.level || null) === name);
    if (!held.length) return [];
    return [h("h2", { class: "levelgroup" }, t(name || "levelUnknown"), h("span", { class: "count" }, String(held.length))), resultList(held, acts)];
  });
}

export function card(result, acts) {
  const title = `r-${result.id}`;
  const why = h("div", { class: "why", id: `why-${result.id}`, hidden: true });
  const said = result.why || "";
  const aside = ASIDE.exec(result.snippet || "")?.[1];
  return h("article", { "aria-labelledby": title, "data-id": result.id },
    h("h3", { id: title }, outward(result.url, marked(result.title, result.matches?.title))),
    h("p", { class: "meta" }, facts(result, aside)),
    said ? h("p", { class: "because", dir: "auto" }, said) : null,
    result.snippet && !aside ? h("p", { class: "snippet", dir: "auto" }, marked(result.snippet, result.matches?.snippet)) : null,
    h("div", { class: "acts" }, whyButton(result, why), similarButton(result, acts), markButtons(result, acts)),
    why);
}

function facts(result, aside) {
  const lists = new Set(result.lists.map((one) => one.list)).size;
  const shown = [
    level(result.level, result.level_confidence),
    stars(result.rating, result.rating_confidence),
    result.kind ? t(result.kind) : null,
    result.language ? languageName(result.language) : null,
    result.author ? h("bdi", {}, result.author) : null,
    result.published,
    result.minutes ? t("minutes", { n: Math.max(1, Math.round(result.minutes)) }) : null,
    hostOf(result.url),
    aside || null,
    lists > 1 && !result.why ? t("inLists", { n: lists }) : null,
    result.evidence === "list note" ? null : t(result.evidence),
  ].filter(Boolean);
  return shown.map((fact) => h("span", { class: "fact" }, fact));
}

// What no curator said is an estimate, and looks like one: hollow, with ~ before it and how sure.
const isGuess = (confidence) => confidence !== undefined && confidence < 1;
const howSure = (confidence) => (isGuess(confidence) ? t("estimated", { n: Math.round(confidence * 100) }) : null);

export function level(name, confidence) {
  if (!name) return null;
  const dots = LEVELS.indexOf(name) + 1;
  return h("span", { class: isGuess(confidence) ? `level ${name} guess` : `level ${name}`, title: howSure(confidence) },
    h("span", { class: "dots", "aria-hidden": "true" }, (isGuess(confidence) ? "~" : "") + "●".repeat(dots) + "○".repeat(3 - dots)), t(name),
    isGuess(confidence) ? h("span", { class: "hidden" }, ` (${howSure(confidence)})`) : null);
}

function stars(rating, confidence) {
  if (rating === null || rating === undefined) return null;
  const full = Math.round(rating), said = [t("stars", { n: full }), howSure(confidence)].filter(Boolean).join(", ");
  return h("span", { class: isGuess(confidence) ? "stars guess" : "stars", role: "img", "aria-label": said, title: howSure(confidence) },
    isGuess(confidence) ? h("span", { class: "about", "aria-hidden": "true" }, "~") : null,
    h("span", { "aria-hidden": "true" }, "★".repeat(full)), h("span", { class: "off", "aria-hidden": "true" }, "★".repeat(5 - full)));
}

function whyButton(result, panel) {
  if (!Object.keys(result.parts).length) return null;
  const button = h("button", { type: "button", class: "act", "aria-expanded": "false", "aria-controls": panel.id,
    onclick: () => {
      panel.hidden = !panel.hidden;
      button.setAttribute("aria-expanded", String(!panel.hidden));
      if (!panel.hidden) panel.replaceChildren(parts(result));
    } }, t("why"));
  return button;
}

function parts(result) {
  const most = Math.max(...Object.values(result.parts).map(Math.abs), 1e-9);
  const rows = Object.entries(result.parts).sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]));
  return h("div", {}, h("p", { class: "hint" }, t("whyIntro")),
    h("table", { class: "parts" },
      h("tbody", {}, rows.map(([name, points]) => partRow(name, points, most))),
      h("tfoot", {}, h("tr", {}, h("th", { scope: "row" }, t("score")), h("td"), h("td", { class: "points" }, result.score.toFixed(3))))),
    result.evidence === "list note" ? h("p", { class: "hint" }, t("list note")) : null);
}

function partRow(name, points, most) {
  const bar = h("span", { class: points < 0 ? "bar less" : "bar", "aria-hidden": "true" });
  bar.style.inlineSize = `${Math.max(1, (Math.abs(points) / most) * 100)}%`;
  const shown = has(`${name}Part`) ? t(`${name}Part`) : t(name);
  return h("tr", {}, h("th", { scope: "row" }, shown), h("td", { class: "track" }, bar),
    h("td", { class: "points" }, (points < 0 ? "−" : "+") + Math.abs(points).toFixed(3)));
}

function similarButton(result, acts) {
  return h("button", { type: "button", class: "act", onclick: () => acts.similar(result) }, t("similar"));
}

function markButtons(result, acts) {
  const on = new Set(result.marks || []);
  const buttons = MARKS.map(([how, name]) => {
    const button = h("button", { type: "button", class: "act mark", "aria-pressed": String(on.has(how)) }, t(name));
    button.addEventListener("click", async () => {
      const marks = await acts.mark(result, how, button.getAttribute("aria-pressed") === "true");
      if (!marks) return;
      result.marks = marks;
      buttons.forEach((other, i) => other.setAttribute("aria-pressed", String(marks.includes(MARKS[i][0]))));
    });
    return button;
  });
  return h("span", { class: "marks" }, buttons);
}

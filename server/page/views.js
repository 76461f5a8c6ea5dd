// What each view shows: pure functions from answers to elements.

import { h, hostOf, outward } from "./dom.js";
import { card, level, resultList } from "./results.js";
import { languageName, t } from "./say.js";

const EXAMPLES = {
  en: ["explain RLHF simply", "how do transformers work, with pictures", "papers after 2022 on GPT-4", "what is in-context learning?"],
  zh: ["ChatGPT 是怎样训练出来的", "适合零基础的视频", "transformer 图解", "思维链是什么"],
};

export function note(title, ...content) {
  return h("section", { class: "note" }, h("h2", {}, title), ...content);
}

export function start(count, language, ask) {
  return [note(t("startTitle"), count ? h("p", { class: "lead" }, t("startText", { n: count })) : null,
    h("p", { class: "name" }, t("examples")),
    h("ul", { class: "examples" }, EXAMPLES[language].map((text) => h("li", {}, h("button", { type: "button", class: "example", onclick: () => ask(text) }, text)))))];
}

export function empty(title, text) {
  return [note(t(title), text ? h("p", { class: "lead" }, t(text)) : null)];
}

export function failed(error, again) {
  const retry = h("button", { type: "button", class: "plain", onclick: again }, t("retry"));
  if (error.type?.endsWith(":no-index")) return [note(t("noIndexTitle"), h("p", { class: "lead" }, t("noIndexText")), h("p", {}, h("code", {}, "nextread build LIST")), retry)];
  if (error.status === undefined) return [note(t("offlineTitle"), h("p", { class: "lead" }, t("offlineText")), retry)];
  return [note(error.title || t("errorTitle"), h("p", { class: "lead" }, error.message), error.hint ? h("p", { class: "hint" }, error.hint) : null, retry)];
}

export function feedLink(q = "") {
  const href = q ? `/feed.xml?${new URLSearchParams({ q })}` : "/feed.xml";
  return h("p", { class: "hint feed" }, h("a", { href, type: "application/rss+xml" }, t(q ? "feedOf" : "feed")));
}

export function waiting() {
  const bone = () => h("li", { class: "bone" }, h("span"), h("span"), h("span"));
  return [h("ol", { class: "results", "aria-hidden": "true" }, bone(), bone(), bone(), bone())];
}

export function understood(query) {
  const shown = Object.entries(query.cues).filter(([name]) => ["level", "kinds", "languages", "after", "before", "fresh"].includes(name));
  const unsaid = query.unsaid?.length ? h("p", { class: "understood" }, t("unsaid", { words: query.unsaid.join("”, “") })) : null;
  if (!shown.length) return unsaid;
  const meant = { level: () => t(query.level), kinds: () => query.kinds.map((kind) => t(kind)).join(", "), languages: () => query.languages.map(languageName).join(", "),
    after: () => `${t("from")} ${query.after}`, before: () => `${t("until")} ${query.before}`, fresh: () => t("fresh") };
  return h("div", {}, unsaid, h("p", { class: "understood" }, `${t("understood")}: `, shown.map(([field, words], i) => [i ? "; " : "", h("b", {}, meant[field]()), ` (“${words}”)`]).flat()));
}

export function pathForm(state, go) {
  const change = () => go({ steps: steps.value, level: from.value, hours: hours.value });
  const steps = h("input", { id: "steps", type: "number", min: 2, max: 20, value: state.steps, "data-key": "steps", onchange: change });
  const from = h("select", { id: "from", "data-key": "from", onchange: change }, ["", "beginner", "intermediate", "advanced"].map((name) => h("option", { value: name, selected: state.level === name }, t(name || "anyLevel"))));
  const hours = h("input", { id: "hours", type: "number", min: 0.5, step: "any", value: state.hours, "data-key": "hours", onchange: change });
  return h("form", { class: "pathform", onsubmit: (event) => { event.preventDefault(); change(); } },
    h("label", {}, h("span", { class: "name" }, t("pathSteps")), steps),
    h("label", {}, h("span", { class: "name" }, t("pathStart")), from),
    h("label", {}, h("span", { class: "name" }, t("pathHours")), hours));
}

export function path(results, acts) {
  const minutes = results.reduce((sum, result) => sum + (result.minutes || 0), 0);
  return [
    minutes >= 30 ? h("p", { class: "hint" }, t("pathTotal", { n: Math.round(minutes / 6) / 10 })) : null,
    h("ol", { class: "steps" }, results.map((result, i) => h("li", { class: `step ${result.level || ""}` },
      h("span", { class: "node", "aria-hidden": "true" }, String(result.step || i + 1)), card(result, acts)))),
  ].filter(Boolean);
}

export function similarHead(resource) {
  return h("div", { class: "origin" }, h("p", { class: "name" }, t("likeTitle")),
    h("p", { class: "title" }, outward(resource.url, resource.title)), h("p", { class: "meta" }, [level(resource.level, resource.level_confidence), hostOf(resource.url)].filter(Boolean).map((fact) => h("span", { class: "fact" }, fact))));
}

export function unknownPage(url, title, add) {
  const button = h("button", { type: "button", class: "plain", onclick: () => add(button) }, t("likeAdd"));
  return h("div", { class: "origin" }, h("p", { class: "title" }, outward(url, title || url)), h("p", { class: "lead" }, t("likeUnknown")), button);
}

export { resultList };

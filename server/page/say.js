// The interface's words, in the language asked for, remembered, or preferred by the browser.

import words from "./words.js";

function chosen() {
  const asked = new URLSearchParams(location.search).get("ui");
  const kept = /(?:^|; )nextread_ui=(en|zh)/.exec(document.cookie)?.[1];
  const rendered = document.documentElement.dataset.ui;
  const preferred = navigator.languages.map((l) => l.slice(0, 2)).find((l) => l in words);
  return [asked, kept, rendered, preferred, "en"].find((l) => l && l in words);
}

export let language = chosen();

export function t(name, values = {}) {
  const said = words[language][name] ?? words.en[name] ?? name;
  const shown = (value) => (typeof value === "number" ? value.toLocaleString(language) : value ?? "");
  return said.replace(/\{(\w+)\}/g, (_, key) => shown(values[key]));
}

export const has = (name) => name in words.en;

export function speak(other) {
  language = other;
  remember("nextread_ui", other);
}

export function remember(name, value) {
  document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax`;
}

export function languageName(code) {
  try {
    return new Intl.DisplayNames([language === "zh" ? "zh-CN" : "en"], { type: "language" }).of(code);
  } catch {
    return code;
  }
}

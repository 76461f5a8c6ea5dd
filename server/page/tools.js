// Tools: the bookmarklet, the search engine, the feed, and indexing again.

import { h } from "./dom.js";
import { t } from "./say.js";
import * as source from "./source.js";

export function toolsView(leave) {
  const bookmarklet = `javascript:location.href='${location.origin}/?view=like&url='+encodeURIComponent(location.href)+'&title='+encodeURIComponent(document.title)`;
  return h("div", { class: "tools" },
    tool(t("bookmarklet"), h("p", {}, t("bookmarkletText")), h("p", {}, h("a", { class: "plain bookmarklet", href: bookmarklet }, t("bookmarklet")))),
    extension(),
    tool(t("searchEngine"), h("p", {}, t("searchEngineText"))),
    tool(t("feed"), h("p", {}, t("feedText"), " ", h("a", { href: "/feed.xml" }, `${location.origin}/feed.xml`))),
    builder(leave));
}

function tool(name, ...content) {
  return h("section", { class: "toolcard" }, h("h3", {}, name), ...content);
}

function extension() {
  const shown = h("code", { class: "token", tabindex: 0, "aria-label": t("extensionToken") }, "…");
  source.token().then((told) => { shown.textContent = told.token; }, (error) => { shown.textContent = error.message; });
  return tool(t("extension"), h("p", {}, t("extensionText")), h("p", {}, t("extensionToken"), " ", shown), h("p", {}, `${t("extensionPort")} `, h("code", {}, location.port || "80")));
}

function builder(leave) {
  const bar = h("progress", { max: 1, value: 0, hidden: true, "aria-label": t("buildRunning") });
  const said = h("p", { class: "hint", role: "status" });
  const button = h("button", { type: "button", class: "plain" }, t("buildGo"));
  const ended = (text) => { bar.hidden = true; button.disabled = false; said.textContent = text; };
  leave(source.follow((name, event) => {
    if (name === "progress") {
      bar.hidden = false;
      bar.max = event.of || 1;
      bar.value = event.done;
      said.textContent = t(`stage${event.stage[0].toUpperCase()}${event.stage.slice(1)}`);
    } else if (name === "built") ended(event.published ? t("buildDone", { n: event.resources }) : t("buildNothing"));
    else if (name === "failed") ended(t("buildFailed", { why: event.detail }));
  }));
  button.addEventListener("click", async () => {
    button.disabled = true;
    said.textContent = t("buildRunning");
    try {
      await source.build(true);
    } catch (error) {
      ended(t("buildFailed", { why: error.message }));
    }
  });
  return tool(t("buildTitle"), h("p", {}, t("buildText")), button, bar, said);
}

// One click: the page as it stands goes to the reader's own nextread, which says what it knows of it.

import { alike, keep, known, Refused, remember, settings } from "./server.js";
import { t } from "./words.js";

const $ = (id) => document.getElementById(id);

function say(text, bad = false) {
  $("status").textContent = text;
  $("status").classList.toggle("bad", bad);
}

// The tab that the popup opened over; ?tab= names another, where the popup is a page of its own.
async function tabOf() {
  const given = new URLSearchParams(location.search).get("tab");
  if (given) return chrome.tabs.get(Number(given));
  const [tab] = await chrome.tabs.query({ active: true, currentWindow: true });
  return tab;
}

// Runs in the page.
function asItStands() {
  const type = document.doctype ? `<!doctype ${document.doctype.name}>` : "";
  const root = document.documentElement;
  const html = root.getHTML ? root.getHTML({ serializableShadowRoots: true }) : root.innerHTML;
  const marks = [...root.attributes].map((one) => ` ${one.name}="${one.value.replaceAll("&", "&amp;").replaceAll('"', "&quot;")}"`);
  return { url: location.href, title: document.title, html: `${type}<html${marks.join("")}>${html}</html>`, kind: document.contentType };
}

async function read(tab) {
  try {
    const [{ result }] = await chrome.scripting.executeScript({ target: { tabId: tab.id }, func: asItStands });
    return result?.kind?.includes("html") ? result : null;
  } catch {
    return null;
  }
}

async function connect() {
  const { port, token } = await settings();
  $("port").value = port;
  $("token").value = token;
  $("settings").hidden = false;
  $("token").focus();
}

async function save() {
  $("settings").hidden = true;
  const { token, port } = await settings();
  if (!token) return connect();
  const page = await read(await tabOf());
  if (!page) return say(t("unreadable"), true);
  say(t("saving"));
  let key = page.url;
  try {
    const kept = await keep(page.url, page.html);
    key = kept.id || key;
    const n = kept.characters.toLocaleString();
    say(t(kept.id ? "saved" : "savedUnlisted", { n }));
  } catch (error) {
    if (!(error instanceof Refused)) return say(t("unreachable", { port }), true);
    if (error.status === 401) {
      say(t("refused"), true);
      return connect();
    }
    say(t("failed", { why: error.message }), true);
  }
  await tell(page, key);
}

async function tell(page, key) {
  const resource = await known(key);
  $("known").hidden = false;
  $("title").textContent = resource?.title || page.title;
  $("facts").textContent = resource ? factsOf(resource) : t("unknown");
  $("lists").replaceChildren(...(resource?.lists || []).map(mention));
  $("alike").hidden = false;
  $("alike").onclick = () => tellAlike(resource, page.title);
}

function factsOf(resource) {
  const stars = resource.rating ? "★".repeat(Math.round(resource.rating)) : "";
  return [resource.level && t(resource.level), stars, resource.author, resource.published, t(resource.evidence), ...(resource.marks || [])]
    .filter(Boolean)
    .join(" · ");
}

function mention(one) {
  const item = document.createElement("li");
  item.textContent = [one.list, ...one.section].join(" › ") + (one.note ? `: ${one.note}` : "");
  return item;
}

async function tellAlike(resource, title) {
  const found = await alike(resource, title);
  $("results").hidden = false;
  $("results").replaceChildren(...(found.length ? found.map(link) : [document.createTextNode(t("nothing"))]));
}

function link(result) {
  const item = document.createElement("li");
  const anchor = document.createElement("a");
  if (/^https?:/.test(result.url)) anchor.href = result.url;
  Object.assign(anchor, { textContent: result.title, target: "_blank", rel: "noopener noreferrer", dir: "auto" });
  item.append(anchor);
  return item;
}

for (const one of document.querySelectorAll("[data-say]")) one.textContent = t(one.dataset.say);
$("settings").addEventListener("submit", async (event) => {
  event.preventDefault();
  await remember({ port: Number($("port").value), token: $("token").value.trim() });
  await save();
});
await save();

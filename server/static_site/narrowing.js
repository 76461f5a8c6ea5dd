// What filters and operators leave of all there is: by columns, by the words that places hold, and to
// the letter by what records show.

import { columns, marked } from "./collection.js";
import { analysed, postings } from "./lexicon.js";
import { piece, plan, Problem } from "./pieces.js";
import { t } from "./say.js";
import { hostNamed } from "./understanding.js";

const UNREAD = ["later", "started"];
const BETWEEN = /[,;&/|、，；]| and | et al\.?|公众号|官网|[和与與]/u;

// Whether places pass what is asked, but for one of the filters: asked is what the page asks, query the
// question as it was understood.
export async function filter(asked, query) {
  const tests = [...await flagged(asked, query), ["said", await saying(query)]].filter(([, test]) => test);
  return (place, but = "") => tests.every(([name, test]) => name === but || test(place));
}

async function flagged(asked, query) {
  const c = await columns(), sites = hosts([...(asked.site || []), ...query.sites]);
  const more = sites.length || asked.max_minutes || asked.min_stars ? await piece("narrow") : null;
  const lists = listsNamed([...(asked.list || []), ...query.lists], c.listNames);
  const on = new Set((more?.hosts || []).flatMap((host, i) => (sites.some((site) => host === site || host.endsWith(`.${site}`)) ? [i + 1] : [])));
  const read = new Set(asked.unread ? [...await marked()].flatMap(([place, hows]) => (hows.some((how) => !UNREAD.includes(how)) ? [place] : [])) : []);
  return [
    ["kind", asked.kind?.length && ((place) => asked.kind.includes(c.kind(place)))],
    ["lang", asked.lang?.length && ((place) => asked.lang.includes(c.language(place)))],
    ["list", lists.size && ((place) => c.lists(place).some((one) => lists.has(one)))],
    ["after", asked.after && ((place) => c.published(place) && c.published(place).padEnd(10, "~") >= asked.after)],
    ["before", asked.before && ((place) => c.published(place) && c.published(place) < asked.before)],
    ["site", sites.length && ((place) => on.has(more.host[place]))],
    ["minutes", asked.max_minutes && ((place) => more.minutes[place] && more.minutes[place] <= Number(asked.max_minutes))],
    ["stars", asked.min_stars && ((place) => more.given[place] && c.rating(place) >= Number(asked.min_stars))],
    ["unread", read.size && ((place) => !read.has(place))],
  ];
}

function hosts(names) {
  return names.map((name) => {
    const host = hostNamed(name);
    if (!host) throw new Problem(t("noSite", { name }), "arxiv.org, github.com", 400);
    return host;
  });
}

// A list of that name, else each whose name holds it.
function listsNamed(names, known) {
  return new Set(names.flatMap((name) => {
    const meant = known.includes(name) ? [name] : known.filter((one) => one.toLowerCase().includes(name.toLowerCase()));
    if (!meant.length) throw new Problem(t("noList", { name }), "", 400);
    return meant;
  }));
}

// Whether a place holds all words that are asked for to the letter, an author's name, and no word that is not wanted.
async function saying({ exact, without, authors }) {
  if (!exact.length && !without.length && !authors.length) return null;
  const [{ tokens }, { stop }, { count }] = await Promise.all([analysed(), piece("analyzer"), plan()]);
  const told = (words) => tokens(words).filter((token) => !stop.includes(token)); // no piece tells who says "of"
  const every = exact.map(told), names = authors.map(told), unwanted = without.map(tokens).filter((one) => one.length === 1);
  const held = await postings([...every, ...names, ...unwanted].flat());
  const holds = (words) => {
    const times = new Uint16Array(count);
    for (const word of new Set(words)) for (const place of held.get(word)?.places || []) times[place] += 1;
    return (place) => times[place] === new Set(words).size;
  };
  const all = every.map(holds), any = names.map(holds), none = unwanted.map(holds);
  return (place) => all.every((has) => has(place)) && (!any.length || any.some((has) => has(place))) && !none.some((has) => has(place));
}

// Whether what a record shows bears out what is asked to the letter. What it does not show whole may say
// more: there the words themselves, which it holds, are enough.
export async function reading({ exact, without, authors }) {
  const { fold, tokens } = await analysed();
  const wrote = (name, author) => (author || "").split(BETWEEN).some((one) => one && tokens(name).every((token) => tokens(one).includes(token)));
  const unwanted = without.filter((words) => tokens(words).length > 1), several = exact.filter((words) => tokens(words).length > 1);
  return (record) => {
    if (authors.length && !authors.some((name) => wrote(name, record.author))) return false;
    const shown = fold([record.title, record.author || "", record.snippet, ...record.headings].join("\n")).split(/\s+/u).join(" ");
    const whole = record.evidence === "list note" && record.lists.length === 1 && !record.snippet.endsWith("…");
    return !unwanted.some((words) => letters(shown, fold(words))) && several.every((words) => !whole || letters(shown, fold(words)));
  };
}

// Whether a text holds words to the letter and not within a longer word of the same script.
function letters(text, words) {
  const joins = (left, right) => /[a-z0-9\u00c0-\u024f\u0370-\u05ff]/.test(left) && /[a-z0-9\u00c0-\u024f\u0370-\u05ff]/.test(right);
  const wanted = words.trim().split(/\s+/u).join(" ");
  for (let at = text.indexOf(wanted); wanted && at >= 0; at = text.indexOf(wanted, at + 1)) {
    const end = at + wanted.length;
    if (!joins(text.slice(Math.max(0, at - 1), at), wanted[0]) && !joins(wanted.at(-1), text.slice(end, end + 1))) return true;
  }
  return false;
}

// What a work has in common with what is liked, strongest first, as search/recommend/similar.py says it.

import { analysed, postings } from "./lexicon.js";
import { piece, plan } from "./pieces.js";
import { t } from "./say.js";

const UNIT = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[\p{L}\p{N}]+(?:['’.+#-]*[\p{L}\p{N}]+)*[+#]*/gu;

// A sentence for each of the records found.
export async function reasons(found, liked) {
  const [{ tokens, fold }, { count }, { telling }] = await Promise.all([analysed(), plan(), piece("likeness")]);
  const held = await postings(liked.flatMap(({ title }) => tokens(title)));
  const rarity = (token) => { const n = held.get(token)?.places.length || 0; return n ? Math.log1p((count - n + 0.5) / (n + 0.5)) : 0; };
  const weight = (run) => { const all = [...new Set(tokens(run))].map(rarity); return Math.max(0, ...all) >= telling ? all.reduce((sum, one) => sum + one, 0) : 0; };
  const phrase = (title) => {
    const runs = liked.flatMap((one) => shared(title, one.title, fold)).filter((run) => run.length > 1);
    const best = runs.reduce((most, run) => (weight(run) > weight(most) ? run : most), "");
    return weight(best) ? t("whyPhrase", { what: best }) : "";
  };
  const beside = (one) => liked.some((other) => one.lists.some(({ list }) => other.lists.some((theirs) => theirs.list === list)) && one.headings.some((heading) => other.headings.includes(heading)));
  const byOne = ({ author }) => author && liked.some((other) => other.author === author);
  return found.map((one) => [beside(one) && t("whySection"), byOne(one) && t("whyAuthor"), phrase(one.title)].filter(Boolean).join(t("whyAnd")) || t("whyAlike"));
}

// Every longest run of words of a title that another has too, as the first writes it.
function shared(title, other, fold) {
  const ours = [...title.matchAll(UNIT)], mine = ours.map(([unit]) => fold(unit)), theirs = [...other.matchAll(UNIT)].map(([unit]) => fold(unit));
  const runs = [];
  for (let at = 0; at < mine.length; at += 1) {
    let long = 0;
    for (let there = 0; there < theirs.length; there += 1) {
      let size = 0;
      while (at + size < mine.length && there + size < theirs.length && mine[at + size] === theirs[there + size]) size += 1;
      long = Math.max(long, size);
    }
    if (long) runs.push(title.slice(ours[at].index, ours[at + long - 1].index + ours[at + long - 1][0].length));
  }
  return runs;
}

// The analyzer of search/text.py for a browser. Its tables (which characters are paired, how letters
// fold) are made by the same Python when the site is exported; a test compares the two over the
// whole list.

import { stem as english } from "./stem.js";

const DASHES = { "\u2010": "-", "\u2011": "-", "\u2019": "'", "\u02bc": "'" };
const LONGEST = 48;

export function analyzer(tables) {
  const { paired, marks, invisible } = tables;
  const unseen = new RegExp(`[${invisible}]+`, "gu");
  const isPaired = new RegExp(`^[${paired}]`, "u");
  const word = `(?:(?:(?![${paired}])[\\p{L}\\p{N}])+[${marks}]*)+`;
  const chunks = new RegExp(`[${paired}]+|(?:(?<![\\p{L}\\p{N}_.])\\.)?${word}(?:[-._'&]${word})*(?:\\+\\+(?:[0-9]+|(?![\\p{L}\\p{N}_]))|#(?![\\p{L}\\p{N}_]))?`, "gu");
  const simple = new Map(Array.from(tables.traditional).map((c, i) => [c, Array.from(tables.simplified)[i]]));
  const stop = new Set(tables.stop);

  const compose = (text) => folded(folded(text.replace(unseen, "").normalize("NFKC")).normalize("NFKC")).replace(unseen, "").replace(/[\u2010\u2011\u2019\u02bc]/g, (c) => DASHES[c]);
  const folded = (text) => Array.from(text, (c) => tables.folds[c] ?? c.toLowerCase()).join("");
  const simplified = (text) => Array.from(text, (c) => simple.get(c) ?? c).join("");
  const fold = (text) => simplified(compose(text));

  function stem(whole) {
    let text = Array.from(whole).slice(0, LONGEST).join("");
    const bare = text.normalize("NFD").replace(/\p{Mn}/gu, "");
    if (/^[\x00-\x7f]*$/.test(bare)) text = bare;
    if (!/^[a-z]+$/.test(text)) return text;
    if (/^[b-df-hj-np-tv-xz]{3,}s$/.test(text) && !text.endsWith("ss")) return text.slice(0, -1);
    return english(text);
  }

  function compound(text) {
    const parts = text.split(/[-_'&]+|(?<!\d)\.|\.(?!\d)/).filter(Boolean);
    const joined = stem(parts.join(""));
    if (parts.length < 2 || (text.includes("'") && parts.length === 2 && parts[1].length <= 2)) return [joined];
    return [joined, ...parts.map(stem)];
  }

  function ofChunk(chunk) {
    if (isPaired.test(chunk)) {
      const all = Array.from(chunk);
      return all.length < 2 ? [chunk] : all.slice(1).map((c, i) => all[i] + c);
    }
    const text = chunk.endsWith("'s") ? chunk.slice(0, -2) : chunk;
    if (/^[\p{L}\p{N}]+$/u.test(text)) return [stem(text)];
    const sign = /^[^+#]+(?:\+\+|#)/.exec(text);
    if (sign) return sign[0].length === text.length ? [text] : [text, sign[0]];
    if (text.startsWith(".")) return [text, ...compound(text.slice(1))];
    return compound(text);
  }

  const tokens = (text) => (fold(text).match(chunks) || []).flatMap(ofChunk);

  return {
    tokens,
    fold,
    simplified,
    queryTokens(text) {
      const found = tokens(text);
      const kept = found.filter((token) => !stop.has(token));
      return kept.length ? kept : found;
    },
    // Where wanted tokens stand, in characters; nothing where folding changed the length.
    spans(text, wanted) {
      const plain = fold(text);
      if (Array.from(plain).length !== Array.from(text).length) return [];
      const merged = [];
      for (const match of plain.matchAll(chunks)) {
        const found = ofChunk(match[0]);
        const start = Array.from(plain.slice(0, match.index)).length;
        const size = Array.from(match[0]).length;
        const own = isPaired.test(match[0]) ? found.flatMap((t, i) => (wanted.has(t) ? [[start + i, start + i + Math.min(2, size)]] : [])) : found.some((t) => wanted.has(t)) ? [[start, start + size]] : [];
        for (const [from, to] of own) {
          const last = merged.at(-1);
          if (last && from <= last[1]) last[1] = Math.max(last[1], to);
          else merged.push([from, to]);
        }
      }
      return merged;
    },
  };
}

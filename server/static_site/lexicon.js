// The analyzer, and what places have of words.

import { holding, piece, plan } from "./pieces.js";
import { analyzer } from "./tokens.js";

let reader = null;

export async function analysed() {
  const tables = await piece("analyzer");
  return (reader ??= analyzer(tables));
}

// Places and hundredths of BM25 of each token that any place has, by token.
export async function postings(tokens) {
  const found = await Promise.all([...new Set(tokens)].map(async (token) => [token, await holding("words", token)]));
  return new Map(found.filter(([token, held]) => Object.hasOwn(held, token)).map(([token, held]) => {
    const [gaps, points] = held[token];
    let place = 0;
    return [token, { places: gaps.map((gap) => (place += gap)), points }];
  }));
}

// The sum of what each place has of tokens; one given twice counts twice.
export async function matches(tokens) {
  const [held, { count }] = await Promise.all([postings(tokens), plan()]);
  const sum = new Float32Array(count);
  for (const token of tokens) held.get(token)?.places.forEach((place, i) => { sum[place] += held.get(token).points[i]; });
  return sum;
}

// A question to places. Words find candidates; vectors of the best of them (pseudo-relevance feedback,
// Rocchio 1971) bring what says the same in other words.

import { columns as known } from "./collection.js";
import { matches } from "./lexicon.js";
import { mixture, nearest, unit } from "./nearness.js";

const FEEDBACK = 3, NEAR = 0.6, STARS = 0.1;

// The k best places of what has or is like what has the wanted words, with the parts of their scores.
export async function ranked(wanted, passes, k) {
  const [words, columns] = await Promise.all([matches(wanted), known()]);
  const best = [...words.keys()].filter((place) => words[place] > 0).sort((a, b) => words[b] - words[a] || a - b).slice(0, FEEDBACK);
  if (!best.length) return [];
  const most = words[best[0]], stars = (place) => (columns.rating(place) ? (STARS * (columns.rating(place) - 3.3)) / 1.7 : 0);
  const gains = words.map((points, place) => points / most + stars(place));
  const near = await nearest(unit(await mixture(best.map((place) => [place, 1]))), { gains, allowed: passes, worth: NEAR, k });
  return near.map(({ place, near: like }) => ({ place, parts: { lexical: words[place] / most, dense: NEAR * like, stars: stars(place) } }));
}

// Vectors a cell at a time. How near a place lies is known where its cell has come, and guessed by
// its cell's centre elsewhere; cells come until all that would be shown lies in one that has.

import { numbers, plan } from "./pieces.js";

const FIRST = 12; // cells asked for at once, best guesses first
const SURE = 20; // places of an answer that are never a guess, where nobody says otherwise

// The vectors of places.
export async function vectorsOf(places) {
  const { dim, cells } = await plan();
  return Promise.all(places.map(async (place) => {
    const cell = cellOf(cells, place), at = (place - cells[cell]) * dim;
    return Float32Array.from((await numbers(`cells/${cell}`)).subarray(at, at + dim), (x) => x / 127);
  }));
}

// The sum of weights × vectors of places, given as [place, weight].
export async function mixture(weighted) {
  const sum = new Float32Array((await plan()).dim);
  (await vectorsOf(weighted.map(([place]) => place))).forEach((vector, i) => vector.forEach((x, d) => { sum[d] += weighted[i][1] * x; }));
  return sum;
}

export function unit(vector) {
  const length = Math.hypot(...vector) || 1;
  return vector.map((x) => x / length);
}

// The k places of the most gains + worth × nearness among those allowed, best first: { place, near }.
export async function nearest(toward, { gains, allowed, worth, k, sure = SURE }) {
  const { dim, cells, count } = await plan();
  const centres = dots(await numbers("centres"), toward, dim);
  const near = new Float32Array(count), known = new Set();
  eachCell(cells, (place, cell) => { near[place] = centres[cell]; });
  const score = (place) => gains[place] + worth * near[place];
  const places = [...near.keys()].filter((place) => allowed(place));
  const ranked = () => places.sort((a, b) => score(b) - score(a) || a - b).slice(0, Math.max(k, sure));
  for (let wanted = hopeful(places, cells, score); wanted.length;) {
    const loaded = await Promise.all(wanted.map(async (cell) => [cell, await numbers(`cells/${cell}`)]));
    for (const [cell, vectors] of loaded) {
      near.set(dots(vectors, toward, dim), cells[cell]);
      known.add(cell);
    }
    wanted = [...new Set(ranked().slice(0, sure).map((place) => cellOf(cells, place)))].filter((cell) => !known.has(cell));
  }
  return ranked().slice(0, k).map((place) => ({ place, near: near[place] }));
}

// The cells whose best place has the best score.
function hopeful(places, cells, score) {
  const best = new Map();
  for (const place of places) {
    const cell = cellOf(cells, place), points = score(place);
    if (!(best.get(cell) >= points)) best.set(cell, points);
  }
  return [...best.keys()].sort((a, b) => best.get(b) - best.get(a) || a - b).slice(0, FIRST);
}

function dots(vectors, toward, dim) {
  return Float32Array.from({ length: vectors.length / dim }, (_, row) => {
    let sum = 0;
    for (let d = 0; d < dim; d += 1) sum += vectors[row * dim + d] * toward[d];
    return sum / 127;
  });
}

function eachCell(cells, told) {
  for (let cell = 0; cell + 1 < cells.length; cell += 1) for (let place = cells[cell]; place < cells[cell + 1]; place += 1) told(place, cell);
}

function cellOf(cells, place) {
  let low = 0, high = cells.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (cells[middle] <= place) low = middle;
    else high = middle;
  }
  return low;
}

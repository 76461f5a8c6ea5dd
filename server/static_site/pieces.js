// Pieces of the site's index, each asked for when it is needed and kept. All lie beside the scripts,
// wherever the folder is served from. A piece that does not come is named, and may be asked for again.

import { t } from "./say.js";

export class Problem extends Error {
  constructor(said, hint, status = 0) {
    super(said);
    Object.assign(this, { hint, status });
  }
}

const kept = new Map();

function once(name, ask) {
  if (!kept.has(name)) kept.set(name, ask().catch((error) => { kept.delete(name); throw error; }));
  return kept.get(name);
}

export const plan = () => once("site.json", async () => JSON.parse(await text(await bytes("site.json", { cache: "no-cache" }))));

export const piece = (name) => once(name, async () => JSON.parse(await text(await unpacked(name))));

export const numbers = (name) => once(name, async () => new Int8Array(await (await unpacked(name)).arrayBuffer()));

// The piece that holds a word or an id: by FNV-1a of its UTF-8, as the export has it.
export async function holding(kind, key) {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(key)) hash = Math.imul(hash ^ byte, 0x01000193);
  return piece(`${kind}/${(hash >>> 0) % (await plan())[kind]}`);
}

const text = (response) => response.text();

async function bytes(path, options) {
  const failed = (why) => new Problem(t("pieceFailed", { name: path, why }), t("pieceHint"));
  const response = await fetch(new URL(path, import.meta.url), options).catch((error) => { throw failed(error.message); });
  if (!response.ok) throw failed(`HTTP ${response.status}`);
  return response;
}

// Pieces are compressed in themselves; a host that unpacks them on the way is as welcome.
async function unpacked(name) {
  const path = `${(await plan()).pieces}/${name}.bin`;
  const packed = new Uint8Array(await (await bytes(path)).arrayBuffer());
  if (packed[0] !== 0x1f || packed[1] !== 0x8b) return new Response(packed);
  try {
    const whole = await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
    return new Response(whole);
  } catch (error) {
    throw new Problem(t("pieceFailed", { name: path, why: error.message }), t("pieceHint"));
  }
}

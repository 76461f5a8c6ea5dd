// Where answers come from: the server's API. The exported site has another file of this name, with
// the same functions over an index of its own.

import { language } from "./say.js";

export const features = { path: true, recommend: true, new: true, tools: true, unread: true, narrow: true, since: true };

export class Problem extends Error {
  constructor(body, status) {
    super(body.detail || body.title || String(status));
    Object.assign(this, { title: body.title, hint: body.hint, status, type: body.type || "" });
  }
}

async function asked(path, parameters, options = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters || {})) {
    for (const one of [value].flat()) if (one !== "" && one !== null && one !== undefined && one !== false) query.append(name, one);
  }
  const headers = { ...options.headers, "accept-language": language };
  const response = await fetch(`${path}${query.size ? `?${query}` : ""}`, { ...options, headers });
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Problem(body, response.status);
  return body;
}

function sent(path, body) {
  const headers = { "content-type": "application/json" };
  return asked(path, {}, { method: "POST", headers, body: JSON.stringify(body) });
}

export const search = (parameters, signal) => asked("/api/search", { ...parameters, detail: "true" }, { signal });
export const facets = (signal) => asked("/api/facets", {}, { signal });
export const similar = (ids, signal) => asked("/api/similar", { resource: ids, k: 12 }, { signal });
export const resource = (key, signal) => asked("/api/resource", { resource: key }, { signal });
export const path = (parameters, signal) => asked("/api/path", parameters, { signal });
export const recommend = (signal) => asked("/api/recommend", { k: 20 }, { signal });
export const latest = (signal) => asked("/api/new", { k: 30 }, { signal });
export const mapPoints = (signal) => asked("/api/map/points", {}, { signal });
export const mapResources = (at) => asked("/api/map/resources", { at: at.join(",") });
export async function mapFind(q) {
  const { points } = await asked("/api/map/find", { q });
  const { results } = points.length ? await mapResources(points.slice(0, 20)) : { results: [] };
  return { points, results };
}
export const status = (signal) => asked("/api/status", {}, { signal });
export const mark = (id, how) => sent("/api/marks", { resource: id, mark: how });
export const add = (url, title) => sent("/api/added", { url, title: title.slice(0, 400) });
export const token = () => asked("/api/token");
export const build = (offline) => sent("/api/build", { offline });

export function follow(told) {
  const events = new EventSource(`/api/events?ui=${language}`);
  for (const name of ["state", "progress", "built", "failed", "generation"]) {
    events.addEventListener(name, (event) => told(name, JSON.parse(event.data)));
  }
  return () => events.close();
}

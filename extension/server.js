// The reader's own nextread, on this machine: the one address that this extension talks to.

const DEFAULT = { port: 8377, token: "" };

export class Refused extends Error {
  constructor(status, body) {
    super(body.detail || body.title || String(status));
    this.status = status;
  }
}

export const settings = async () => ({ ...DEFAULT, ...(await chrome.storage.local.get(DEFAULT)) });
export const remember = (values) => chrome.storage.local.set(values);

async function ask(path, options = {}) {
  const { port, token } = await settings();
  const headers = { authorization: `Bearer ${token}`, ...options.headers };
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { ...options, headers, credentials: "omit", redirect: "error" });
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, body);
  return body;
}

export function keep(url, html) {
  const headers = { "content-type": "application/json" };
  return ask("/api/pages", { method: "POST", headers, body: JSON.stringify({ url, html }) });
}

export async function known(url) {
  try {
    return (await ask(`/api/resource?${new URLSearchParams({ resource: url })}`)).resource;
  } catch (error) {
    if (error.status === 404 || error.status === 503) return null;
    throw error;
  }
}

export async function alike(resource, title) {
  const path = resource
    ? `/api/similar?${new URLSearchParams({ resource: resource.id, k: 8 })}`
    : `/api/search?${new URLSearchParams({ q: title.slice(0, 500), k: 8 })}`;
  return (await ask(path)).results;
}

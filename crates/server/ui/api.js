// The public API, as every other client uses it. The browser is signed in by a cookie that no script can read.

/**
 * What the server refuses (RFC 9457).
 */
export class Problem extends Error {
  /** @param {any} body @param {number} status */
  constructor(body, status) {
    super(body?.detail || body?.title || String(status));
    /** @type {number} */ this.status = status;
    /** @type {string} */ this.kind = String(body?.type ?? "").replace("/problems/", "");
    /** @type {string} */ this.title = body?.title ?? "";
    /** @type {string} */ this.detail = body?.detail ?? "";
    /** @type {{pointer: string, detail: string}[]} */ this.errors = body?.errors ?? [];
    /** @type {any} */ this.body = body;
  }
}

/** The server does not answer. */
class Offline extends Error {}

/** What happens when nobody is signed in any more. */
let signedOut = () => {};
/** @param {() => void} then */
export const onSignedOut = (then) => {
  signedOut = then;
};

/** What happens when the server has answered, or has not. @type {(answered: boolean) => void} */
let reached = () => {};
/** @param {(answered: boolean) => void} then */
export const onReached = (then) => {
  reached = then;
};

/** What happens where a list is longer than what is read of it. @type {(read: number) => void} */
let cutShort = () => {};
/** @param {(read: number) => void} then */
export const onCutShort = (then) => {
  cutShort = then;
};

/** What time it was by the server's clock when it last answered, to the second before; 0 as long as it has not. */
let answeredAt = 0;
export const serverTime = () => answeredAt;

/** One refresh at a time, whoever asks. @type {Promise<boolean> | null} */
let refreshing = null;

/** @returns {Promise<boolean>} whether the browser is signed in for a while longer */
function refresh() {
  refreshing ??= send("POST", "/session/refresh")
    .then((response) => response.ok)
    .finally(() => {
      refreshing = null;
    });
  return refreshing;
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {Record<string, string>} [headers]
 * @param {RequestCredentials} [credentials]
 * @param {boolean} [keepalive] whether it is sent also where the page is being left
 */
async function send(method, path, body, headers = {}, credentials = "same-origin", keepalive = false) {
  /** @type {Record<string, string>} */
  const type = body === undefined ? {} : { "Content-Type": body instanceof Blob ? body.type : method === "PATCH" ? "application/merge-patch+json" : "application/json" };
  try {
    const response = await fetch(path, {
      method,
      headers: { Accept: "application/json", ...type, ...headers },
      body: body === undefined ? null : body instanceof Blob ? body : JSON.stringify(body),
      credentials,
      // What was asked for in a word is carried out though the page be closed in that moment.
      keepalive: keepalive || (method === "POST" && body === undefined),
    });
    reached(true);
    answeredAt = Date.parse(response.headers.get("date") ?? "") || answeredAt;
    return response;
  } catch {
    reached(false);
    throw new Offline("offline");
  }
}

/**
 * Asks, and asks once more with a fresh sign-in where the old one has expired.
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {Record<string, string>} [headers]
 * @param {boolean} [keepalive]
 * @returns {Promise<any>}
 */
async function call(method, path, body, headers, keepalive) {
  let response = await send(method, path, body, headers, "same-origin", keepalive);
  if (response.status === 401 && path !== "/session") {
    if (await refresh()) response = await send(method, path, body, headers, "same-origin", keepalive);
    if (response.status === 401) signedOut();
  }
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw new Problem(answer, response.status);
  return answer;
}

/** @param {Record<string, string | number | boolean | null | undefined>} query */
export function queryOf(query) {
  const pairs = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return pairs.length === 0 ? "" : `?${new URLSearchParams(pairs.map(([name, value]) => [name, String(value)]))}`;
}


/** That something is changed only where nobody else has changed it since. @param {number | undefined} version @returns {Record<string, string>} */
const ifStill = (version) => (version === undefined ? {} : { "If-Match": `"${version}"` });

export const api = {
  /** @param {string} path @param {Record<string, any>} [query] */
  get: (path, query = {}) => call("GET", path + queryOf(query)),
  /** @param {string} path @param {unknown} [body] what is sent as JSON, or a file as it is @param {string} [key] what is sent twice under it is carried out once */
  post: (path, body, key = crypto.randomUUID()) => call("POST", path, body ?? {}, { "Idempotency-Key": key }),
  /** @param {string} path @param {unknown} [body] what is said with it */
  act: (path, body) => call("POST", path, body, {}, true),
  /** @param {string} path @param {unknown} body @param {number} [version] */
  patch: (path, body, version) => call("PATCH", path, body, ifStill(version)),
  /** @param {string} path @param {unknown} [body] what is sent as JSON, or a file as it is @param {number} [version] */
  put: (path, body, version) => call("PUT", path, body, ifStill(version)),
  /** @param {string} path @param {number} [version] @param {unknown} [body] what is said with it */
  delete: (path, version, body) => call("DELETE", path, body, ifStill(version)),
  /**
   * Every item of a list, page by page. Where there are more than `most` it is said that some are missing.
   * @param {string} path
   * @param {Record<string, any>} [query]
   * @param {number} [most]
   */
  async all(path, query = {}, most = 20_000) {
    const found = [];
    let cursor;
    do {
      const page = await call("GET", path + queryOf({ limit: 1_000, ...query, cursor }));
      found.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor && found.length < most);
    if (cursor) cutShort(found.length);
    return found;
  },
};

/**
 * What somebody without an account asks, signed in or not: with the secret of a link where there is one, and never with a cookie.
 * @param {string} method
 * @param {string} path
 * @param {{token?: string, body?: unknown, keepalive?: boolean}} [more]
 * @returns {Promise<any>} what was answered; a file as such
 */
export async function asVisitor(method, path, { token, body, keepalive = false } = {}) {
  /** @type {Record<string, string>} */
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const response = await send(method, path, body, headers, "omit", keepalive);
  if (response.status === 204) return null;
  if (response.ok && response.headers.get("content-type")?.startsWith("text/calendar")) return response.blob();
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw new Problem(answer, response.status);
  return answer;
}

/** @param {string} username @param {string} password */
export const signIn = (username, password) => call("POST", "/session", { username, password });
export const signOut = () => call("DELETE", "/session");

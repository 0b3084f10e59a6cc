// The HTTP contract: docs/operations/http.md. The browser's cookie is the only credential.

export class ApiError extends Error {
  constructor(status, error = {}) {
    super(error.message || `the server answered ${status}`);
    this.status = status;
    this.code = error.code || '';
    this.position = error.position ?? null;  // a byte of the SQL text
  }
}

const locked = () => dispatchEvent(new CustomEvent('lake-locked'));

async function errorOf(answer) {
  if (answer.status === 401) locked();
  const body = await answer.json().catch(() => ({}));
  return new ApiError(answer.status, body.error);
}

/// Errors: ApiError; TypeError when the server is not there.
export async function call(method, path, {json, body, headers = {}, signal} = {}) {
  const request = {method, signal, headers: {...headers}};
  if (json !== undefined) {
    request.headers['Content-Type'] = 'application/json';
    request.body = JSON.stringify(json);
  } else if (body !== undefined) {
    request.body = body;
  }
  const answer = await fetch(path, request);
  if (!answer.ok) throw await errorOf(answer);
  return answer;
}

export const get = async (path, signal) => (await call('GET', path, {signal})).json();

/// JSON with each number that a double would round kept as the text it is.
export function parseExactly(text) {
  return JSON.parse(text.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g,
    (found) => (found[0] === '"' || String(Number(found)) === found ? found : `"${found}"`)));
}

const requestId = () => `page-${Date.now()}-${Math.random().toString(36).slice(2)}`;

/// Runs one statement. `options`: {params, maxRows, signal}. Aborting the signal cancels the statement in the server too.
/// Gives {columns, rows, row_count, truncated, changed_rows}.
export async function query(sql, {params, maxRows, signal} = {}) {
  const answer = await ask({sql, params, max_rows: maxRows, format: 'json'}, signal);
  const result = parseExactly(await answer.text());
  if (result.error) throw new ApiError(200, result.error);
  return result;
}

/// The answer to a statement while it comes. Errors: ApiError.
export async function ask(members, signal) {
  const id = requestId();
  const cancel = () => call('DELETE', `/api/v1/query/${id}`).catch(() => {});
  signal?.addEventListener('abort', cancel, {once: true});
  return call('POST', '/api/v1/query', {json: members, headers: {'X-Request-Id': id}, signal});
}


// Resumable uploads: POST /api/v1/uploads, then pieces by PATCH, each at the offset that the server has. What was begun is noted
// in localStorage, so that the same file, chosen again after a reload, goes on where it was.
import {ApiError, call} from './api.js';

const KEPT = 'lake-uploads';
const PIECE_MIN = 256 * 1024;
const PIECE_MAX = 16 * 1024 * 1024;
const PIECE_SECONDS = 1;
const RETRIES_MAX = 8;

const keyOf = (file) => `${file.webkitRelativePath || file.name}|${file.size}|${file.lastModified}`;

function noted() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) || {};
  } catch {
    return {};
  }
}

function note(key, entry) {
  const all = noted();
  if (entry) all[key] = entry;
  else delete all[key];
  localStorage.setItem(KEPT, JSON.stringify(all));
}

/// Uploads that were begun and not imported: [{key, id, name, bytes, offset}].
export async function unfinished() {
  const found = [];
  for (const [key, entry] of Object.entries(noted())) {
    try {
      found.push({key, ...entry, offset: await offsetOf(entry.id)});
    } catch (failure) {
      if (failure.status === 404) note(key, null);
    }
  }
  return found;
}

export async function forget(key, id) {
  note(key, null);
  if (id) await call('DELETE', `/api/v1/uploads/${id}`).catch(() => {});
}

async function offsetOf(id) {
  const answer = await call('HEAD', `/api/v1/uploads/${id}`);
  return Number(answer.headers.get('Upload-Offset') ?? 0);
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/// One file on its way. `changed()` is called whenever something is to be shown.
export class Upload {
  constructor(file, name, changed) {
    this.file = file;
    this.name = name;
    this.key = keyOf(file);
    this.changed = changed;
    this.id = null;
    this.offset = 0;
    this.state = 'waiting';  // waiting, sending, paused, done, failed, cancelled
    this.message = '';
    this.rate = 0;  // bytes per second
    this.abort = null;
    this.piece = 1024 * 1024;
  }

  set(state, message = '') {
    this.state = state;
    this.message = message;
    this.changed(this);
  }

  pause() {
    this.set('paused');
    this.abort?.abort();
  }

  async cancel() {
    this.set('cancelled');
    this.abort?.abort();
    await forget(this.key, this.id);
  }

  imported() {
    note(this.key, null);
  }

  /// Sends what is missing. Afterwards `state` tells; never throws.
  async send() {
    if (this.state === 'cancelled' || this.state === 'done') return;
    this.set('sending');
    await this.findPlace().catch(() => {});  // a piece that was broken off may have come in part
    let failures = 0;
    while (this.state === 'sending') {
      try {
        if (this.id === null) await this.begin();
        while (this.state === 'sending' && this.offset < this.file.size) {
          await this.sendPiece();
          failures = 0;
        }
        if (this.state === 'sending') this.set('done');
      } catch (failure) {
        if (this.state !== 'sending') return;
        failures += 1;
        const hopeless = failure instanceof ApiError && failure.status < 500 && ![404, 409, 429].includes(failure.status);
        if (hopeless || failures > RETRIES_MAX) {
          this.set('failed', failure.message);
          return;
        }
        this.message = `trying again: ${failure.message}`;
        this.changed(this);
        await pause(Math.min(10000, 250 * 2 ** failures));
        await this.findPlace();
      }
    }
  }

  async begin() {
    const known = noted()[this.key];
    if (known) {
      this.id = known.id;
      await this.findPlace();
      if (this.id !== null) return;
    }
    const answer = await (await call('POST', '/api/v1/uploads', {json: {name: this.name, bytes: this.file.size}})).json();
    this.id = answer.id;
    this.offset = answer.offset || 0;
    note(this.key, {id: this.id, name: this.name, bytes: this.file.size});
  }

  /// Asks the server how much it has; an upload it does not know any more begins anew.
  async findPlace() {
    if (this.id === null) return;
    try {
      this.offset = await offsetOf(this.id);
    } catch (failure) {
      if (failure.status !== 404) return;
      note(this.key, null);
      this.id = null;
      this.offset = 0;
    }
  }

  async sendPiece() {
    const began = performance.now();
    const piece = this.file.slice(this.offset, this.offset + this.piece);
    this.abort = new AbortController();
    const answer = await call('PATCH', `/api/v1/uploads/${this.id}`, {
      body: piece,
      headers: {'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': String(this.offset)},
      signal: this.abort.signal,
    });
    const next = Number(answer.headers.get('Upload-Offset'));
    const seconds = Math.max(0.001, (performance.now() - began) / 1000);
    const rate = (next - this.offset) / seconds;
    this.rate = this.rate === 0 ? rate : 0.7 * this.rate + 0.3 * rate;
    this.piece = Math.round(Math.min(PIECE_MAX, Math.max(PIECE_MIN, this.rate * PIECE_SECONDS)));
    this.offset = next;
    this.message = '';
    this.changed(this);
  }
}

/// All files of a drop: [{file, name}], folders with everything in them. `name` is the path inside what was dropped.
export async function filesOfDrop(items) {
  const entries = [...items].filter((item) => item.kind === 'file').map((item) => item.webkitGetAsEntry?.() || item.getAsFile());
  const found = [];
  const visit = async (entry) => {
    if (entry instanceof File) {
      found.push({file: entry, name: entry.name});
    } else if (entry?.isFile) {
      const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
      found.push({file, name: entry.fullPath.replace(/^\//, '')});
    } else if (entry?.isDirectory) {
      const reader = entry.createReader();
      const next = () => new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      for (let batch = await next(); batch.length > 0; batch = await next()) {
        for (const child of batch) await visit(child);
      }
    }
  };
  for (const entry of entries) await visit(entry);
  return found;
}

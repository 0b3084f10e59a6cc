// The jobs of the server: a list that is asked for, and server-sent events of those that run. Browsers allow few connections to one
// server, so only the newest two jobs have events; the others are asked for.
import {call, get} from './api.js';
import {buttonFor, byId, cardOf, el, fillCard} from './dom.js';
import {bytes, duration, plural, stampOf} from './format.js';

const ENDED = new Set(['succeeded', 'failed', 'cancelled']);
const EVENTS_MAX = 2;
const SHOWN_MAX = 20;
const QUICK = 1000;
const SLOW = 8000;

const jobs = new Map();
const sources = new Map();  // id -> EventSource
const waiting = new Map();  // id -> resolve
let timer = null;
let visible = false;
let openReport = () => {};

const isEnded = (job) => ENDED.has(job.state);

function take(job) {
  jobs.set(String(job.id), job);
  if (!isEnded(job)) return;
  waiting.get(String(job.id))?.(job);
  waiting.delete(String(job.id));
  sources.get(String(job.id))?.close();
  sources.delete(String(job.id));
}

async function act(job, method, what) {
  try {
    take(await (await call(method, `/api/v1/jobs/${job.id}${what}`, method === 'POST' ? {json: {}} : {})).json());
    show();
  } catch (failure) {
    byId('import-status').textContent = failure.message;
  }
}

function numbersOf(job) {
  const parts = [job.phase].filter(Boolean);
  if (job.bytes_total > 0) parts.push(`${bytes(job.bytes_done)} of ${bytes(job.bytes_total)}`);
  else if (job.bytes_done > 0) parts.push(bytes(job.bytes_done));
  if (job.rows_done > 0) parts.push(plural(job.rows_done, 'row'));
  if (!isEnded(job) && job.bytes_per_second > 0) parts.push(`${bytes(job.bytes_per_second)}/s`);
  if (!isEnded(job) && job.eta_seconds !== null && job.eta_seconds !== undefined) parts.push(`${duration(job.eta_seconds)} left`);
  if (isEnded(job) && job.ended_micros && job.started_micros) parts.push(`took ${duration((job.ended_micros - job.started_micros) / 1e6)}`);
  if (job.error) parts.push(job.error.message);
  return parts.join(' · ');
}

const nameOf = (job) => `${job.kind} ${job.subject}`.trim();

function buttonsOf(job) {
  const button = (label, action) => buttonFor(nameOf(job), label, action);
  if (isEnded(job)) return job.result ? [button('Report', () => openReport(job))] : [];
  return [
    job.state === 'paused' ? button('Resume', () => act(job, 'POST', '/resume')) : button('Pause', () => act(job, 'POST', '/pause')),
    button('Cancel', () => act(job, 'DELETE', '')),
  ];
}

/// Buttons are made anew only when they change, so that they keep the focus.
function fill(card, job) {
  const kind = `${job.state} ${Boolean(job.result)}`;
  if (card.dataset.kind !== kind) {
    card.dataset.kind = kind;
    card.querySelector('.buttons').replaceChildren(...buttonsOf(job));
  }
  card.querySelector('progress').hidden = isEnded(job);
  const part = job.bytes_total > 0 ? job.bytes_done / job.bytes_total : job.rows_total > 0 ? job.rows_done / job.rows_total : null;
  fillCard(card, job.state, part, numbersOf(job) || `since ${stampOf(job.created_micros)}`);
}

function show() {
  const list = byId('jobs');
  const newest = [...jobs.values()].sort((a, b) => Number(isEnded(a)) - Number(isEnded(b)) || Number(b.id) - Number(a.id)).slice(0, SHOWN_MAX);
  const cards = new Map([...list.children].map((card) => [card.dataset.job, card]));
  const wanted = newest.map((job) => {
    const card = cards.get(String(job.id)) || cardOf(nameOf(job), 'Progress of', {'data-job': String(job.id)});
    fill(card, job);
    return card;
  });
  if (wanted.length !== list.children.length || wanted.some((card, i) => list.children[i] !== card)) {
    const focused = document.activeElement;
    list.replaceChildren(...wanted);
    if (list.contains(focused)) focused.focus();
  }
  if (wanted.length === 0) list.replaceChildren(el('li', {class: 'quiet'}, 'No job runs.'));
}

function listen() {
  const running = [...jobs.values()].filter((job) => !isEnded(job)).sort((a, b) => Number(b.id) - Number(a.id)).slice(0, EVENTS_MAX);
  for (const {id} of running) {
    const key = String(id);
    if (sources.has(key)) continue;
    const source = new EventSource(`/api/v1/jobs/${id}/events`);
    sources.set(key, source);
    const news = (event) => {
      take(JSON.parse(event.data));
      show();
    };
    source.addEventListener('progress', news);
    source.addEventListener('end', (event) => {
      news(event);
      source.close();
      sources.delete(key);
    });
    source.onerror = () => {  // asking goes on in its place
      source.close();
      sources.set(key, {close() {}, isDead: true});
    };
  }
}

async function ask() {
  clearTimeout(timer);
  let pause = SLOW;
  try {
    const {jobs: list} = await get('/api/v1/jobs');
    const ids = new Set(list.map((job) => String(job.id)));
    for (const id of [...jobs.keys()]) if (!ids.has(id)) jobs.delete(id);
    list.forEach(take);
    show();
    if (visible) listen();
    const unheard = list.some((job) => !isEnded(job) && (!sources.has(String(job.id)) || sources.get(String(job.id)).isDead));
    if (unheard) pause = QUICK;
  } catch (failure) {
    byId('import-status').textContent = failure.message;
  }
  if ((visible && !document.hidden) || waiting.size > 0) timer = setTimeout(ask, pause);
}

/// Resolves with the job when it has ended.
export function ended(id) {
  const known = jobs.get(String(id));
  if (known && isEnded(known)) return Promise.resolve(known);
  const promise = new Promise((resolve) => waiting.set(String(id), resolve));
  ask();
  return promise;
}

export function enter() {
  visible = true;
  ask();
}

export function leave() {
  visible = false;
  for (const source of sources.values()) source.close();
  sources.clear();
}

export function start(options) {
  openReport = options.openReport;
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden && visible) ask();
  });
}


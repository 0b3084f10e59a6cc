// Which view is shown, and what the keyboard does.
import {get} from './api.js';
import * as day from './day.js';
import {byId, show} from './dom.js';
import * as imports from './imports.js';
import * as sql from './sql.js';

const VIEWS = {day: day.view, sql: sql.view, import: imports.view};
let current = null;

function open() {
  const wanted = location.hash.slice(1);
  const name = Object.hasOwn(VIEWS, wanted) ? wanted : 'day';
  if (name === current) return;
  if (current) VIEWS[current].leave?.();
  current = name;
  for (const each of Object.keys(VIEWS)) show(byId(`view-${each}`), each === name);
  for (const link of document.querySelectorAll('nav a')) {
    if (link.dataset.view === name) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  VIEWS[name].enter();
}

function focusOn(view, id) {
  location.hash = view;
  open();
  byId(id).focus();
}

const KEYS = {
  1: () => (location.hash = 'day'),
  2: () => (location.hash = 'sql'),
  3: () => (location.hash = 'import'),
  '/': () => focusOn('sql', 'sql-text'),
  t: () => focusOn('sql', 'tables-filter'),
  '?': () => byId('help').showModal(),
  ArrowLeft: () => current === 'day' && day.step(-1),
  ArrowRight: () => current === 'day' && day.step(1),
};

const isWriting = (target) => target.closest?.('input:not([type=checkbox]), textarea, select') !== null;
const ownsArrows = (target) => target.closest?.('.grid') !== null;

function onKey(event) {
  if (byId('help').open) return;
  if (event.key === 'Escape') {
    if (!sql.cancel() && isWriting(event.target)) event.target.blur();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
  if (event.key.startsWith('Arrow') && ownsArrows(event.target)) return;
  const action = Object.hasOwn(KEYS, event.key) ? KEYS[event.key] : null;
  if (!action) return;
  event.preventDefault();
  action();
}

async function showVersion() {
  const version = await get('/api/v1/version');
  byId('version').textContent = version.version;
  byId('version').title = version.engine;
}

addEventListener('lake-locked', () => {
  byId('banner').textContent = 'This browser is not let in any more: the server was started again, or 12 hours have passed. Open the link that dplake serve prints.';
  show(byId('banner'), true);
});
addEventListener('hashchange', open);
addEventListener('keydown', onKey);
byId('help-open').addEventListener('click', () => byId('help').showModal());
for (const input of document.querySelectorAll('input, textarea')) input.autocomplete = input.autocapitalize = 'off', input.spellcheck = false;
day.start();
sql.start();
imports.start();
open();
showVersion().catch(() => {});

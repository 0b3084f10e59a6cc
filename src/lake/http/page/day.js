// The day view of takeout.timeline: one day in the browser's time zone, and the days of its month.
import {query} from './api.js';
import {byId, el, linkTo} from './dom.js';
import {clockOf, count, dayOf, longDay, plural} from './format.js';
import {openStatement} from './sql.js';

const ROWS_MAX = 2000;
const COLUMNS = 'ts_us, end_us, product, kind, title, summary, url, lat, lon, is_detail, is_sensitive, source_table';

let day = null;  // a Date at its midnight
let hidden = new Set();  // products left out
let rows = [];
let asked = 0;  // the last question; answers to older ones are dropped

const midnight = (date, days = 0) => new Date(date.getFullYear(), date.getMonth(), date.getDate() + days);
const micros = (date) => date.getTime() * 1000;

function status(...parts) {
  byId('day-status').replaceChildren(...parts);
}

/// `yyyy-mm-dd` as the midnight that begins it here.
function dateOf(text) {
  const found = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  return found ? new Date(Number(found[1]), Number(found[2]) - 1, Number(found[3])) : null;
}

const detailsWanted = () => byId('day-details').checked;
const condition = () => (detailsWanted() ? '' : ' AND NOT is_detail');

async function readDay(start, stop) {
  const result = await query(
    `SELECT ${COLUMNS} FROM takeout.timeline WHERE ts_us >= ? AND ts_us < ?${condition()} ORDER BY ts_us, product, kind`,
    {params: [micros(start), micros(stop)], maxRows: ROWS_MAX});
  return {truncated: result.truncated, rows: result.rows.map((row) => Object.fromEntries(row.map((value, i) => [result.columns[i].name, value])))};
}

/// The nearest day before or after that has something.
async function nearest(direction) {
  const sql = direction < 0 ? 'SELECT max(ts_us) FROM takeout.timeline WHERE ts_us < ?' : 'SELECT min(ts_us) FROM takeout.timeline WHERE ts_us >= ?';
  const from = direction < 0 ? day : midnight(day, 1);
  const result = await query(sql + condition(), {params: [micros(from)]});
  return result.rows[0][0];
}

/// The newest day that is not in the future, where calendars and subscriptions may lie.
async function latest() {
  const found = await query(`SELECT coalesce(max(ts_us) FILTER (ts_us <= ?), min(ts_us)) FROM takeout.timeline WHERE NOT is_detail`,
    {params: [Date.now() * 1000]});
  return found.rows[0][0];
}

function sayNothingThere() {
  rows = [];
  byId('day-list').replaceChildren();
  byId('day-products').replaceChildren();
  byId('day-month').replaceChildren();
  status('There is no timeline yet. ', el('a', {href: '#import'}, 'Import a Google Takeout'),
    ', and every day of it can be looked at here.');
}

function sayFailure(failure) {
  if (failure.code === 'not_found') sayNothingThere();
  else status(failure.message);
}

function placeOf(row) {
  if (row.lat === null || row.lon === null) return null;
  return el('span', {class: 'place'}, `${Number(row.lat).toFixed(4)}, ${Number(row.lon).toFixed(4)}`);
}

/// IN_SUBWAY and daily_metric are names of kinds, not texts of people.
const wordsOf = (text) => (/^[A-Z]+(_[A-Z]+)+$|^[a-z]+(_[a-z]+)+$/.test(text) ? text.toLowerCase().replaceAll('_', ' ') : text);

function lineOf(row) {
  const start = new Date(row.ts_us / 1000);
  const end = row.end_us === null ? null : new Date(row.end_us / 1000);
  const title = wordsOf(row.title) || (row.is_sensitive ? 'not shown here: it may hold secrets' : wordsOf(row.kind));
  const until = end && end > start ? (dayOf(end) === dayOf(start) ? clockOf(end) : dayOf(end)) : null;
  return el('li', {'data-product': row.product},
    el('time', {datetime: start.toISOString()}, clockOf(start), until ? el('small', {}, `– ${until}`) : null),
    el('span', {class: 'badge', hue: hueOf(row.product)}, row.product),
    el('div', {}, el('span', {class: row.title ? 'title' : 'title quiet'}, row.url ? linkTo(row.url, title) : title),
      row.summary && row.summary !== row.title ? el('span', {class: 'quiet summary'}, row.summary) : null, placeOf(row)));
}

/// A colour of its own, the same always.
function hueOf(product) {
  let hash = 0;
  for (const letter of product) hash = (hash * 31 + letter.codePointAt(0)) % 997;
  return (hash % 12) * 30 + 5;
}

function showRows() {
  const products = new Map();
  for (const row of rows) products.set(row.product, (products.get(row.product) || 0) + 1);
  byId('day-products').replaceChildren(...[...products].sort().map(([product, number]) => el('button', {
    type: 'button', class: 'chip', 'aria-pressed': String(!hidden.has(product)), hue: hueOf(product),
    onclick: () => {
      if (!hidden.delete(product)) hidden.add(product);
      showRows();
      [...byId('day-products').children].find((chip) => chip.dataset.product === product)?.focus();
    }, 'data-product': product}, product, el('span', {class: 'number'}, count(number)))));
  byId('day-list').replaceChildren(...rows.filter((row) => !hidden.has(row.product)).map(lineOf));
}

async function showMonth(mine) {
  const first = new Date(day.getFullYear(), day.getMonth(), 1);
  const stop = new Date(day.getFullYear(), day.getMonth() + 1, 1);
  const length = midnight(stop, -1).getDate();
  const starts = Array.from({length: length + 1}, (_, i) => midnight(first, i));
  const result = await query(monthSql(starts));
  if (mine !== asked) return;
  const numbers = new Map(result.rows.map(([i, number]) => [i, number]));
  const most = Math.max(1, ...numbers.values());
  const month = byId('day-month');
  const hasFocus = month.contains(document.activeElement);
  month.replaceChildren(...starts.slice(0, length).map((date, i) => {
    const number = numbers.get(i + 1) || 0;
    const name = `${longDay(date)}: ${plural(number, 'entry', 'entries')}`;
    const isIt = dayOf(date) === dayOf(day);
    const button = el('button', {type: 'button', 'aria-label': name, title: name, 'aria-current': isIt ? 'date' : null,
      tabindex: isIt ? '0' : '-1', onclick: () => open(date)}, el('i', {}), String(i + 1));
    button.firstChild.style.setProperty('--part', String(number === 0 ? 0 : Math.max(0.08, number / most)));
    return button;
  }));
  if (hasFocus) month.querySelector('[aria-current]').focus();
}

function monthSql(starts) {
  const first = micros(starts[0]);
  const stop = micros(starts[starts.length - 1]);
  const cases = starts.slice(1).map((date, i) => `WHEN ts_us < ${micros(date)} THEN ${i + 1}`).join(' ');
  return `SELECT CASE ${cases} END AS i, count(*) FROM takeout.timeline WHERE ts_us >= ${first} AND ts_us < ${stop}${condition()} GROUP BY 1`;
}

async function sayEmpty(mine) {
  const [before, after] = await Promise.all([nearest(-1), nearest(1)]);
  if (mine !== asked) return;
  const go = (time, word) => (time === null ? null : el('button', {type: 'button', class: 'link', onclick: () => open(new Date(time / 1000))},
    `${word}: ${longDay(new Date(time / 1000))}`));
  status(...['Nothing on this day. ', go(before, 'Earlier'), ' ', go(after, 'Later')].filter(Boolean));
}

/// Shows the day that holds this moment.
export async function open(date) {
  day = midnight(date);
  byId('day-date').value = dayOf(day);
  byId('day-title').textContent = longDay(day);
  asked += 1;
  const mine = asked;
  try {
    const found = await readDay(day, midnight(day, 1));
    if (mine !== asked) return;
    rows = found.rows;
    showRows();
    const all = `FROM takeout.timeline WHERE ts_us >= ${micros(day)} AND ts_us < ${micros(midnight(day, 1))} ORDER BY ts_us`;
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    status(`${found.truncated ? 'The first ' : ''}${plural(rows.length, 'entry', 'entries')}, times in ${zone}. `,
      el('button', {type: 'button', class: 'link', onclick: () => openStatement(all)}, 'As SQL'));
    if (rows.length === 0) await sayEmpty(mine);
    await showMonth(mine);
  } catch (failure) {
    if (mine !== asked) return;
    sayFailure(failure);
  }
}

export function step(days) {
  if (day) open(midnight(day, days));
}

async function openLatest() {
  try {
    const time = await latest();
    if (time === null) sayNothingThere();
    else await open(new Date(time / 1000));
  } catch (failure) {
    sayFailure(failure);
  }
}

export function start() {
  byId('day-back').addEventListener('click', () => step(-1));
  byId('day-on').addEventListener('click', () => step(1));
  byId('day-latest').addEventListener('click', openLatest);
  byId('day-details').addEventListener('change', () => day && open(day));
  byId('day-date').addEventListener('change', () => {
    const date = dateOf(byId('day-date').value);
    if (date) open(date);
  });
}

export const view = {
  enter() {
    if (day) open(day);
    else openLatest();
  },
};

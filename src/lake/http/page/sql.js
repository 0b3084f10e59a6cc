// The SQL box, its result, and the list of tables.
import {ApiError, ask, query} from './api.js';
import {byId, el, saveAs, show} from './dom.js';
import {bytes, count, plural, took} from './format.js';
import {gridOf} from './grid.js';

const ROWS_MAX = 1000;
const HISTORY_MAX = 50;
const KEPT = 'lake-sql';

let running = null;  // AbortController
let history = [];
let historyAt = 0;

const text = () => byId('sql-text');

function status(message) {
  byId('sql-status').textContent = message;
}

/// Where a byte of the UTF-8 text stands in the string.
export function indexOfByte(sql, position) {
  const head = new TextEncoder().encode(sql).slice(0, position);
  return new TextDecoder().decode(head).length;
}

/// Line and column from 1, and the line's text.
export function placeOf(sql, index) {
  const start = sql.lastIndexOf('\n', index - 1) + 1;
  const end = sql.indexOf('\n', index);
  return {
    line: sql.slice(0, start).split('\n').length,
    column: [...sql.slice(start, index)].length + 1,
    text: sql.slice(start, end < 0 ? sql.length : end),
    before: sql.slice(start, index),
  };
}

function wordAt(sql, index) {
  const word = /^[\p{L}\p{N}_$]+|^"[^"]*"|^\S/u.exec(sql.slice(index));
  return word ? word[0].length : 1;
}

/// Underlines what the error is about in the text, and says it below.
function showFailure(failure, sql, offset) {
  const box = byId('sql-error');
  show(box, true);
  box.replaceChildren(el('p', {}, failure.code ? el('strong', {}, failure.code.replaceAll('_', ' ') + ': ') : '', failure.message));
  if (failure.position === null || failure.position === undefined) return;
  const index = indexOfByte(sql, failure.position);
  const whole = offset + index;
  const length = wordAt(sql, index);
  mark(whole, length);
  const at = placeOf(text().value, whole);
  box.append(el('button', {type: 'button', class: 'plain', id: 'sql-place', onclick: () => {
    text().focus();
    text().setSelectionRange(whole, Math.min(whole + length, text().value.length));
  }}, `line ${at.line}, column ${at.column}`));
  const from = Math.max(0, at.before.length - 60);
  box.append(el('pre', {}, at.text.slice(from, from + 120), '\n', at.before.slice(from).replace(/[^\t]/g, ' '), '^'));
}

function mark(start, length) {
  const value = text().value;
  const end = Math.min(value.length, start + length);
  byId('sql-marks').replaceChildren(value.slice(0, start), el('mark', {}, value.slice(start, end) || ' '), value.slice(end) + '\n');
  followScroll();
}

function clearMarks() {
  byId('sql-marks').replaceChildren();
}

function followScroll() {
  byId('sql-marks').scrollTop = text().scrollTop;
  byId('sql-marks').scrollLeft = text().scrollLeft;
}

/// What is to run: the selection when there is one, else all of it.
function chosen() {
  const {value, selectionStart, selectionEnd} = text();
  const selected = value.slice(selectionStart, selectionEnd);
  return selected.trim() ? {sql: selected, offset: selectionStart} : {sql: value, offset: 0};
}

function begin(message) {
  running = new AbortController();
  byId('sql-cancel').disabled = false;
  byId('sql-run').disabled = byId('sql-csv').disabled = true;
  show(byId('sql-error'), false);
  show(byId('sql-grid'), false);
  clearMarks();
  status(message);
  return running.signal;
}

function end() {
  running = null;
  byId('sql-cancel').disabled = true;
  byId('sql-run').disabled = byId('sql-csv').disabled = false;
}

async function attempt(message, work) {
  if (running) return;
  const {sql, offset} = chosen();
  if (!sql.trim()) return;
  remember(sql);
  const signal = begin(message);
  try {
    await work(sql, signal);
  } catch (failure) {
    if (signal.aborted) {
      status('Cancelled');
    } else {
      status('');
      const known = failure instanceof ApiError;
      showFailure(known ? failure : new ApiError(0, {message: `no whole answer came from the server (${failure.message})`}), sql, offset);
    }
  } finally {
    end();
  }
}

function showResult(result, milliseconds) {
  const time = took(milliseconds);
  if (result.changed_rows !== undefined || result.columns.length === 0) {
    status(`${result.changed_rows === undefined ? 'Done' : plural(result.changed_rows, 'row') + ' changed'}, ${time}`);
    return;
  }
  const cut = result.truncated ? `the first ${plural(result.row_count, 'row')}; Save CSV gives all` : plural(result.row_count, 'row');
  byId('sql-grid').replaceChildren(gridOf(result.columns, result.rows, 'Result of the SQL statement'));
  show(byId('sql-grid'), true);
  byId('sql-grid').scrollTop = 0;
  status(`${cut}, ${time}`);
}

export function run() {
  return attempt('Running…', async (sql, signal) => {
    const began = performance.now();
    const result = await query(sql, {maxRows: ROWS_MAX, signal});
    showResult(result, performance.now() - began);
    if (/\b(create|drop|alter|insert|delete|update|copy|import)\b/i.test(sql)) readTables();
  });
}

function saveCsv() {
  return attempt('Saving…', async (sql, signal) => {
    const answer = await ask({sql, format: 'csv'}, signal);
    const reader = answer.body.getReader();
    const parts = [];
    let size = 0;
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      parts.push(piece.value);
      size += piece.value.length;
      status(`Saving… ${bytes(size)}`);
    }
    saveAs(new Blob(parts, {type: 'text/csv;charset=utf-8'}), 'result.csv');
    status(`Saved result.csv, ${bytes(size)}`);
  });
}

export function cancel() {
  if (!running) return false;
  running.abort();
  return true;
}

function remember(sql) {
  sessionStorage.setItem(KEPT, text().value);
  if (history[history.length - 1] !== sql) history.push(sql);
  history = history.slice(-HISTORY_MAX);
  historyAt = history.length;
}

function recall(step) {
  const next = historyAt + step;
  if (next < 0 || next >= history.length) return;
  historyAt = next;
  setText(history[next]);
}

export function setText(sql) {
  text().value = sql;
  clearMarks();
  show(byId('sql-error'), false);
}

const TABLES = `
SELECT schema_name, table_name, estimated_size, comment, schema_name = current_schema() AS is_here,
       schema_name IN (FROM words) AS quote_schema, table_name IN (FROM words) AS quote_table
FROM (SELECT schema_name, table_name, estimated_size, comment FROM duckdb_tables()
      WHERE database_name = current_database() AND NOT internal AND NOT temporary
      UNION ALL
      SELECT schema_name, view_name, NULL, comment FROM duckdb_views()
      WHERE database_name = current_database() AND NOT internal AND NOT temporary)
ORDER BY is_here DESC, schema_name, table_name`;
const WORDS = "WITH words AS (SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category <> 'unreserved')";

const nameOf = (name, reserved) => (!reserved && /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`);

let tables = [];

function isShown(table, words) {
  const name = `${table.schema}.${table.name}`.toLowerCase();
  if (words.length > 0) return words.every((word) => name.includes(word));
  return table.rows !== 0 || !table.name.endsWith('_history');
}

function tableButton(table) {
  const open = () => {
    setText(`FROM ${table.sql} LIMIT 100`);
    run();
    text().focus();
  };
  return el('li', {}, el('button', {type: 'button', class: 'plain', title: table.comment, onclick: open},
    el('span', {class: 'name'}, table.name), el('span', {class: 'number'}, table.rows === null ? 'view' : count(table.rows))));
}

function showTables() {
  const words = byId('tables-filter').value.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = tables.filter((table) => isShown(table, words));
  const schemas = [...new Set(shown.map((table) => table.schema))];
  byId('tables-list').replaceChildren(...schemas.map((schema) => el('section', {},
    el('h3', {}, schema), el('ul', {}, ...shown.filter((table) => table.schema === schema).map(tableButton)))));
  const hidden = tables.length - shown.length;
  byId('tables-status').textContent = tables.length === 0 ? 'No tables yet: import something.' :
    hidden > 0 ? `${hidden} more${words.length > 0 ? '' : ': empty histories'}` : '';
}

export async function readTables() {
  try {
    const result = await query(WORDS + TABLES);
    tables = result.rows.map(([schema, name, rows, comment, isHere, quoteSchema, quoteTable]) => ({
      schema, name, rows, comment,
      sql: (isHere ? '' : nameOf(schema, quoteSchema) + '.') + nameOf(name, quoteTable),
    }));
    showTables();
  } catch (failure) {
    byId('tables-status').textContent = failure.message;
  }
}

/// Puts a statement into the box and runs it.
export function openStatement(sql) {
  location.hash = 'sql';
  setText(sql);
  return run();
}

function onKey(event) {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    run();
  } else if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
    event.preventDefault();
    recall(event.key === 'ArrowUp' ? -1 : 1);
  }
}

export function start() {
  setText(sessionStorage.getItem(KEPT) || 'SHOW ALL TABLES');
  text().addEventListener('keydown', onKey);
  text().addEventListener('input', clearMarks);
  text().addEventListener('scroll', followScroll);
  byId('sql-run').addEventListener('click', run);
  byId('sql-cancel').addEventListener('click', cancel);
  byId('sql-csv').addEventListener('click', saveCsv);
  byId('tables-filter').addEventListener('input', showTables);
  byId('tables-again').addEventListener('click', readTables);
}

export const view = {
  enter() {
    readTables();
  },
};

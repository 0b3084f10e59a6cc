// The report of an import: of its job while that is known, else from the ledger in takeout.import_*.
import {query} from './api.js';
import {byId, el, show} from './dom.js';
import {bytes, count, plural, stampOf} from './format.js';
import {tableOf} from './grid.js';
import {openStatement} from './sql.js';

const USELESS = new Set(['partial', 'encrypted', 'unsupported_method', 'crc_mismatch', 'special']);
const sum = (lines, name) => lines.reduce((total, line) => total + Number(line[name] || 0), 0);

async function objects(sql, params) {
  const result = await query(sql, {params});
  return result.rows.map((row) => Object.fromEntries(row.map((value, i) => [result.columns[i].name, value])));
}

/// The same members as the result of a job.
async function fromLedger(id) {
  const [parts, lines, rejects, notes] = await Promise.all([
    objects('SELECT path, kind, state, entry_count AS entries, reason FROM takeout.import_part WHERE import_id = ? ORDER BY part_id', [id]),
    objects(`SELECT product, classified_as AS kind, state, count(*) AS entries, sum(elements_rejected)::BIGINT AS rejected,
      ${['bytes', 'elements', 'rows_new', 'rows_dup', 'rows_updated'].map((name) => `sum(${name})::BIGINT AS ${name}`)} FROM takeout.import_entry WHERE import_id = ? GROUP BY ALL ORDER BY ALL`, [id]),
    objects(`SELECT count(*) || ' x ' || r.reason || ' in ' || classified_as AS line FROM takeout.import_reject r
      JOIN takeout.import_entry e USING (entry_id) WHERE import_id = ? GROUP BY r.reason, classified_as ORDER BY ALL`, [id]),
    objects(`SELECT state || ': ' || name || ': ' || reason AS line FROM takeout.import_entry
      WHERE import_id = ? AND reason <> '' ORDER BY entry_id LIMIT 50`, [id]),
  ]);
  return {import_id: id, parts, lines, rejects: rejects.map((row) => row.line), notes: notes.map((row) => row.line), invariants: [], unknown_members: []};
}

const KIND_FACTS = ['Size', 'Files', 'Elements', 'Rows', 'Duplicates', 'Updated', 'Rejected'];

function kindRows(lines) {
  return tableOf(['Kind', 'State', ...KIND_FACTS],
    lines.map((line) => [line.kind || '–', line.state.replaceAll('_', ' '), bytes(line.bytes),
      ...['entries', 'elements', 'rows_new', 'rows_dup', 'rows_updated', 'rejected'].map((name) => count(line[name]))]), KIND_FACTS);
}

const FACTS = ['Files', 'Rows', 'Duplicates', 'Rejected'];

function productRow(product, lines) {
  const details = el('tr', {hidden: true}, el('td', {colspan: '6'}, el('div', {class: 'grid flat'}, kindRows(lines))));
  const toggle = el('button', {type: 'button', class: 'plain', 'aria-expanded': 'false', onclick: () => {
    show(details, details.hidden);
    toggle.setAttribute('aria-expanded', String(!details.hidden));
  }}, product || 'kept as files');
  const useless = lines.filter((line) => USELESS.has(line.state));
  const rejected = sum(lines, 'rejected');
  const row = el('tr', {}, el('th', {scope: 'row'}, toggle),
    ...['entries', 'rows_new', 'rows_dup', 'rejected'].map((name) => el('td', {class: 'number'}, count(sum(lines, name)))),
    el('td', {}, useless.length > 0 || rejected > 0 ? el('span', {class: 'state', 'data-state': 'failed'}, useless.length > 0 ?
      `${plural(sum(useless, 'entries'), 'file')} not whole` : 'some left out') : el('span', {class: 'state', 'data-state': 'succeeded'}, 'whole')));
  return [row, details];
}

function productTable(lines) {
  const products = [...new Set(lines.map((line) => line.product))].sort((a, b) => Number(a === '') - Number(b === '') || a.localeCompare(b));
  return el('div', {class: 'grid flat'}, el('table', {class: 'products'},
    el('thead', {}, el('tr', {}, el('th', {scope: 'col'}, 'Product'), ...FACTS.map((name) => el('th', {scope: 'col', class: 'number'}, name)),
      el('th', {scope: 'col'}, 'Outcome'))),
    el('tbody', {}, ...products.flatMap((product) => productRow(product, lines.filter((line) => line.product === product))))));
}

function list(title, lines, isOpen = false) {
  if (!lines || lines.length === 0) return null;
  return el('details', {open: isOpen}, el('summary', {}, `${title} (${lines.length})`), el('ul', {class: 'lines'}, ...lines.map((line) => el('li', {}, line))));
}

function balance(invariants) {
  if (!invariants || invariants.length === 0) return null;
  const broken = invariants.filter((each) => !each.holds);
  return el('details', {open: broken.length > 0},
    el('summary', {}, broken.length > 0 ? `The account does not balance: ${plural(broken.length, 'breach', 'breaches')}` : `The account balances: ${plural(invariants.length, 'check')}`),
    el('ul', {class: 'lines'}, ...invariants.map((each) => el('li', {}, `${each.holds ? '✓' : '✗'} ${each.what}${each.found ? ': ' + each.found : ''}`))));
}

function rejectsOf(report) {
  const box = list('Rejected elements, with reasons', report.rejects, true);
  if (box) {
    box.append(el('button', {type: 'button', onclick: () => openStatement(
      `SELECT e.name, r.* EXCLUDE (bytes) FROM takeout.import_reject r JOIN takeout.import_entry e USING (entry_id) WHERE e.import_id = ${Number(report.import_id)} LIMIT 1000`)},
    'Show them as SQL'));
  }
  return box;
}

/// What a dry run found.
const preview = (kinds) => el('div', {class: 'grid flat'}, tableOf(['Product', 'Kind', 'Files', 'Size', 'For example', ''], kinds.map((kind) =>
  [kind.product, kind.kind, count(kind.entries), bytes(kind.bytes), kind.sample[0] || '', kind.wanted ? JSON.stringify(kind.rows?.[0]?.row) || '' : 'left out']), ['Files', 'Size']));

export function showReport(report, {focus = true} = {}) {
  const lines = report.lines || [];
  const parts = tableOf(['Archive', 'Kind', 'State', 'Entries', ''], (report.parts || []).map((part) =>
    [part.path, part.kind || '–', part.state || (part.is_whole ? 'whole' : 'not whole'), part.entries > 0 ? count(part.entries) : '–', part.reason || '']), ['Entries']);
  const facts = `${plural(sum(lines, 'entries'), 'file')}, ${bytes(sum(lines, 'bytes'))}: ${plural(sum(lines, 'rows_new'), 'new row')}, ` +
    `${plural(sum(lines, 'rows_dup'), 'duplicate')}, ${count(sum(lines, 'rows_updated'))} updated, ${count(sum(lines, 'rejected'))} rejected`;
  byId('report-title').textContent = report.kinds ? 'What would be imported' : `Report of import ${report.import_id}`;
  byId('report-body').replaceChildren(...[
    report.kinds ? preview(report.kinds) : el('p', {}, facts), lines.length > 0 ? productTable(lines) : null, rejectsOf(report), el('div', {class: 'grid flat'}, parts), balance(report.invariants),
    list('Notes on files', report.notes), list('Members that no column takes, kept in extra', report.unknown_members)].filter(Boolean));
  show(byId('report'), true);
  if (focus) {
    byId('report').scrollIntoView({block: 'start'});
    byId('report-title').focus({preventScroll: true});
  }
}

async function openFromLedger(id) {
  try {
    showReport(await fromLedger(id));
  } catch (failure) {
    byId('import-status').textContent = failure.message;
  }
}

const IMPORTS = `SELECT r.import_id, r.started_us, r.state, count(DISTINCT p.part_id) AS parts, any_value(p.name) AS name,
  (SELECT coalesce(sum(rows_new), 0)::BIGINT FROM takeout.import_entry e WHERE e.import_id = r.import_id) AS row_count
  FROM takeout.import_run r LEFT JOIN takeout.import_part p USING (import_id) GROUP BY ALL ORDER BY import_id DESC LIMIT 20`;

/// The imports the ledger knows, the newest first.
export async function readImports() {
  const box = byId('imports');
  try {
    const runs = await objects(IMPORTS);
    if (runs.length === 0) throw new Error('none');
    box.replaceChildren(tableOf(['Import', 'Begun', 'Archives', 'New rows', 'State', ''], runs.map((run) => [
      String(run.import_id), stampOf(run.started_us), run.parts === 1 ? run.name : plural(run.parts, 'part'), count(run.row_count), run.state,
      el('button', {type: 'button', 'aria-label': `Report of import ${run.import_id}`, onclick: () => openFromLedger(run.import_id)}, 'Report')]), ['New rows']));
  } catch {
    box.replaceChildren(el('p', {class: 'quiet'}, 'Nothing was imported yet.'));
  }
}

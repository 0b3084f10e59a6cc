// A result as a table. Cells are texts; long ones are cut until they are clicked.
import {el} from './dom.js';

const CELL_MAX = 200;
const NUMBERS = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL|BIGNUM)/;

export function textOf(value) {
  if (value === null) return 'NULL';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function cell(value, numeric) {
  const text = textOf(value);
  const long = text.length > CELL_MAX;
  const data = el('td', {class: value === null ? 'null' : numeric ? 'number' : null},
    long ? `${text.slice(0, CELL_MAX)}…` : text);
  if (long || text.length > 40) {
    data.classList.add('cut');
    data.addEventListener('click', () => {
      data.classList.remove('cut');
      data.textContent = text;
    }, {once: true});
  }
  return data;
}

/// `columns`: [{name, type}], `rows`: arrays of values.
export function gridOf(columns, rows, caption) {
  const numeric = columns.map((column) => NUMBERS.test(column.type));
  const head = el('tr', {}, el('th', {class: 'row', scope: 'col'}, '#'), ...columns.map((column, i) =>
    el('th', {scope: 'col', class: numeric[i] ? 'number' : null}, column.name, el('small', {}, column.type.toLowerCase()))));
  const body = el('tbody', {}, ...rows.map((row, at) =>
    el('tr', {}, el('th', {class: 'row', scope: 'row'}, String(at + 1)), ...row.map((value, i) => cell(value, numeric[i])))));
  return el('table', {}, el('caption', {class: 'hidden'}, caption), el('thead', {}, head), body);
}

/// Plain tables of the page itself: `rows` are arrays of texts or nodes; columns named in `numeric` stand right.
export function tableOf(names, rows, numeric = []) {
  const classOf = (i) => (numeric.includes(names[i]) ? 'number' : null);
  return el('table', {},
    el('thead', {}, el('tr', {}, ...names.map((name, i) => el('th', {scope: 'col', class: classOf(i)}, name)))),
    el('tbody', {}, ...rows.map((row) => el('tr', {}, ...row.map((value, i) => el('td', {class: classOf(i)}, value))))));
}

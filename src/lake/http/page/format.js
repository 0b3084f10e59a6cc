// Numbers, sizes and times for people.

const numbers = new Intl.NumberFormat();

export const count = (value) => numbers.format(value);
export const plural = (value, one, many = one + 's') => `${count(value)} ${value === 1 ? one : many}`;

export function bytes(value) {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  let size = Number(value) || 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}

export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

export const took = (milliseconds) =>
  milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;

const pad = (value) => String(value).padStart(2, '0');
/// yyyy-mm-dd in the browser's zone.
export const dayOf = (date) => `${String(date.getFullYear()).padStart(4, '0')}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
export const clockOf = (date) => `${pad(date.getHours())}:${pad(date.getMinutes())}`;
export const stampOf = (micros) => {
  const date = new Date(Number(micros) / 1000);
  return `${dayOf(date)} ${clockOf(date)}`;
};
export const longDay = (date) =>
  date.toLocaleDateString('en-GB', {weekday: 'long', year: 'numeric', month: 'long', day: 'numeric'});

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const safeField = (field) => {
  const open = field.startsWith('"') ? 1 : 0;
  const content = open ? field.slice(1, -1) : field;
  return /^[=+\-@\t\r]/.test(content) && !NUMBER.test(content) ? field.slice(0, open) + "'" + field.slice(open) : field;
};
const quotes = (text) => text.split('"').length - 1;

/// Makes a CSV, given in pieces, harmless to spreadsheets: they run a field that begins like a formula, unless an apostrophe stands
/// before it. Numbers stay as they are. Holds one record and one piece.
export function spreadsheetSafe() {
  let rest = '';
  return (text, isEnd) => {
    rest += text;
    let cut = isEnd ? rest.length : rest.lastIndexOf('\n') + 1;
    while (!isEnd && cut > 0 && quotes(rest.slice(0, cut)) % 2) cut = rest.lastIndexOf('\n', cut - 2) + 1;
    const records = rest.slice(0, cut);
    rest = rest.slice(cut);
    if (records.includes('"')) return records.replace(/"(?:[^"]+|"")*"|[^",\n]+/g, safeField);
    return records.replace(/(^|[,\n])([=+\-@\t\r][^,\n]*)/g, (all, before, field) => before + safeField(field));
  };
}

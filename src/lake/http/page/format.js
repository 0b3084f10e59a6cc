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

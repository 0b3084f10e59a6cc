// Elements and texts. Everything that comes from data goes through textContent or an attribute that cannot run anything;
// the content security policy refuses every other way.

export const byId = (id) => document.getElementById(id);

/// el('td', {class: 'number'}, 12): children are nodes or texts; on... are listeners, hue is a colour, the rest are attributes.
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'hue') element.style.setProperty('--hue', value);
    else if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export function show(element, visible) {
  element.hidden = !visible;
}

/// Something with a state, buttons, progress and numbers: fillCard() says what.
export function cardOf(name, label, data = {}) {
  return el('li', data, el('div', {class: 'line'}, el('strong', {}, name), el('span', {class: 'state'}), el('span', {class: 'buttons'})),
    el('progress', {max: '1', 'aria-label': `${label} ${name}`}), el('p', {class: 'quiet'}));
}

/// `part`: from 0 to 1, null when it is not known.
export function fillCard(card, state, part, text) {
  const [line, bar, numbers] = card.children;
  line.children[1].textContent = line.children[1].dataset.state = state;
  if (part === null) bar.removeAttribute('value');
  else bar.value = part;
  numbers.textContent = text;
}

/// A button whose name says what it is about.
export const buttonFor = (subject, label, action) => el('button', {type: 'button', 'aria-label': `${label} ${subject}`, onclick: action}, label);

/// A link only where it leads to the web; javascript: and the like stay texts.
export function linkTo(url, text) {
  return /^https?:\/\//i.test(url) ? el('a', {href: url, target: '_blank', rel: 'noopener noreferrer'}, text) : text;
}

export function showError(box, failure) {
  show(box, Boolean(failure));
  box.textContent = failure ? failure.message : '';
}

/// Saves a blob as a file of this name.
export function saveAs(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = el('a', {href: url, download: name});
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}

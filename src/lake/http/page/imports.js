// Bringing archives in: files are uploaded one after the other, then imported by one job.
import {call} from './api.js';
import {buttonFor, byId, cardOf, el, fillCard, showError} from './dom.js';
import {bytes, duration, plural} from './format.js';
import * as jobs from './jobs.js';
import {readImports, showReport} from './report.js';
import {filesOfDrop, forget, unfinished, Upload} from './uploads.js';

const FILES_MAX = 100;  // what a server keeps at once, unless it is set otherwise

let batch = [];  // uploads of the import that is being prepared
let sending = false;
let importing = false;

function status(message) {
  byId('import-status').textContent = message;
}

const fail = (failure) => showError(byId('import-error'), failure);

function optionsOf() {
  const products = {include: [], exclude: []};
  for (const name of byId('products').value.trim().split(/ *, */)) {
    if (name) products[name[0] === '-' ? 'exclude' : 'include'].push(name.replace(/^-/, '').trim());
  }
  return {time_zone: byId('zone').value.trim(), dry_run: byId('dry-run').checked, products};
}

/// Begins the import, and shows its report when it has ended. `accepted` is told the options when the server has it.
async function importThese(source, accepted = () => {}) {
  fail(null);
  const options = optionsOf();
  const began = await (await call('POST', '/api/v1/lake/takeout', {json: {...source, ...options}})).json();
  accepted(options);
  status('It runs. What is stored can be asked for at once.');
  const job = await jobs.ended(began.job_id);
  await readImports();
  if (job.state !== 'succeeded') {
    fail(job.error || new Error(`the import was ${job.state}`));
    return;
  }
  status(began.cached ? 'These archives are known; this is the report from before.' : 'Done.');
  if (job.result) showReport(job.result);
}

function showUpload(upload) {
  const {card, file, offset, name, state} = upload;
  const label = {sending: 'Pause', paused: 'Resume', failed: 'Try again'}[state];
  if (card.dataset.kind !== state) {
    card.dataset.kind = state;
    card.querySelector('.buttons').replaceChildren(...(state === 'done' ? [] : [
      label ? buttonFor(name, label, () => (state === 'sending' ? upload.pause() : resume(upload))) : '', buttonFor(name, 'Cancel', () => drop(upload))]));
  }
  const parts = [`${bytes(offset)} of ${bytes(file.size)}`];
  if (state === 'sending' && upload.rate > 0) parts.push(`${bytes(upload.rate)}/s`, `${duration((file.size - offset) / upload.rate)} left`);
  if (upload.message) parts.push(upload.message);
  fillCard(card, state, file.size === 0 ? 1 : offset / file.size, parts.join(' · '));
}

async function drop(upload) {
  batch = batch.filter((each) => each !== upload);
  upload.card.remove();
  await upload.cancel();
  pump();
}

function resume(upload) {
  upload.set('waiting');
  pump();
}

/// Sends what waits, one file at a time, and begins the import when all is there.
async function pump() {
  if (sending) return;
  sending = true;
  for (let next = waiting(); next; next = waiting()) await next.send();
  sending = false;
  if (batch.some((upload) => upload.state === 'failed')) status('Not everything arrived: try again, or cancel it.');
  if (batch.length === 0 || importing || batch.some((upload) => upload.state !== 'done')) return;
  importing = true;
  const sent = batch;
  batch = [];
  let isTaken = false;
  try {
    await importThese({uploads: sent.map((upload) => upload.id)}, (options) => {
      isTaken = true;
      sent.forEach((upload) => {
        if (!options.dry_run) upload.imported();  // the server keeps what it only looked at
        upload.card.remove();
      });
    });
  } catch (failure) {
    fail(failure);
  }
  importing = false;
  if (!isTaken) {
    batch = sent.concat(batch);
    byId('import-error').append(' ', el('button', {type: 'button', onclick: pump}, 'Try again'));
    return;
  }
  pump();
}

const waiting = () => batch.find((upload) => upload.state === 'waiting');

async function takeFiles(found) {
  if (found.length === 0) return;
  if (found.length > FILES_MAX) {
    fail(new Error(`${plural(found.length, 'file')} are too many for an upload: drop the archives, or give the folder's path under Options.`));
    return;
  }
  fail(null);
  for (const {file, name} of found) {
    const upload = new Upload(file, name, showUpload);
    if (batch.some((each) => each.key === upload.key)) continue;
    batch.push(upload);
    byId('uploads').querySelector(`[data-key="${CSS.escape(upload.key)}"]`)?.remove();
    upload.card = cardOf(name, 'Upload of');
    byId('uploads').append(upload.card);
    showUpload(upload);
  }
  status(`${plural(batch.length, 'file')}, ${bytes(batch.reduce((sum, upload) => sum + upload.file.size, 0))}`);
  await pump();
}

async function showUnfinished() {
  for (const {key, id, name, offset, bytes: size} of await unfinished()) {
    if (batch.some((upload) => upload.key === key)) continue;
    const card = cardOf(name, 'Upload of', {'data-key': key});
    card.querySelector('.buttons').append(buttonFor(name, 'Forget', () => {
      card.remove();
      forget(key, id);
    }));
    fillCard(card, 'interrupted', size ? offset / size : 0, `${bytes(offset)} of ${bytes(size)} are there. Choose the same file again and it goes on.`);
    byId('uploads').append(card);
  }
}

function listenToDrops() {
  const box = byId('drop');
  const over = (event) => {
    if (![...event.dataTransfer.types].includes('Files')) return;
    event.preventDefault();
    box.classList.add('over');
  };
  addEventListener('dragover', over);
  addEventListener('dragleave', (event) => event.relatedTarget === null && box.classList.remove('over'));
  addEventListener('drop', async (event) => {
    if (![...event.dataTransfer.types].includes('Files')) return;
    event.preventDefault();
    box.classList.remove('over');
    location.hash = 'import';
    try {
      await takeFiles(await filesOfDrop(event.dataTransfer.items));
    } catch (failure) {
      fail(failure);
    }
  });
}

function listenToInputs() {
  for (const [button, input] of [['pick-files', 'files'], ['pick-folder', 'folder']]) {
    byId(button).addEventListener('click', () => byId(input).click());
    byId(input).addEventListener('change', async () => {
      const found = [...byId(input).files].map((file) => ({file, name: file.webkitRelativePath || file.name}));
      byId(input).value = '';
      await takeFiles(found);
    });
  }
  byId('path-form').addEventListener('submit', async (event) => {
    event.preventDefault();
    const path = byId('path').value.trim();
    if (!path) return;
    try {
      await importThese({paths: [path]});
    } catch (failure) {
      fail(failure);
    }
  });
}

export function start() {
  jobs.start({openReport: (job) => showReport(job.result)});
  byId('zone').value = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
  byId('zones').append(...(Intl.supportedValuesOf?.('timeZone') || []).map((value) => el('option', {value})));
  listenToDrops();
  listenToInputs();
  addEventListener('beforeunload', (event) => {
    if (batch.some((upload) => upload.state === 'sending')) event.preventDefault();
  });
}

export const view = {
  enter() {
    jobs.enter();
    readImports();
    showUnfinished();
  },
  leave: jobs.leave,
};

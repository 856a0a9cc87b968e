import '@fontsource/be-vietnam-pro/400.css';
import '@fontsource/be-vietnam-pro/600.css';
import '@fontsource/be-vietnam-pro/700.css';
import './styles/tokens.css';
import './styles/wall.css';
import './styles/heat.css';
import './styles/panels.css';
// Last: it overrides the others on video walls.
import './styles/wide.css';

import { effect, signal } from '@preact/signals';
import { render } from 'preact';

import { WallConnection, type BrowserPorts } from './connection/wall-connection.ts';
import { textsOf, type Language } from './model/texts.ts';
import { forgetWidths } from './views/fit-text.ts';
import { Wall } from './views/wall.tsx';

/** Tiles change at most this often, milliseconds. */
const beatMs = 5_000;

/** The body moves by 2 px this often against burn-in, milliseconds. */
const shiftMs = 600_000;

/** Between two reloads for a new build, milliseconds. */
const reloadPauseMs = 60_000;

const ports: BrowserPorts = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
  every(periodMs, run) {
    const timer = setInterval(run, periodMs);
    return () => clearInterval(timer);
  },
  monotonicMs: () => performance.now(),
  random: () => Math.random(),
  reload: () => {
    // Two servers of different builds behind one address must not make a screen load for ever.
    if (performance.now() > reloadPauseMs) location.reload();
  },
};

const query = new URLSearchParams(location.search);
const language = signal<Language>(firstLanguage());
const second = signal(0);
const beat = signal(0);
const connection = new WallConnection(ports);

/** The first news is drawn at once, what follows within the beat. */
let lastBeatMs = Number.NEGATIVE_INFINITY;
let waiting = false;

function draw(): void {
  lastBeatMs = ports.monotonicMs();
  beat.value = beat.peek() + 1;
}

function requestBeat(): void {
  const leftMs = lastBeatMs + beatMs - ports.monotonicMs();
  if (leftMs <= 0) {
    draw();
    return;
  }
  if (waiting) return;
  waiting = true;
  ports.after(leftMs, () => {
    waiting = false;
    requestBeat();
  });
}

function firstLanguage(): Language {
  const asked = query.get('lang') ?? localStorage.getItem('haidang.language');
  return asked === 'en' ? 'en' : 'vi';
}

function switchLanguage(): void {
  language.value = language.value === 'vi' ? 'en' : 'vi';
  localStorage.setItem('haidang.language', language.value);
}

if (query.has('kiosk')) document.body.classList.add('kiosk');

effect(() => {
  const texts = textsOf(language.value);
  document.documentElement.lang = language.value;
  document.title = `${texts.title} · Hải Đăng`;
});

effect(() => {
  void connection.changed.value;
  requestBeat();
});
effect(() => {
  // A first answer, and one after a pause, does not wait for the beat.
  void connection.answers.value;
  draw();
});
effect(() => {
  // What was missed while the line was down is drawn as it comes.
  if (connection.state.value === 'live') lastBeatMs = Number.NEGATIVE_INFINITY;
});

addEventListener('keydown', (event) => {
  const typing = event.target instanceof HTMLInputElement;
  if (event.key.toLowerCase() === 'l' && !typing && !event.ctrlKey && !event.metaKey) switchLanguage();
});

ports.every(1_000, () => {
  second.value += 1;
});
// Ages grow although nothing comes: a value must go grey by itself.
ports.every(beatMs, requestBeat);
let shifted = 0;
ports.every(shiftMs, () => {
  shifted = (shifted + 1) % 4;
  const [x, y] = [shifted === 1 || shifted === 2 ? 2 : 0, shifted >= 2 ? 2 : 0];
  document.body.style.transform = `translate(${x}px, ${y}px)`;
});

// Names are measured to find their places: measure again whenever a font has come. A canvas alone asks for
// none.
document.fonts.addEventListener('loadingdone', () => {
  forgetWidths();
  draw();
});
for (const weight of [400, 600, 700]) {
  void document.fonts.load(`${weight} 40px "Be Vietnam Pro"`, 'Bà Rịa-Vũng Tàu');
  void document.fonts.load(`${weight} 40px "Hai Dang So"`, '0123456789');
}

const root = document.getElementById('wall');
if (root === null) throw new Error('index.html has no #wall');
render(
  <Wall
    connection={connection}
    second={second}
    beat={beat}
    language={language}
    onLanguage={switchLanguage}
  />,
  root,
);
connection.start();

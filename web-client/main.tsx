import '@fontsource/be-vietnam-pro/400.css';
import '@fontsource/be-vietnam-pro/600.css';
import '@fontsource/be-vietnam-pro/700.css';
import './styles/tokens.css';
import './styles/wall.css';
import './styles/heat.css';
import './styles/panels.css';
import './styles/passport.css';
// Last: it overrides the others on video walls.
import './styles/wide.css';

import { effect, signal } from '@preact/signals';
import { render } from 'preact';

import { WallConnection, type BrowserPorts } from './connection/wall-connection.ts';
import { textsOf, type Language } from './model/texts/texts.ts';
import { forgetWidths } from './views/parts/fit-text.ts';
import { EnvironmentPage } from './views/environment/environment-page.tsx';

/** Tiles change at most this often, milliseconds. */
const beatMs = 5_000;

/** The body moves by 2 px this often against burn-in, milliseconds. */
const shiftMs = 600_000;

/** The wall clock went on by this much more than the timers did: the machine slept, milliseconds. */
const sleptMsMin = 3_000;

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
  reload,
};

// Two servers of different builds behind one address must not make a screen load for ever.
function reload(): void {
  if (performance.now() > reloadPauseMs) location.reload();
}

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
// A machine that slept wakes with a line that is dead and does not know it: its clock went on, its timers did not.
let awake = { wallMs: Date.now(), monotonicMs: ports.monotonicMs() };
ports.every(1_000, () => {
  const now = { wallMs: Date.now(), monotonicMs: ports.monotonicMs() };
  const jumpMs = now.wallMs - awake.wallMs - (now.monotonicMs - awake.monotonicMs);
  awake = now;
  if (Math.abs(jumpMs) > sleptMsMin) connection.suspect('the machine slept');
});
addEventListener('online', () => connection.suspect('the network is back'));
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) connection.suspect('the page was put aside');
});
// A fault in drawing would leave a page that looks alive: it starts over instead.
for (const sign of ['error', 'unhandledrejection'] as const) {
  addEventListener(sign, () =>
    ports.after(Math.max(1_000, reloadPauseMs + 1_000 - ports.monotonicMs()), reload),
  );
}
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
  <EnvironmentPage
    connection={connection}
    second={second}
    beat={beat}
    language={language}
    onLanguage={switchLanguage}
    after={ports.after}
  />,
  root,
);
connection.start();

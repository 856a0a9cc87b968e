import type { Language } from './language.ts';

/** Words that every page has: its line to the server, ages, states, lists. */
export interface FrameTexts {
  readonly demo: string;
  readonly weekdays: readonly string[];
  readonly connected: string;
  readonly connecting: string;
  readonly sourceLost: string;
  readonly lostSince: (time: string) => string;
  readonly newest: (age: string) => string;
  readonly noneYet: string;
  readonly secondsAgo: (count: number) => string;
  readonly minutesAgo: (count: number) => string;
  readonly until: (time: string) => string;
  readonly since: (time: string) => string;
  readonly stale: string;
  readonly neverUpdated: string;
  readonly provisional: string;
  readonly revised: string;
  readonly moreSources: (count: number) => string;
  readonly moreItems: (count: number) => string;
  readonly yesterday: string;
  readonly today: string;
  readonly readingsToday: (count: string) => string;
  readonly attention: string;
  readonly good: string;
  readonly watch: string;
  readonly bad: string;
  readonly staleSources: string;
  readonly noStale: string;
  readonly otherLanguage: string;
  readonly tokenAsk: string;
  readonly tokenWrong: string;
  readonly tokenSend: string;
  readonly waitingForServer: string;
}

const vi: FrameTexts = {
  demo: 'DỮ LIỆU MÔ PHỎNG',
  weekdays: ['Chủ Nhật', 'Thứ Hai', 'Thứ Ba', 'Thứ Tư', 'Thứ Năm', 'Thứ Sáu', 'Thứ Bảy'],
  connected: 'Đã kết nối',
  connecting: 'Đang kết nối…',
  sourceLost: 'Máy chủ chưa nhận được số liệu mới',
  lostSince: (time) => `Mất kết nối từ ${time}`,
  newest: (age) => `số liệu mới nhất ${age}`,
  noneYet: 'chưa có số liệu',
  secondsAgo: (count) => `${count} giây trước`,
  minutesAgo: (count) => `${count} phút trước`,
  until: (time) => `đến ${time}`,
  since: (time) => `từ ${time}`,
  stale: 'mất cập nhật',
  neverUpdated: 'chưa có số liệu',
  provisional: 'tạm tính',
  revised: 'đã điều chỉnh',
  moreSources: (count) => `và ${count} nguồn khác`,
  moreItems: (count) => `và ${count} mục khác`,
  yesterday: 'hôm qua',
  today: 'hôm nay',
  readingsToday: (count) => `hôm nay ${count} số đo`,
  attention: 'Cần chú ý',
  good: 'Đạt',
  watch: 'Cần chú ý',
  bad: 'Không đạt',
  staleSources: 'Nguồn mất cập nhật',
  noStale: 'Mọi nguồn đang cập nhật',
  otherLanguage: 'EN',
  tokenAsk: 'Mã truy cập của màn hình',
  tokenWrong: 'Mã này không được chấp nhận.',
  tokenSend: 'Mở',
  waitingForServer: 'Đang chờ máy chủ…',
};

const en: FrameTexts = {
  demo: 'SIMULATED DATA',
  weekdays: ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'],
  connected: 'Connected',
  connecting: 'Connecting…',
  sourceLost: 'The server hears no new data',
  lostSince: (time) => `Connection lost since ${time}`,
  newest: (age) => `newest data ${age}`,
  noneYet: 'no data yet',
  secondsAgo: (count) => `${count} s ago`,
  minutesAgo: (count) => `${count} min ago`,
  until: (time) => `until ${time}`,
  since: (time) => `since ${time}`,
  stale: 'no update',
  neverUpdated: 'no data yet',
  provisional: 'provisional',
  revised: 'revised',
  moreSources: (count) => `and ${count} more`,
  moreItems: (count) => `and ${count} more`,
  yesterday: 'yesterday',
  today: 'today',
  readingsToday: (count) => `${count} readings today`,
  attention: 'Attention',
  good: 'Met',
  watch: 'Watch',
  bad: 'Not met',
  staleSources: 'Silent sources',
  noStale: 'Every source is up to date',
  otherLanguage: 'VI',
  tokenAsk: 'Access token of this screen',
  tokenWrong: 'This token is not accepted.',
  tokenSend: 'Open',
  waitingForServer: 'Waiting for the server…',
};

/** The words, by language. */
export const frameTexts: Readonly<Record<Language, FrameTexts>> = { vi, en };

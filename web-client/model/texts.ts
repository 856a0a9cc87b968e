import type { AqiBand } from './aqi-band.ts';

/** Languages of the page; Vietnamese is the first. */
export type Language = 'vi' | 'en';

/** Every word of the page. The frozen words of the product are the Vietnamese ones here. */
export interface Texts {
  readonly title: string;
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
  readonly staleSince: (time: string) => string;
  readonly stale: string;
  readonly neverUpdated: string;
  readonly provisional: string;
  readonly revised: string;
  readonly scheme: string;
  readonly sea: string;
  readonly worst: string;
  readonly standardStation: string;
  readonly referenceSensor: string;
  readonly noStandard: string;
  readonly noStandardIn: (areas: string) => string;
  readonly thisHour: string;
  readonly hourTitle: string;
  readonly hourNote: string;
  readonly sensorNote: string;
  readonly moreStations: (count: number) => string;
  readonly moreSources: (count: number) => string;
  readonly moreItems: (count: number) => string;
  readonly past24: string;
  readonly dashed: string;
  readonly noSensors: string;
  readonly noStations: string;
  readonly dayTitle: string;
  readonly yesterday: string;
  readonly today: string;
  readonly runningDay: string;
  readonly noDay: string;
  readonly validTitle: string;
  readonly validOf: (share: number) => string;
  readonly validData: string;
  readonly readingsToday: (count: string) => string;
  readonly attention: string;
  readonly allGood: string;
  readonly watch: string;
  readonly bad: string;
  readonly staleSources: string;
  readonly noStale: string;
  readonly bands: Readonly<Record<AqiBand, string>>;
  readonly advice: Readonly<Record<AqiBand, string>>;
  readonly otherLanguage: string;
  readonly tokenAsk: string;
  readonly tokenWrong: string;
  readonly tokenSend: string;
  readonly waitingForServer: string;
}

const vi: Texts = {
  title: 'Giám sát môi trường',
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
  staleSince: (time) => `mất cập nhật từ ${time}`,
  stale: 'mất cập nhật',
  neverUpdated: 'chưa có số liệu',
  provisional: 'tạm tính',
  revised: 'đã điều chỉnh',
  scheme: 'Sơ đồ, không phải địa giới pháp lý',
  sea: 'Biển Đông',
  worst: 'Trạm cao nhất',
  standardStation: 'trạm chuẩn',
  referenceSensor: 'cảm biến tham khảo',
  noStandard: 'không có trạm chuẩn',
  noStandardIn: (areas) => `không có trạm chuẩn: ${areas}`,
  thisHour: 'giờ này',
  hourTitle: 'VN_AQI giờ',
  hourNote: 'trạm chuẩn, QĐ 1459/QĐ-TCMT',
  sensorNote: 'cảm biến tham khảo',
  moreStations: (count) => `và ${count} trạm khác`,
  moreSources: (count) => `và ${count} nguồn khác`,
  moreItems: (count) => `và ${count} mục khác`,
  past24: '24 giờ qua',
  dashed: 'nét đứt: tạm tính',
  noSensors: 'chưa có cảm biến nào gửi số liệu',
  noStations: 'chưa có trạm chuẩn nào',
  dayTitle: 'VN_AQI ngày',
  yesterday: 'hôm qua',
  today: 'hôm nay',
  runningDay: 'hôm nay, tạm tính',
  noDay: 'chưa đủ số liệu',
  validTitle: 'Số liệu hợp lệ',
  validOf: (share) => `trạm đạt từ ${share}%`,
  validData: 'số liệu hợp lệ',
  readingsToday: (count) => `hôm nay ${count} số đo`,
  attention: 'Cần chú ý',
  allGood: 'Các trạm chuẩn đều đạt',
  watch: 'Cần chú ý',
  bad: 'Không đạt',
  staleSources: 'Nguồn mất cập nhật',
  noStale: 'Mọi nguồn đang cập nhật',
  bands: { 1: 'Tốt', 2: 'Trung bình', 3: 'Kém', 4: 'Xấu', 5: 'Rất xấu', 6: 'Nguy hại' },
  advice: {
    1: 'Không khí tốt cho mọi hoạt động ngoài trời.',
    2: 'Người nhạy cảm nên theo dõi sức khỏe.',
    3: 'Người nhạy cảm nên tránh vận động mạnh.',
    4: 'Mọi người nên giảm vận động ngoài trời.',
    5: 'Mọi người nên ở trong nhà, đóng cửa sổ.',
    6: 'Không ra ngoài nếu không thật cần thiết.',
  },
  otherLanguage: 'EN',
  tokenAsk: 'Mã truy cập của màn hình',
  tokenWrong: 'Mã này không được chấp nhận.',
  tokenSend: 'Mở',
  waitingForServer: 'Đang chờ máy chủ…',
};

const en: Texts = {
  title: 'Environment',
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
  staleSince: (time) => `no update since ${time}`,
  stale: 'no update',
  neverUpdated: 'no data yet',
  provisional: 'provisional',
  revised: 'revised',
  scheme: 'A scheme, not legal boundaries',
  sea: 'East Sea',
  worst: 'Highest station',
  standardStation: 'standard station',
  referenceSensor: 'reference sensor',
  noStandard: 'no standard station',
  noStandardIn: (areas) => `no standard station: ${areas}`,
  thisHour: 'now',
  hourTitle: 'VN_AQI, hourly',
  hourNote: 'standard stations, Decision 1459',
  sensorNote: 'reference sensors',
  moreStations: (count) => `and ${count} more`,
  moreSources: (count) => `and ${count} more`,
  moreItems: (count) => `and ${count} more`,
  past24: 'past 24 hours',
  dashed: 'dashed: provisional',
  noSensors: 'no sensor has sent data yet',
  noStations: 'no standard station yet',
  dayTitle: 'VN_AQI, daily',
  yesterday: 'yesterday',
  today: 'today',
  runningDay: 'today, provisional',
  noDay: 'not enough data',
  validTitle: 'Valid data',
  validOf: (share) => `stations ≥ ${share}%`,
  validData: 'valid data',
  readingsToday: (count) => `${count} readings`,
  attention: 'Attention',
  allGood: 'All standard stations are fine',
  watch: 'Watch',
  bad: 'Not met',
  staleSources: 'Silent sources',
  noStale: 'Every source is up to date',
  bands: { 1: 'Good', 2: 'Moderate', 3: 'Poor', 4: 'Bad', 5: 'Very bad', 6: 'Hazardous' },
  advice: {
    1: 'Good air for all outdoor activities.',
    2: 'Sensitive people: watch your health.',
    3: 'Sensitive people: less effort outdoors.',
    4: 'Everybody should do less outdoors.',
    5: 'Stay indoors, keep windows shut.',
    6: 'Do not go out unless you must.',
  },
  otherLanguage: 'VI',
  tokenAsk: 'Access token of this screen',
  tokenWrong: 'This token is not accepted.',
  tokenSend: 'Open',
  waitingForServer: 'Waiting for the server…',
};

/** The words of a language. */
export function textsOf(language: Language): Texts {
  return language === 'en' ? en : vi;
}

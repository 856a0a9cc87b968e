import type { AqiBand } from '../environment/aqi-band.ts';
import type { Language } from './language.ts';

/** Words of the page "Giám sát môi trường". */
export interface EnvironmentTexts {
  readonly title: string;
  readonly scheme: string;
  readonly worst: string;
  readonly standardStation: string;
  readonly referenceSensor: string;
  readonly noStandard: string;
  readonly noStandardIn: (areas: string) => string;
  readonly thisHour: string;
  readonly hourTitle: string;
  /** The longest that fits is taken. */
  readonly hourNotes: readonly string[];
  readonly sensorNote: string;
  readonly moreStations: (count: number) => string;
  readonly past24: string;
  readonly noSensors: string;
  readonly noStations: string;
  readonly dayTitle: string;
  readonly runningDay: string;
  readonly noDay: string;
  readonly validTitle: string;
  readonly validOf: (share: number) => string;
  readonly validData: string;
  readonly allGood: string;
  readonly bands: Readonly<Record<AqiBand, string>>;
  readonly advice: Readonly<Record<AqiBand, string>>;
}

const vi: EnvironmentTexts = {
  title: 'Giám sát môi trường',
  scheme: 'Sơ đồ, không phải địa giới pháp lý',
  worst: 'Trạm cao nhất',
  standardStation: 'trạm chuẩn',
  referenceSensor: 'cảm biến tham khảo',
  noStandard: 'không có trạm chuẩn',
  noStandardIn: (areas) => `không có trạm chuẩn: ${areas}`,
  thisHour: 'giờ này',
  hourTitle: 'VN_AQI giờ',
  hourNotes: ['trạm chuẩn, QĐ 1459/QĐ-TCMT', 'QĐ 1459/QĐ-TCMT'],
  sensorNote: 'cảm biến tham khảo',
  moreStations: (count) => `+${count} trạm khác`,
  past24: '24 giờ qua',
  noSensors: 'chưa có cảm biến nào gửi số liệu',
  noStations: 'chưa có trạm chuẩn nào',
  dayTitle: 'VN_AQI ngày',
  runningDay: 'hôm nay, tạm tính',
  noDay: 'chưa đủ số liệu',
  validTitle: 'Số liệu hợp lệ',
  validOf: (share) => `trạm đạt từ ${share}%`,
  validData: 'số liệu hợp lệ',
  allGood: 'Các trạm chuẩn đều đạt',
  bands: { 1: 'Tốt', 2: 'Trung bình', 3: 'Kém', 4: 'Xấu', 5: 'Rất xấu', 6: 'Nguy hại' },
  advice: {
    1: 'Không khí tốt cho mọi hoạt động ngoài trời.',
    2: 'Người nhạy cảm nên theo dõi sức khỏe.',
    3: 'Người nhạy cảm nên tránh vận động mạnh.',
    4: 'Mọi người nên giảm vận động ngoài trời.',
    5: 'Mọi người nên ở trong nhà, đóng cửa sổ.',
    6: 'Không ra ngoài nếu không thật cần thiết.',
  },
};

const en: EnvironmentTexts = {
  title: 'Environment',
  scheme: 'A scheme, not legal boundaries',
  worst: 'Highest station',
  standardStation: 'standard station',
  referenceSensor: 'reference sensor',
  noStandard: 'no standard station',
  noStandardIn: (areas) => `no standard station: ${areas}`,
  thisHour: 'now',
  hourTitle: 'VN_AQI, hourly',
  hourNotes: ['standard stations, Decision 1459', 'Decision 1459'],
  sensorNote: 'reference sensors',
  moreStations: (count) => `+${count} more`,
  past24: 'past 24 hours',
  noSensors: 'no sensor has sent data yet',
  noStations: 'no standard station yet',
  dayTitle: 'VN_AQI, daily',
  runningDay: 'today, provisional',
  noDay: 'not enough data',
  validTitle: 'Valid data',
  validOf: (share) => `stations ≥ ${share}%`,
  validData: 'valid data',
  allGood: 'All standard stations are fine',
  bands: { 1: 'Good', 2: 'Moderate', 3: 'Poor', 4: 'Bad', 5: 'Very bad', 6: 'Hazardous' },
  advice: {
    1: 'Good air for all outdoor activities.',
    2: 'Sensitive people: watch your health.',
    3: 'Sensitive people: less effort outdoors.',
    4: 'Everybody should do less outdoors.',
    5: 'Stay indoors, keep windows shut.',
    6: 'Do not go out unless you must.',
  },
};

/** The words, by language. */
export const environmentTexts: Readonly<Record<Language, EnvironmentTexts>> = { vi, en };

import type { Language } from './language.ts';

/** Words of a value's passport ("lý lịch số liệu"). */
export interface PassportTexts {
  readonly title: string;
  readonly close: string;
  readonly loading: string;
  readonly missing: string;
  readonly failed: string;
  readonly status: Readonly<Record<'provisional' | 'final' | 'revised', string>>;
  readonly window: string;
  readonly asOf: string;
  readonly grade: string;
  readonly grades: Readonly<Record<'A' | 'B' | 'C' | 'D', string>>;
  readonly ratio: string;
  readonly samples: string;
  readonly feeds: string;
  readonly feedsOf: (seen: string, expected: string) => string;
  readonly late: string;
  readonly quarantined: string;
  readonly revision: string;
  readonly decides: string;
  readonly source: string;
  readonly formula: string;
  readonly sql: string;
  readonly copy: string;
  readonly copied: string;
  readonly noValue: string;
  readonly open: (name: string) => string;
}

const vi: PassportTexts = {
  title: 'Lý lịch số liệu',
  close: 'Đóng',
  loading: 'Đang đọc lý lịch…',
  missing: 'Chưa có số liệu nào để xem lý lịch.',
  failed: 'Chưa đọc được lý lịch; đang thử lại.',
  status: { provisional: 'tạm tính', final: 'đã chốt', revised: 'đã điều chỉnh' },
  window: 'Khoảng thời gian',
  asOf: 'Số đo mới nhất',
  grade: 'Hạng chất lượng',
  grades: { A: 'từ 98%', B: 'từ 95%', C: 'từ 85%', D: 'dưới 85%' },
  ratio: 'Tử số / mẫu số',
  samples: 'Số mẫu',
  feeds: 'Nguồn dữ liệu',
  feedsOf: (seen, expected) => `${seen} trên ${expected}`,
  late: 'Đến muộn',
  quarantined: 'Bị cách ly',
  revision: 'Bản số liệu',
  decides: 'quyết định',
  source: 'Căn cứ',
  formula: 'Công thức',
  sql: 'Câu lệnh SQL tính lại số này từ số đo gốc',
  copy: 'Chép SQL',
  copied: 'Đã chép',
  noValue: 'chưa đủ số liệu',
  open: (name) => `Lý lịch số liệu: ${name}`,
};

const en: PassportTexts = {
  title: 'Passport of the value',
  close: 'Close',
  loading: 'Reading the passport…',
  missing: 'There is no value yet whose passport could be shown.',
  failed: 'The passport could not be read; trying again.',
  status: { provisional: 'provisional', final: 'final', revised: 'revised' },
  window: 'Window',
  asOf: 'Newest reading',
  grade: 'Grade',
  grades: { A: '98% or more', B: '95% or more', C: '85% or more', D: 'below 85%' },
  ratio: 'Ratio',
  samples: 'Samples',
  feeds: 'Feeds',
  feedsOf: (seen, expected) => `${seen} of ${expected}`,
  late: 'Late',
  quarantined: 'Quarantined',
  revision: 'Revision',
  decides: 'decides',
  source: 'Source',
  formula: 'Formula',
  sql: 'SQL that recomputes this value from the readings',
  copy: 'Copy SQL',
  copied: 'Copied',
  noValue: 'not enough data',
  open: (name) => `Passport: ${name}`,
};

/** The words, by language. */
export const passportTexts: Readonly<Record<Language, PassportTexts>> = { vi, en };

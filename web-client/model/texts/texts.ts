import { environmentTexts, type EnvironmentTexts } from './environment-texts.ts';
import { frameTexts, type FrameTexts } from './frame-texts.ts';
import type { Language } from './language.ts';
import { passportTexts, type PassportTexts } from './passport-texts.ts';

export type { Language } from './language.ts';

/** Every word of the environment's page. The frozen words of the product are the Vietnamese ones. */
export interface Texts extends FrameTexts, EnvironmentTexts {
  readonly passport: PassportTexts;
}

const texts: Readonly<Record<Language, Texts>> = { vi: of('vi'), en: of('en') };

/** The words of a language. */
export function textsOf(language: Language): Texts {
  return texts[language];
}

function of(language: Language): Texts {
  return { ...frameTexts[language], ...environmentTexts[language], passport: passportTexts[language] };
}

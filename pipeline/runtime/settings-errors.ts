import { HaidangError } from '../errors.ts';

/** An environment variable is missing or cannot be understood. The process cannot start with it. */
export class SettingInvalidError extends HaidangError {
  readonly code = 'SETTING_INVALID';
  readonly disposition = 'fatal';
  readonly variable: string;

  constructor(variable: string, detail: string) {
    super(`${variable}: ${detail}`);
    this.variable = variable;
  }
}

import { HaidangError } from '../../errors.ts';

/** `tokens.json` is missing or damaged. Nobody can be let in without it. */
export class TokensUnreadableError extends HaidangError {
  readonly code = 'TOKENS_UNREADABLE';
  readonly disposition = 'fatal';
  readonly path: string;

  constructor(path: string, cause: unknown) {
    super(`cannot read the tokens in ${path}`, { cause });
    this.path = path;
  }
}

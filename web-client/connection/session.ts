import type { RegistryDocument } from '../../query/protocol/documents/registry-document.ts';
import type { SessionDocument } from '../../query/protocol/documents/session-document.ts';

/** Where the page's token comes from. */
export type SessionAnswer =
  | { readonly kind: 'token'; readonly token: string }
  /** This machine is not the server's: somebody must type the token once. */
  | { readonly kind: 'ask' };

const storageKey = 'haidang.token';

/** Asks the server for the wall's token; a token typed before is used as long as the window is open. */
export async function fetchSession(): Promise<SessionAnswer> {
  const typed = sessionStorage.getItem(storageKey);
  if (typed !== null) return { kind: 'token', token: typed };
  const answer = await fetch('/v1/session', { cache: 'no-store' });
  if (answer.status === 403 || answer.status === 401) return { kind: 'ask' };
  if (!answer.ok) throw new Error(`session: ${answer.status}`);
  const { token } = (await answer.json()) as SessionDocument;
  return { kind: 'token', token };
}

/** Keeps a typed token for this window. */
export function rememberToken(token: string): void {
  sessionStorage.setItem(storageKey, token);
}

/** Forgets a typed token that was not accepted. */
export function forgetToken(): void {
  sessionStorage.removeItem(storageKey);
}

/** Areas, entities, properties and promises of the province. */
export async function fetchRegistry(token: string): Promise<RegistryDocument> {
  const answer = await fetch('/v1/registry', {
    cache: 'no-store',
    headers: { authorization: `Bearer ${token}` },
  });
  if (!answer.ok) throw new Error(`registry: ${answer.status}`);
  return (await answer.json()) as RegistryDocument;
}

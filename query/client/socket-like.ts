/** The part of a WebSocket that the client uses; a browser's and the one of `ws` both have it. */
export interface SocketLike {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null;
  onerror: ((event: unknown) => void) | null;
  onopen: ((event: unknown) => void) | null;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

/** Opens a socket to `url`, naming `protocols`. */
export type OpenSocket = (url: string, protocols: readonly string[]) => SocketLike;

/** One socket, as the core sees it. */
export interface FrameSink {
  /** Hands a text frame to the network; never waits. */
  send(text: string): void;
  /** Starts the closing handshake. Calling it again does nothing. */
  close(code: number, reason: string): void;
  /** Bytes that were handed over and not yet taken by the network. */
  readonly bufferedBytes: number;
}

/** Above this, a socket gets no further deltas until it has read on: they are conflated meanwhile. */
export const congestedBytes = 256 * 1_024;

/** A socket that stays congested this long is closed with 4429, milliseconds. */
export const congestedMsMax = 30_000;

/** How often a congested socket is looked at; `ws` has no drain event. */
export const congestedCheckMs = 50;

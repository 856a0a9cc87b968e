import { Type, type Static } from 'typebox';

/**
 * Server to client, at least every five seconds: silence between two of them is calm, not a dead line.
 *
 * Clients tell the age of a value by `time`, never by their own clock.
 */
export const heartbeatMessage = Type.Object({
  type: Type.Literal('heartbeat'),
  time: Type.String({ description: "The server's time, ISO 8601 UTC with milliseconds." }),
  watermarks: Type.Record(Type.String(), Type.String(), {
    description: 'By subsystem: no event before this time is expected any more. ISO 8601 UTC.',
  }),
  source: Type.Union([Type.Literal('reading'), Type.Literal('interrupted')], {
    description: 'Whether the server hears the pipeline; `interrupted`: it tries again by itself.',
  }),
  build: Type.String({ description: "Identifies the page's files: when it changes, a page reloads itself." }),
});
export type HeartbeatMessage = Static<typeof heartbeatMessage>;

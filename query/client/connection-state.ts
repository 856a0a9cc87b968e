/**
 * Where a connection stands.
 *
 *     idle --start--> connecting --opened--> live --lost--> waiting --retry--> connecting
 *                        |  \--lost--> waiting                |
 *                        \--refused--> refused --start--> connecting
 *     any --stop--> stopped
 */
export type ConnectionState = 'idle' | 'connecting' | 'live' | 'waiting' | 'refused' | 'stopped';

/** What can happen to it. `opened`: the first heartbeat came. `refused`: the token is not accepted. */
export type ConnectionEvent = 'start' | 'opened' | 'lost' | 'retry' | 'refused' | 'stop';

/** Every pair, stated: an event that means nothing in a state leaves it. */
export const transitions: Readonly<
  Record<ConnectionState, Readonly<Record<ConnectionEvent, ConnectionState>>>
> = {
  idle: {
    start: 'connecting',
    opened: 'idle',
    lost: 'idle',
    retry: 'idle',
    refused: 'idle',
    stop: 'stopped',
  },
  connecting: {
    start: 'connecting',
    opened: 'live',
    lost: 'waiting',
    retry: 'connecting',
    refused: 'refused',
    stop: 'stopped',
  },
  live: {
    start: 'live',
    opened: 'live',
    lost: 'waiting',
    retry: 'live',
    refused: 'refused',
    stop: 'stopped',
  },
  waiting: {
    start: 'connecting',
    opened: 'waiting',
    lost: 'waiting',
    retry: 'connecting',
    refused: 'waiting',
    stop: 'stopped',
  },
  refused: {
    start: 'connecting',
    opened: 'refused',
    lost: 'refused',
    retry: 'refused',
    refused: 'refused',
    stop: 'stopped',
  },
  stopped: {
    start: 'stopped',
    opened: 'stopped',
    lost: 'stopped',
    retry: 'stopped',
    refused: 'stopped',
    stop: 'stopped',
  },
};

/** The state after an event. */
export function nextState(state: ConnectionState, event: ConnectionEvent): ConnectionState {
  return transitions[state][event];
}

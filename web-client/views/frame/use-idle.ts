import { useEffect, useRef } from 'preact/hooks';

import type { BrowserPorts } from '../../connection/wall-connection.ts';

const signs = ['keydown', 'pointermove', 'pointerdown', 'wheel'] as const;

/** Runs once nobody has touched the page for `idleMs`; undefined: it does not watch. */
export function useIdle(after: BrowserPorts['after'], idleMs: number | undefined, run: () => void): void {
  const latest = useRef(run);
  latest.current = run;
  useEffect(() => {
    if (idleMs === undefined) return undefined;
    const wait = (): (() => void) => after(idleMs, () => latest.current());
    let cancel = wait();
    const again = (): void => {
      cancel();
      cancel = wait();
    };
    for (const sign of signs) addEventListener(sign, again, { passive: true });
    return () => {
      cancel();
      for (const sign of signs) removeEventListener(sign, again);
    };
  }, [after, idleMs]);
}

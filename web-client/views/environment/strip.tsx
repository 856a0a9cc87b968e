import type { JSX } from 'preact';

import { aqiBand } from '../../model/environment/aqi-band.ts';
import type { StripColumn } from '../../model/environment/station.ts';

/** What a strip shows: VN_AQI in the legal colours, or micrograms in grey. */
export type StripScale = 'index' | 'micrograms';

const pitch = 14;
const barWidth = 12;
const height = 46;
/** Value at full height. */
const full: Readonly<Record<StripScale, number>> = { index: 200, micrograms: 60 };

/**
 * 24 complete hours and the running one: height is the value, colour the band, so it reads without colour
 * too.
 */
export function Strip(props: {
  readonly columns: readonly StripColumn[];
  readonly scale: StripScale;
}): JSX.Element {
  const width = props.columns.length * pitch - (pitch - barWidth);
  return (
    <svg class="strip" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      {props.columns.map((column, index) => (
        <Column key={index} column={column} x={index * pitch} scale={props.scale} />
      ))}
    </svg>
  );
}

function Column(props: {
  readonly column: StripColumn;
  readonly x: number;
  readonly scale: StripScale;
}): JSX.Element {
  const { column, x, scale } = props;
  if (column.kind === 'gap') {
    return <circle cx={x + barWidth / 2} cy={height - 5} r={2} fill="var(--t3)" />;
  }
  if (column.kind === 'silent') {
    return (
      <path
        d={`M${x + 1} ${height - 1}L${x + barWidth - 1} ${height - 13}`}
        stroke="var(--stale)"
        stroke-width={2}
      />
    );
  }
  const tall = Math.max(3, Math.min(height, (height * column.value) / full[scale]));
  const colour = scale === 'index' ? `var(--aqi${aqiBand(column.value)})` : 'var(--t3)';
  const cell = <rect x={x} y={0} width={barWidth} height={height} fill="var(--s2)" />;
  if (column.kind === 'complete') {
    return (
      <g>
        {cell}
        <rect x={x} y={height - tall} width={barWidth} height={tall} fill={colour} />
      </g>
    );
  }
  const edge = 1.25;
  return (
    <g>
      {cell}
      <rect
        x={x + edge}
        y={height - tall + edge}
        width={barWidth - 2 * edge}
        height={Math.max(1, tall - 2 * edge)}
        fill="none"
        stroke={colour}
        stroke-width={2.5}
        stroke-dasharray="4 3"
      />
    </g>
  );
}

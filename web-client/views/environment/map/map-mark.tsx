import type { JSX } from 'preact';

import { aqiBand, aqiMark, onBand } from '../../../model/environment/aqi-band.ts';
import type { PlacedLabel } from '../../../model/environment/label-layout.ts';
import type { Point } from '../../../model/environment/map-shape.ts';
import { numberText } from '../../../model/number-text.ts';
import type { StationView } from '../../../model/environment/station.ts';
import { momentText } from '../../../model/time-text.ts';
import type { Language, Texts } from '../../../model/texts/texts.ts';
import type { WallModel } from '../../../model/environment/wall-model.ts';

/** Radius of a mark in px at 1080 lines. */
export function markRadius(station: StationView): number {
  return station.class === 'standard' ? 43 : 18;
}

/** Height of a label of so many lines: a name of 40, and lines of 28 below it. */
export function labelHeight(lines: number): number {
  return 38 + 32 * (lines - 1);
}

/** Name, and below it the band's word, the concentration, or since when it is silent. */
export function labelTexts(
  station: StationView,
  context: { readonly model: WallModel; readonly texts: Texts; readonly language: Language },
): readonly [string, ...string[]] {
  const { model, texts, language } = context;
  const { name, shown, silentSinceMs } = station;
  if (silentSinceMs === 'never') return [name, texts.neverUpdated];
  if (silentSinceMs !== undefined)
    return [name, texts.stale, texts.since(momentText(silentSinceMs, model.nowMs))];
  if (shown === undefined) return [name, texts.neverUpdated];
  const provisional = shown.status === 'provisional' ? `, ${texts.provisional}` : '';
  if (station.class === 'indicative')
    return [name, `${numberText(shown.value, 0, language)} µg/m³${provisional}`];
  const area = model.registry.areas.find(({ id }) => id === station.area)?.name[language] ?? '';
  const of = area === '' || area === name ? '' : ` · ${area}`;
  return [name, `${texts.bands[aqiBand(shown.value)]}${of}${provisional}`];
}

/**
 * A standard station's ring or disc with its index, a sensor's diamond; dashed and grey when it is silent.
 */
export function StationMark(props: {
  readonly station: StationView;
  readonly at: Point;
  readonly language: Language;
}): JSX.Element {
  const { station, at, language } = props;
  const { shown, silentSinceMs } = station;
  const silent = silentSinceMs !== undefined || shown === undefined;
  if (station.class === 'indicative') {
    return (
      <rect
        data-mark={station.id}
        x={at.x - 13}
        y={at.y - 13}
        width={26}
        height={26}
        rx={3}
        transform={`rotate(45 ${at.x} ${at.y})`}
        fill="var(--s1)"
        stroke={silent ? 'var(--stale)' : 'var(--t2)'}
        stroke-width={4}
        stroke-dasharray={silent ? '6 5' : undefined}
      />
    );
  }
  if (silent) {
    return (
      <circle
        data-mark={station.id}
        cx={at.x}
        cy={at.y}
        r={38}
        fill="var(--s0)"
        stroke="var(--stale)"
        stroke-width={5}
        stroke-dasharray="9 8"
      />
    );
  }
  const band = aqiBand(shown.value);
  const disc = aqiMark(band) === 'disc';
  return (
    <g data-mark={station.id}>
      {disc ? (
        <circle cx={at.x} cy={at.y} r={43} fill={`var(--aqi${band})`} stroke="var(--s0)" stroke-width={4} />
      ) : (
        <>
          <circle cx={at.x} cy={at.y} r={43} fill="var(--s0)" />
          <circle cx={at.x} cy={at.y} r={38} fill="none" stroke={`var(--aqi${band})`} stroke-width={9} />
        </>
      )}
      <text
        x={at.x}
        y={at.y + 13}
        text-anchor="middle"
        font-size={36}
        font-weight={700}
        fill={disc ? `var(--${onBand(band)})` : 'var(--t1)'}
      >
        {numberText(shown.value, 0, language)}
      </text>
    </g>
  );
}

/** Name 40 and second line 28, with a halo of the ground, where the layout put them. */
export function StationLabel(props: {
  readonly station: StationView;
  readonly lines: readonly [string, ...string[]];
  readonly label: PlacedLabel;
}): JSX.Element {
  const { station, lines, label } = props;
  const { box, anchor } = label;
  const silent = station.silentSinceMs !== undefined || station.shown === undefined;
  const x = anchor === 'start' ? box.x : anchor === 'end' ? box.x + box.width : box.x + box.width / 2;
  const halo = {
    'text-anchor': anchor,
    stroke: 'var(--s1)',
    'stroke-width': 8,
    'stroke-linejoin': 'round' as const,
    'paint-order': 'stroke',
  };
  return (
    <g data-label={station.id}>
      <text
        x={x}
        y={box.y + 33}
        font-size={40}
        font-weight={600}
        fill={silent ? 'var(--stale)' : 'var(--t1)'}
        {...halo}
      >
        {lines[0]}
      </text>
      {lines.slice(1).map((line, index) => (
        <text
          key={line}
          x={x}
          y={box.y + 65 + 31 * index}
          font-size={28}
          fill={silent ? 'var(--stale)' : 'var(--t2)'}
          {...halo}
        >
          {line}
        </text>
      ))}
    </g>
  );
}
